import {
  ConflictError,
  type FieldError,
  InvalidInputError,
  NotFoundError,
} from '../../platform/errors/domain-error.js';

/** A change of the rules is not valid. The messages of its fields are in the reader's language already. */
export class OrderRulesInvalidError extends InvalidInputError {
  constructor(errors: readonly FieldError[]) {
    super('ORDER_RULES_INVALID', errors.map(({ message }) => message).join('; '), { errors });
  }
}

/** A change was made from another version of the rules than the one that holds. */
export class OrderRulesConflictError extends ConflictError {
  constructor(given: number, current: number) {
    super(
      'ORDER_RULES_CONFLICT',
      `The change was made from version ${given} of the rules, but version ${current} holds now. Read them again.`,
      { translation: { key: 'orders.rules_conflict_msg', params: { given, current } } },
    );
  }
}

export class OrderRulesVersionNotFoundError extends NotFoundError {
  constructor(version: string) {
    super('ORDER_RULES_VERSION_NOT_FOUND', `There is no version ${version} of the rules.`, {
      translation: { key: 'orders.rules_version_not_found_msg', params: { version } },
    });
  }
}
