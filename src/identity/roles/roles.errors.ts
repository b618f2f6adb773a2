import { ConflictError, InvalidInputError, NotFoundError } from '../../platform/errors/domain-error.js';

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

export class RoleNotHeldError extends NotFoundError {
  constructor(role: string) {
    super('ROLE_NOT_HELD', `The user does not hold the role ${role}. Check its spelling.`);
  }
}
