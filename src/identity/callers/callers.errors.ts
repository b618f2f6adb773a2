import { UnauthenticatedError } from '../../platform/errors/domain-error.js';

/** One text for every reason, as for credentials that never held. */
export class CredentialEndedError extends UnauthenticatedError {
  constructor() {
    super(
      'CREDENTIAL_ENDED',
      'What this request was signed in with has ended, or the account was disabled, while the request was under way. Sign in again with POST /api/v1.0/tokens, and repeat the request.',
    );
  }
}
