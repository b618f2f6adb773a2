import { ConflictError, InvalidInputError, NotFoundError } from '../../platform/errors/domain-error.js';

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
