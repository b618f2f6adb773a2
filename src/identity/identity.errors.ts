import {
  ConflictError,
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  UnauthenticatedError,
  UnavailableError,
} from '../platform/errors/domain-error.js';

export class CredentialsMissingError extends UnauthenticatedError {
  constructor() {
    super(
      'CREDENTIALS_MISSING',
      'This needs a token. Get one with POST /api/v1.0/tokens, and send it as Authorization: Bearer.',
    );
  }
}

/** One text for every reason: which of them it was is nobody's business. */
export class LoginRefusedError extends UnauthenticatedError {
  constructor() {
    super(
      'LOGIN_REFUSED',
      'The nickname or the password is wrong. Check both, or ask an administrator to reset the password.',
    );
  }
}

export class TokenInvalidError extends UnauthenticatedError {
  constructor() {
    super(
      'TOKEN_INVALID',
      'The token is not valid, or was given back. Get a new one with POST /api/v1.0/tokens.',
    );
  }
}

export class TokenExpiredError extends UnauthenticatedError {
  constructor() {
    super('TOKEN_EXPIRED', 'The token has expired. Get a new one with POST /api/v1.0/tokens.');
  }
}

export class PasswordNeededError extends UnauthenticatedError {
  constructor() {
    super(
      'PASSWORD_NEEDED',
      'A token is given for a nickname and password only. Send them as Authorization: Basic.',
    );
  }
}

export class TokenNeededError extends UnauthenticatedError {
  constructor() {
    super('TOKEN_NEEDED', 'Send the token that you want to give back, as Authorization: Bearer.');
  }
}

export class LoginThrottledError extends RateLimitedError {
  constructor(seconds: number) {
    super('LOGIN_THROTTLED', `There were too many failed sign-ins. Wait ${seconds} s and try again.`, {
      retryAfter: seconds,
    });
  }
}

export class PasswordChecksBusyError extends UnavailableError {
  constructor() {
    super(
      'PASSWORD_CHECKS_BUSY',
      'Too many passwords are being checked at the moment. Try again in a second.',
      {
        retryAfter: 1,
      },
    );
  }
}

export class PasswordTooLongError extends InvalidInputError {
  constructor(bytes: number) {
    super('PASSWORD_TOO_LONG', `A password has at most ${bytes} bytes. Choose a shorter one.`);
  }
}

export class UserNotFoundError extends NotFoundError {
  constructor() {
    super('USER_NOT_FOUND', 'There is no such user. GET /api/v1.0/users lists them.');
  }
}

export class RoleNotFoundError extends NotFoundError {
  constructor() {
    super('ROLE_NOT_FOUND', 'This user holds no such role. The list of his roles is one address up.');
  }
}

/** The text is the original's, which its clients know. */
export class RoleAlreadyGrantedError extends InvalidInputError {
  constructor(id: number) {
    super('ROLE_ALREADY_GRANTED', `Role already exists : id ${id}`);
  }
}

export class RoleExistsError extends ConflictError {
  constructor(name: string) {
    super('ROLE_EXISTS', `There is a role ${name} already. Choose another name.`);
  }
}

export class UnknownRoleError extends InvalidInputError {
  constructor(name: string) {
    super(
      'UNKNOWN_ROLE',
      `There is no role ${name}. Check its spelling, or define it with \`signalbox createrole\`.`,
    );
  }
}

export class UnknownPermissionError extends InvalidInputError {
  constructor(words: readonly string[]) {
    super('UNKNOWN_PERMISSION', `There are no such permissions: ${words.join(', ')}. Check their spelling.`);
  }
}

export class RoleNameInvalidError extends InvalidInputError {
  constructor() {
    super('ROLE_NAME_INVALID', 'A role name has 1 to 64 letters, digits, dots, dashes or underscores.');
  }
}

export class NicknameInvalidError extends InvalidInputError {
  constructor() {
    super(
      'NICKNAME_INVALID',
      'A nickname has 1 to 64 characters, without spaces, control characters, colons, slashes, question marks and hashes.',
    );
  }
}

export class EmailInvalidError extends InvalidInputError {
  constructor() {
    super('EMAIL_INVALID', 'This is not an e-mail address. It has the form name@example.org.');
  }
}

export class UserExistsError extends ConflictError {
  constructor() {
    super('USER_EXISTS', 'There is a user with this nickname or e-mail address already. Choose another one.');
  }
}

export class TokenLifetimeError extends InvalidInputError {
  constructor(max: number) {
    super('TOKEN_LIFETIME_INVALID', `The expiration is a whole number of seconds from 1 to ${max}.`);
  }
}
