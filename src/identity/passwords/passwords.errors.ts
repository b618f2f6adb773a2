import { ForbiddenError, InvalidInputError } from '../../platform/errors/domain-error.js';

export class PasswordInvalidError extends InvalidInputError {
  constructor(min: number) {
    super('PASSWORD_INVALID', `A password has ${min} characters or more, without control characters.`);
  }
}

export class OldPasswordNeededError extends InvalidInputError {
  constructor() {
    super(
      'OLD_PASSWORD_NEEDED',
      'For a new password of your own send the old and the new one: {"old", "new"}.',
    );
  }
}

export class PasswordNotChosenError extends InvalidInputError {
  constructor() {
    super(
      'PASSWORD_NOT_CHOSEN',
      'The password of somebody else is not chosen but made up. Send an empty body, {}, and the answer holds it.',
    );
  }
}

export class OldPasswordWrongError extends ForbiddenError {
  constructor() {
    super(
      'OLD_PASSWORD_WRONG',
      'The old password is wrong. Check it, or ask an administrator for a new one.',
    );
  }
}
