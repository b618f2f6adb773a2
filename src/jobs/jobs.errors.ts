import {
  ConflictError,
  DomainError,
  NotFoundError,
  type ErrorKind,
} from '../platform/errors/domain-error.js';
import type { JobErrorRecord } from './job.entity.js';

/** Also for jobs of others: whether they exist is nobody's business. */
export class JobNotFoundError extends NotFoundError {
  constructor(id: string) {
    super('JOB_NOT_FOUND', `There is no job ${id.slice(0, 64)}, or it is not yours.`);
  }
}

export class JobNotRetryableError extends ConflictError {
  constructor(state: string) {
    super(
      'JOB_NOT_RETRYABLE',
      `Only a job that failed, was cancelled or ended unknown can be run again; this one is ${state}.`,
    );
  }
}

export class JobNotCancellableError extends ConflictError {
  constructor(state: string) {
    super('JOB_NOT_CANCELLABLE', `The job has ended already: it is ${state}.`);
  }
}

export class JobCancelledError extends DomainError {
  readonly kind = 'gone';
  constructor() {
    super('JOB_CANCELLED', 'The job was cancelled. What it had done until then stays.');
  }
}

/** Answer of a failed job to whoever polls it: the error it ended with, as if it had happened just now. */
export class JobFailedError extends DomainError {
  readonly kind: ErrorKind;
  constructor(record: JobErrorRecord) {
    const { code, message, status, translation } = record;
    super(code, message, { status, ...(translation && { translation }) });
    this.kind = record.kind as ErrorKind;
  }
}

/** The effect on an outside system may or may not have happened: the job ends `unknown`. */
export class OutcomeUnknownError extends ConflictError {
  constructor(effect: string) {
    super(
      'JOB_OUTCOME_UNKNOWN',
      `The process died while it did "${effect}" outside, and nobody can tell whether it happened. Look there; run the job again by hand if it did not.`,
    );
  }
}

/** The job's process died several times without any progress. */
export class JobCrashedError extends DomainError {
  readonly kind = 'internal';
  constructor() {
    super(
      'JOB_CRASHED',
      'The process that ran the job died again and again without progress; it is not tried again by itself.',
    );
  }
}

/** The handler made no progress within its time. */
export class JobTimedOutError extends DomainError {
  readonly kind = 'internal';
  constructor(seconds: number) {
    super('JOB_TIMED_OUT', `The job made no progress for ${seconds} s and was stopped.`);
  }
}

/** What the handler returned is no result but data. */
export class JobResultTooLargeError extends DomainError {
  readonly kind = 'unprocessable';
  constructor() {
    super(
      'JOB_RESULT_TOO_LARGE',
      'The job has done its work, but its result is too large to be kept with the job.',
    );
  }
}

export type InterruptionReason = 'cancelled' | 'shutdown' | 'lost' | 'timeout';

/** Why a handler is asked to stop; the reason of its abort signal. Never shown to a user. */
export class JobInterruption extends Error {
  override readonly name = 'JobInterruption';
  constructor(readonly reason: InterruptionReason) {
    super(`job interrupted: ${reason}`);
  }
}
