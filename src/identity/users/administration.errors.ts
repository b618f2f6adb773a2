import {
  ConflictError,
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
} from '../../platform/errors/domain-error.js';

export class AclNotFoundError extends NotFoundError {
  constructor() {
    super('ACL_NOT_FOUND', 'This user has no such ACL. The list of his ACLs is one address up.');
  }
}

/** The text is the original's, which its clients know. */
export class AclExistsError extends InvalidInputError {
  constructor(id: number) {
    super('ACL_EXISTS', `ACL already exists : id ${id}`);
  }
}

export class AclPatternInvalidError extends InvalidInputError {
  /**
   * @param field `minions` or `functions`
   * @param problem the end of a sentence that begins with the field
   */
  constructor(field: string, problem: string) {
    const message = `${field} ${problem}.`;
    super('ACL_PATTERN_INVALID', message, { errors: [{ path: field, message }] });
  }
}

export class TooManyAclsError extends ConflictError {
  constructor(max: number) {
    super('TOO_MANY_ACLS', `A user has at most ${max} ACLs. Delete some, or put several into one pattern.`);
  }
}

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

export class RoleNotDefinedError extends NotFoundError {
  constructor() {
    super('ROLE_NOT_DEFINED', 'There is no such role. GET /api/v1.0/roles lists them.');
  }
}

export class RoleBuiltInError extends ConflictError {
  constructor(name: string) {
    super(
      'ROLE_BUILT_IN',
      `The role ${name} is part of the program and stays as it is. Define another role.`,
    );
  }
}

export class RoleAboutInvalidError extends InvalidInputError {
  constructor(max: number) {
    super('ROLE_ABOUT_INVALID', `about has at most ${max} characters, without control characters.`);
  }
}
