import { InvalidInputError, NotFoundError, UnavailableError } from '../../platform/errors/domain-error.js';

/** The key of AUTH_SERVER is asked for once a minute at most. */
const RETRY_AFTER_SECONDS = 60;

export class AuthServerUnavailableError extends UnavailableError {
  constructor() {
    super(
      'AUTH_SERVER_UNAVAILABLE',
      'The server that signed this token cannot be asked for its key at the moment. Try again in a minute.',
      { retryAfter: RETRY_AFTER_SECONDS },
    );
  }
}

export class ServicePermissionNotFoundError extends NotFoundError {
  constructor() {
    super(
      'SERVICE_PERMISSION_NOT_FOUND',
      'There are no permissions of this user for this service. GET /api/v1.0/service-permissions lists those there are.',
    );
  }
}

export class ServiceNameInvalidError extends InvalidInputError {
  constructor() {
    super(
      'SERVICE_NAME_INVALID',
      'A service is named by 1 to 64 letters, digits, dots, dashes or underscores, like os.datastore.',
    );
  }
}

export class ServicePermissionsInvalidError extends InvalidInputError {
  /** @param what is wrong with them, as the end of a sentence */
  constructor(what: string) {
    super('SERVICE_PERMISSIONS_INVALID', `Send the permissions as one JSON object: ${what}.`);
  }
}

export class PlanNameInvalidError extends InvalidInputError {
  constructor() {
    super('PLAN_NAME_INVALID', 'A plan is named by 1 to 64 letters, digits, dots, dashes or underscores.');
  }
}

export class PlanNotFoundError extends NotFoundError {
  constructor() {
    super('PLAN_NOT_FOUND', 'There is no such plan. GET /api/v1.0/plans lists them.');
  }
}

export class UnknownPlanError extends InvalidInputError {
  constructor() {
    super('UNKNOWN_PLAN', 'There is no plan of this name. GET /api/v1.0/plans lists them.');
  }
}
