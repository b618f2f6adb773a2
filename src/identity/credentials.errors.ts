import {
  ConflictError,
  InvalidInputError,
  NotFoundError,
  UnauthenticatedError,
} from '../platform/errors/domain-error.js';

/** One text for every reason: which of them it was is nobody's business. */
export class ApiKeyInvalidError extends UnauthenticatedError {
  constructor() {
    super(
      'API_KEY_INVALID',
      'The API key is not valid, has expired, or was deleted. Make a new one with POST /api/v1.0/users/<id>/api-keys.',
    );
  }
}

export class SignInNeededError extends UnauthenticatedError {
  constructor() {
    super(
      'SIGN_IN_NEEDED',
      'An API key is made by its user only, signed in with a token from POST /api/v1.0/tokens or with his password.',
    );
  }
}

export class ApiKeyNotFoundError extends NotFoundError {
  constructor() {
    super('API_KEY_NOT_FOUND', 'This user has no such API key. The list of his keys is one address up.');
  }
}

export class ApiKeyExistsError extends ConflictError {
  constructor() {
    super('API_KEY_EXISTS', 'There is an API key of this name already. Choose another name, or delete it.');
  }
}

export class ApiKeyLimitError extends ConflictError {
  constructor(max: number) {
    super('API_KEY_LIMIT', `A user has at most ${max} API keys. Delete one that is not used any more.`);
  }
}

export class ApiKeyLifetimeError extends InvalidInputError {
  constructor(maxDays: number) {
    super(
      'API_KEY_LIFETIME_INVALID',
      `An API key ends in the future, and within ${maxDays} days. Send one of expires_at (seconds since 1970) and expires_in_days.`,
    );
  }
}

/** The same for an unknown client and for a wrong secret: nobody finds out which clients there are. */
export class ClientUnknownError extends NotFoundError {
  constructor() {
    super(
      'CLIENT_UNKNOWN',
      'There is no client with this client_id and client_secret. Check both, or ask for a new secret with POST /api/client/<slug>/secret.',
    );
  }
}

export class ClientNotFoundError extends NotFoundError {
  constructor() {
    super('CLIENT_NOT_FOUND', 'You have no such API client. GET /api/client lists them.');
  }
}

/** 400, as the original has it. */
export class ClientExistsError extends InvalidInputError {
  constructor() {
    super('CLIENT_EXISTS', 'There is an API client of this name already. Choose another one.');
  }
}

export class ClientLimitError extends ConflictError {
  constructor(max: number) {
    super('CLIENT_LIMIT', `A user has at most ${max} API clients. Delete one that is not used any more.`);
  }
}

export class ClientSlugInvalidError extends InvalidInputError {
  constructor() {
    super(
      'CLIENT_SLUG_INVALID',
      'The name of an API client in its address has 1 to 64 letters, digits, dots, dashes and underscores, and begins with a letter or a digit.',
    );
  }
}

/** One text for every reason: which of them it was is nobody's business. */
export class RefreshTokenInvalidError extends UnauthenticatedError {
  constructor() {
    super(
      'REFRESH_TOKEN_INVALID',
      'The refresh token is not valid, has expired, or was used before. Sign in again with POST /api/v1.0/tokens?refresh=true.',
    );
  }
}
