/** What a queue needs to know of a job to hand it out. */
export interface DispatchedJob {
  readonly id: string;
  readonly attempt: number;
  readonly priority: number;
  /** When it is due; undefined for now. */
  readonly runAt?: Date | undefined;
}

/**
 * Hands the ids of due jobs to the processes that run them. The row is the truth: a queue may forget an id or hand it
 * out twice, that costs time but no work.
 */
export abstract class JobQueue {
  /** Announces committed jobs, all of one priority and due time. Never throws and never waits: what is lost here is found by looking. */
  abstract dispatch(jobs: readonly DispatchedJob[]): void;

  /** Starts to hand jobs to this process's runner. */
  abstract start(): Promise<void>;

  /** Stops handing out; what runs goes on. */
  abstract stop(): Promise<void>;
}
