import { ConflictError, InvalidInputError, NotFoundError } from '../platform/errors/domain-error.js';

export class AuditBrokenError extends ConflictError {
  constructor(finding: string) {
    super('AUDIT_BROKEN', finding);
  }
}

export class AuditSealNotFoundError extends NotFoundError {
  constructor(id: number, last: number) {
    super('AUDIT_SEAL_NOT_FOUND', `There is no seal ${id} of the audit log; the last one is ${last}.`);
  }
}

export class AuditEntryNotFoundError extends InvalidInputError {
  constructor(id: string) {
    super(
      'AUDIT_ENTRY_NOT_FOUND',
      `The audit log has no entry ${id} to go on from. Give the id of an entry that it has shown.`,
    );
  }
}

export class AuditTimeError extends InvalidInputError {
  constructor(name: string) {
    super(
      'AUDIT_TIME_INVALID',
      `${name} is not a time: there is no such day or hour. Write it like 2026-11-23T08:00:00Z.`,
    );
  }
}
