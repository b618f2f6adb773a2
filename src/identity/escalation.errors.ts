import { ForbiddenError } from '../platform/errors/domain-error.js';

export class NewAccountMayMoreError extends ForbiddenError {
  /** @param missing permissions of every account that the actor does not hold */
  constructor(missing: readonly string[]) {
    super(
      'NEW_ACCOUNT_MAY_MORE',
      'Nobody makes an account that may more than he himself, and a new one may what every account may. ' +
        `Your credential does not allow ${missing.join(', ')}. Use one that does, such as your password.`,
      { deniedBy: 'roles' },
    );
  }
}

export class AclsExceededError extends ForbiddenError {
  constructor() {
    super(
      'ACLS_EXCEEDED',
      'This account may run functions on machines for which you have no ACL. Ask an administrator for the same ACLs, ' +
        'in the same words, or for a role that holds the permission acls.manage.',
      { deniedBy: 'acl' },
    );
  }
}

export class UndefinedRoleDeniedError extends ForbiddenError {
  constructor(name: string) {
    super(
      'UNDEFINED_ROLE_DENIED',
      `There is no role ${name} yet, so nobody knows what it will allow: only who may everything grants it. ` +
        'Check its spelling, or define it first with POST /api/v1.0/roles.',
      { deniedBy: 'roles' },
    );
  }
}

export class OwnPasswordNeededError extends ForbiddenError {
  constructor() {
    super(
      'OWN_PASSWORD_NEEDED',
      'This changes how you sign in yourself, which needs your password. ' +
        'Send the request with your nickname and your password, as Authorization: Basic.',
    );
  }
}
