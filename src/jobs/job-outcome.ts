import type { ErrorKind } from '../platform/errors/domain-error.js';
import { toFailure } from '../platform/errors/failure.js';
import type { JobErrorRecord } from './job.entity.js';
import { backoff, jobKinds } from './job-kind.js';
import type { ClaimedJob, JobOutcome } from './job-store.js';
import { JobInterruption, JobResultTooLargeError, OutcomeUnknownError } from './jobs.errors.js';
import { storableJson } from '../platform/database/storable-json.js';

/** Characters of a result as JSON: it is shown with the job, so what is larger belongs into the object store. */
const LARGEST_RESULT = 16 * 1024 ** 2;
/** However long an outside system asks us to wait. */
const LONGEST_DELAY_SECONDS = 86_400;
/** Errors that trying again may cure; the others say that the input is at fault. */
const TRANSIENT: ReadonlySet<ErrorKind> = new Set<ErrorKind>([
  'internal',
  'unavailable',
  'rate-limited',
  'out-of-space',
]);

/** Whether trying again may help: not where the input is at fault. */
export function isTransient(error: unknown): boolean {
  return TRANSIENT.has(toFailure(error).kind);
}

/** The end of a job that has done its work. Throws where the result cannot be kept with the job. */
export function succeeded(job: ClaimedJob, value: unknown): JobOutcome {
  const result = storableJson(value);
  if (result.length > LARGEST_RESULT) throw new JobResultTooLargeError();
  return { ...ending(job), state: 'succeeded', result };
}

/** The end of a job that its owner did not want any more. */
export function cancelled(job: ClaimedJob): JobOutcome {
  return { ...ending(job), state: 'cancelled' };
}

/** The end of an attempt through no fault of the job: another process goes on with it. */
export function givenBack(job: ClaimedJob): JobOutcome {
  return { ...ending(job), state: 'queued' };
}

/** What becomes of a job that threw, after so many failures before without moving on. */
export function failed(job: ClaimedJob, failuresBefore: number, error: unknown): JobOutcome {
  const record = errorRecord(error);
  if (error instanceof OutcomeUnknownError) return { ...ending(job), state: 'unknown', error: record };
  const failures = failuresBefore + 1;
  const again = isTransient(error) && failures < job.maxAttempts;
  if (!again) return { ...ending(job), state: 'failed', error: record, failed: 1 };
  const asked = Math.min(toFailure(error).retryAfter || 0, LONGEST_DELAY_SECONDS);
  const delaySeconds = Math.max(backoff(jobKinds().get(job.kind)!, failures), asked);
  return { ...ending(job), state: 'queued', error: record, failed: 1, delaySeconds };
}

/** Whether an error is the consequence of the abort, rather than a failure that happened to come at the same time. */
export function isInterruption(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  let cause = error as Partial<Error> | null | undefined;
  for (let depth = 0; cause && depth < 5; depth++) {
    if (cause === signal.reason || cause instanceof JobInterruption || cause.name === 'AbortError')
      return true;
    cause = cause.cause as Partial<Error> | undefined;
  }
  return false;
}

/** The error as it is stored with the job and shown to its owner. */
export function errorRecord(error: unknown): JobErrorRecord {
  const { code, kind, status, message, translation } = toFailure(error);
  return { code, kind, status, message, ...(translation && { translation }) };
}

function ending({ id, attempt }: ClaimedJob): Pick<JobOutcome, 'id' | 'attempt' | 'failed' | 'delaySeconds'> {
  return { id, attempt, failed: 0, delaySeconds: 0 };
}
