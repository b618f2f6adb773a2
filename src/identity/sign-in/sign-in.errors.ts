import { NotFoundError, RateLimitedError, UnavailableError } from '../../platform/errors/domain-error.js';

export class SignInProviderNotFoundError extends NotFoundError {
  constructor() {
    super(
      'SIGN_IN_PROVIDER_NOT_FOUND',
      'There is no sign-in with this provider here. GET /user/check lists those there are; ' +
        'with a nickname and password get a token at POST /api/v1.0/tokens.',
    );
  }
}

export class SignInProviderUnavailableError extends UnavailableError {
  constructor(title: string, cause: unknown) {
    super(
      'SIGN_IN_PROVIDER_UNAVAILABLE',
      `The provider ${title} does not answer as it should. Try again in a minute, or sign in another way.`,
      { retryAfter: 60, cause },
    );
  }
}

export class SignInThrottledError extends RateLimitedError {
  constructor(seconds: number) {
    super('SIGN_IN_THROTTLED', `Too many sign-ins were begun from here. Wait ${seconds} s and try again.`, {
      retryAfter: seconds,
    });
  }
}
