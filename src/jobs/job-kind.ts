/** How jobs of a kind are run. */
export interface JobKindOptions {
  /**
   * Tries of a job that throws, and lives of one whose process dies, before it is a dead letter. A commit that moved
   * the checkpoint gives it all of them again.
   */
  readonly maxAttempts?: number;
  /** Seconds before the second try; doubled for each further one, with jitter. */
  readonly backoffSeconds?: number;
  /** Seconds without a commit after which a job counts as hung and is stopped. */
  readonly timeoutSeconds?: number;
  /** When the kind runs by itself: a cron expression in UTC, with an empty payload. */
  readonly schedule?: string;
}

/** A kind of job: its name in the database and how it is run. */
export interface JobKindSettings extends Required<Omit<JobKindOptions, 'schedule'>> {
  readonly name: string;
  readonly schedule: string | undefined;
}

/** A kind with the types of what goes in and comes out. */
export interface JobKind<Payload, Result> extends JobKindSettings {
  /** Types only. */
  readonly types?: { payload: Payload; result: Result };
}

const kinds = new Map<string, JobKindSettings>();
const MAX_BACKOFF_SECONDS = 900;

/** Declares a kind of job: `const IMPORT = defineJob<Payload, Result>('orders.import')`. Each needs one handler. */
export function defineJob<Payload, Result = void>(
  name: string,
  options: JobKindOptions = {},
): JobKind<Payload, Result> {
  const kind: JobKind<Payload, Result> = {
    name,
    maxAttempts: options.maxAttempts ?? 5,
    backoffSeconds: options.backoffSeconds ?? 2,
    timeoutSeconds: options.timeoutSeconds ?? 600,
    schedule: options.schedule,
  };
  kinds.set(name, kind);
  return kind;
}

/** Every declared kind. */
export function jobKinds(): ReadonlyMap<string, JobKindSettings> {
  return kinds;
}

/** Seconds to wait after the given number of failures: exponential, between half and the whole of the step. */
export function backoff(kind: Pick<JobKindSettings, 'backoffSeconds'>, failures: number): number {
  const step = Math.min(kind.backoffSeconds * 2 ** Math.max(0, failures - 1), MAX_BACKOFF_SECONDS);
  return step * (0.5 + Math.random() / 2);
}
