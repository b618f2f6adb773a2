import { ConflictError, InvalidInputError } from '../../platform/errors/domain-error.js';

export class LastAdminError extends ConflictError {
  constructor() {
    super(
      'LAST_ADMIN',
      'This is the last account that holds the role admin and is not disabled. Grant the role to another one first.',
    );
  }
}

export class OwnAccountError extends ConflictError {
  constructor() {
    super(
      'OWN_ACCOUNT',
      'Nobody disables or deletes the account that he is signed in with. Another administrator has to do it.',
    );
  }
}

export class NameInvalidError extends InvalidInputError {
  constructor(max: number) {
    super('NAME_INVALID', `A name has 1 to ${max} characters, without control characters.`);
  }
}
