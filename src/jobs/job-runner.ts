import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { toFailure } from '../platform/errors/failure.js';
import type { ErrorKind } from '../platform/errors/domain-error.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { Batcher } from './batcher.js';
import type { JobErrorRecord } from './job.entity.js';
import { JobHandlers } from './job-handlers.js';
import { backoff, jobKinds } from './job-kind.js';
import { JobRun } from './job-run.js';
import { type ClaimedJob, type JobOutcome, JobStore } from './job-store.js';
import { JobInterruption, JobTimedOutError, OutcomeUnknownError, type InterruptionReason } from './jobs.errors.js';
import { JobsConfig } from './jobs.config.js';

/** How long a handler that was asked to stop may take before its slot is used without it. */
const GRACE_MS = 10_000;
const RETRY_WRITE_MS = 500;
/** Errors that trying again may cure; the others say that the input is at fault. */
const TRANSIENT: ReadonlySet<ErrorKind> = new Set<ErrorKind>(['internal', 'unavailable', 'rate-limited', 'out-of-space']);

interface Slot {
  readonly job: ClaimedJob;
  readonly run: JobRun;
  readonly ended: Promise<void>;
}

/** Runs claimed jobs in this process, up to the configured number at once, and writes how they ended. */
@Injectable()
export class JobRunner {
  /** Name of this process in the rows it has claimed. */
  readonly worker = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  private readonly logger = new Logger('Jobs');
  private readonly slots = new Map<string, Slot>();
  private readonly finishing = new Batcher<JobOutcome, void>(async (outcomes) => {
    await this.store.finish(outcomes);
    return outcomes.map(() => undefined);
  });
  private readonly claiming = new Batcher<string, ClaimedJob | undefined>(async (ids) => {
    const claimed = new Map((await this.store.claimByIds(this.worker, ids)).map((job) => [job.id, job]));
    return ids.map((id) => claimed.get(id));
  });
  private readonly durations;
  private onFree: (() => void)[] = [];

  constructor(
    private readonly store: JobStore,
    private readonly handlers: JobHandlers,
    private readonly database: Database,
    private readonly config: JobsConfig,
    metrics: Metrics,
  ) {
    this.durations = metrics.histogram('job_duration_seconds', 'Duration of job attempts', ['kind', 'state'], [0.01, 0.1, 1, 10, 60, 600, 3600]);
    metrics.gauge('jobs_running', 'Jobs that this process runs', () => this.slots.size);
  }

  /** Slots that wait for a job. */
  get free(): number {
    return this.config.JOB_CONCURRENCY - this.slots.size;
  }

  /** Resolves as soon as a slot is free. */
  async whenFree(): Promise<void> {
    while (this.free <= 0) await new Promise<void>((resolve) => this.onFree.push(resolve));
  }

  /** Jobs that run here. */
  get running(): readonly Slot[] {
    return [...this.slots.values()];
  }

  /** Claims jobs that have been due for `overdueSeconds` for the free slots and starts them. Returns how many. */
  async claimAndStart(overdueSeconds = 0): Promise<number> {
    const jobs = await this.store.claim(this.worker, this.handlers.kinds, this.free, overdueSeconds);
    for (const job of jobs) void this.start(job);
    return jobs.length;
  }

  /** Claims one job by id, unless another process was faster, and runs it to its end. */
  async claimAndRun(id: string): Promise<void> {
    const job = await this.claiming.add(id);
    if (job) await this.start(job);
  }

  /** Claims and starts one job whose process died before, where none runs here. */
  async startSuspect(): Promise<boolean> {
    if (this.free <= 0 || this.running.some(({ job }) => job.crashes > 0)) return false;
    const job = await this.store.claimSuspect(this.worker, this.handlers.kinds);
    if (!job) return false;
    void this.start(job).then(() => this.startSuspect().catch(() => false));
    return true;
  }

  /** Asks the running jobs to stop at their next checkpoint and waits until they have been given back. */
  async drain(timeoutMs: number): Promise<void> {
    const all = this.running;
    for (const { run } of all) run.interrupt('shutdown');
    await Promise.race([Promise.allSettled(all.map(({ ended }) => ended)), sleep(timeoutMs, undefined, { ref: false })]);
    const stuck = this.running.map(({ job }) => this.giveBack(job));
    if (stuck.length > 0) await this.store.finish(stuck);
  }

  private start(job: ClaimedJob): Promise<void> {
    const run = new JobRun(job, this.database, this.store);
    const ended = this.execute(job, run).finally(() => {
      this.slots.delete(job.id);
      const waiting = this.onFree;
      this.onFree = [];
      for (const resolve of waiting) resolve();
    });
    this.slots.set(job.id, { job, run, ended });
    return ended;
  }

  private async execute(job: ClaimedJob, run: JobRun): Promise<void> {
    const started = performance.now();
    const outcome = await this.outcomeOf(job, run);
    if (!outcome) return; // lost: whoever has it now writes how it ends
    this.durations.observe({ kind: job.kind, state: outcome.state }, (performance.now() - started) / 1000);
    for (;;) {
      try {
        await this.finishing.add(outcome);
        return;
      } catch (error) {
        // The database is away. Nobody else can take the job over meanwhile, so its end is not lost by waiting.
        this.logger.warn({ jobId: job.id }, `the end of a job could not be written: ${(error as Error).message}`);
        await sleep(RETRY_WRITE_MS);
      }
    }
  }

  private async outcomeOf(job: ClaimedJob, run: JobRun): Promise<JobOutcome | undefined> {
    try {
      const result = await this.callHandler(job, run);
      return { ...ended(job), state: 'succeeded', result: result ?? null };
    } catch (error) {
      const reason = run.signal.aborted && isInterruption(error, run) ? (run.signal.reason as JobInterruption).reason : undefined;
      return reason ? this.interrupted(job, reason) : this.failed(job, error);
    }
  }

  /** The handler's result, or its interruption where it does not stop although it was asked to. */
  private async callHandler(job: ClaimedJob, run: JobRun): Promise<unknown> {
    const handler = this.handlers.get(job.kind);
    let cancelGrace: (() => void) | undefined;
    const overdue = new Promise<never>((_, reject) => {
      run.signal.addEventListener('abort', () => {
        const timer = setTimeout(() => reject(run.signal.reason as JobInterruption), GRACE_MS);
        cancelGrace = () => clearTimeout(timer);
      });
    });
    try {
      return await Promise.race([handler.run(run), overdue]);
    } finally {
      cancelGrace?.();
    }
  }

  private async interrupted(job: ClaimedJob, reason: InterruptionReason): Promise<JobOutcome | undefined> {
    if (reason === 'shutdown') return this.giveBack(job);
    if (reason === 'timeout') return this.failed(job, new JobTimedOutError(this.kindOf(job).timeoutSeconds));
    if (reason === 'cancelled') return { ...ended(job), state: 'cancelled' };
    const [mine] = await this.store.watch([job]).catch(() => []);
    return mine?.cancelled ? { ...ended(job), state: 'cancelled' } : undefined;
  }

  private failed(job: ClaimedJob, error: unknown): JobOutcome {
    const record = errorRecord(error);
    if (error instanceof OutcomeUnknownError) return { ...ended(job), state: 'unknown', error: record };
    this.logger.warn({ jobId: job.id, kind: job.kind, requestId: job.requestId, err: error }, `attempt ${job.attempt} failed`);
    const failures = job.failures + 1;
    const again = TRANSIENT.has(record.kind as ErrorKind) && failures < job.maxAttempts;
    if (!again) return { ...ended(job), state: 'failed', error: record, failed: 1 };
    const delaySeconds = Math.max(backoff(this.kindOf(job), failures), toFailure(error).retryAfter ?? 0);
    return { ...ended(job), state: 'queued', error: record, failed: 1, delaySeconds };
  }

  private giveBack(job: ClaimedJob): JobOutcome {
    return { ...ended(job), state: 'queued' };
  }

  private kindOf(job: ClaimedJob) {
    return jobKinds().get(job.kind)!;
  }
}

function ended(job: ClaimedJob): Pick<JobOutcome, 'id' | 'attempt' | 'failed' | 'delaySeconds'> {
  return { id: job.id, attempt: job.attempt, failed: 0, delaySeconds: 0 };
}

/** Whether an error is the consequence of the abort, rather than a failure that happened to come at the same time. */
function isInterruption(error: unknown, run: JobRun): boolean {
  return error === run.signal.reason || error instanceof JobInterruption || (error as Error | null)?.name === 'AbortError';
}

/** The error as it is stored with the job and shown to its owner. */
export function errorRecord(error: unknown): JobErrorRecord {
  const { code, kind, status, message } = toFailure(error);
  return { code, kind, status, message };
}
