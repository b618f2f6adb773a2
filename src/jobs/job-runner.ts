import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { Batcher } from './batcher.js';
import { JobAttempts } from './job-attempts.js';
import { JobHandlers } from './job-handlers.js';
import { givenBack } from './job-outcome.js';
import type { DispatchedJob } from './job-queue.port.js';
import { JobRun } from './job-run.js';
import { type ClaimedJob, type JobOutcome, JobStore } from './job-store.js';
import { JobsConfig } from './jobs.config.js';

/** Jobs per slot that may be running or waiting for their end to be written. */
const ENDS_PER_SLOT = 4;
const RETRY_WRITE_MS = 500;

interface Slot {
  readonly job: ClaimedJob;
  readonly run: JobRun;
  /** Resolves when the handler has done its work; a queue need not wait for more. */
  readonly handled: Promise<void>;
  /** Resolves when the end is in the database. */
  readonly ended: Promise<void>;
}

/** Runs claimed jobs in this process, up to the configured number at once, and writes how they ended. */
@Injectable()
export class JobRunner {
  /** Name of this process in the rows it has claimed. */
  readonly worker = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  private readonly logger = new Logger('Jobs');
  private readonly slots = new Set<Slot>();
  /** Slots of claims that are under way. */
  private reserved = 0;
  /** Jobs whose handlers run. */
  private handling = 0;
  private stopping = false;
  private lookingForSuspect = false;
  private waiting: (() => void)[] = [];
  private requeued: (job: DispatchedJob) => void = () => undefined;
  private readonly finishing = new Batcher<JobOutcome, void>(async (outcomes) => {
    await this.store.finish(outcomes);
    return outcomes.map(() => undefined);
  });
  private readonly claiming = new Batcher<string, ClaimedJob | undefined>(async (ids) => {
    const claimed = new Map(
      (await this.store.claimByIds(this.worker, this.handlers.kinds, ids)).map((job) => [job.id, job]),
    );
    return ids.map((id) => claimed.get(id));
  });

  constructor(
    private readonly store: JobStore,
    private readonly attempts: JobAttempts,
    private readonly handlers: JobHandlers,
    private readonly database: Database,
    private readonly config: JobsConfig,
    metrics: Metrics,
  ) {
    metrics.gauge('jobs_running', 'Jobs that this process runs', () => this.slots.size);
  }

  /** Slots that wait for a job. */
  get free(): number {
    const { JOB_CONCURRENCY } = this.config;
    // While the ends of some jobs are being written the next ones run; how many ends may wait is bounded too.
    if (this.slots.size >= JOB_CONCURRENCY * ENDS_PER_SLOT) return 0;
    return JOB_CONCURRENCY - this.handling - this.reserved;
  }

  /** Resolves as soon as a slot is free, or the runner stops. */
  async whenFree(): Promise<void> {
    while (this.free <= 0 && !this.stopping) await this.change();
  }

  /** Jobs that run here. */
  get running(): readonly Slot[] {
    return [...this.slots];
  }

  /** Calls `listener` with each job that was put back to be run again. */
  onRequeued(listener: (job: DispatchedJob) => void): void {
    this.requeued = listener;
  }

  /** Claims jobs that have been due for `overdueSeconds` for the free slots and starts them. Returns how many. */
  async claimAndStart(overdueSeconds = 0): Promise<number> {
    const limit = this.free;
    if (limit <= 0 || this.stopping) return 0;
    const started = await this.take(limit, () =>
      this.store.claim(this.worker, this.handlers.kinds, limit, overdueSeconds),
    );
    return started.length;
  }

  /**
   * Claims the jobs, those of them for which no other process was faster, and starts them as slots become free.
   * @param patienceMs how long to wait for slots before the rest is left to others
   * @returns the ids that are left, and when the handlers of those that were started have done their work
   */
  async claimAndStartThese(
    ids: readonly string[],
    patienceMs: number,
  ): Promise<{ left: readonly string[]; handled: Promise<unknown> }> {
    const started: Slot[] = [];
    let left = ids;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.changed();
    }, patienceMs);
    while (left.length > 0 && !late && !this.stopping) {
      const wanted = left.slice(0, Math.max(0, this.free));
      left = left.slice(wanted.length);
      const claim = async () =>
        (await Promise.all(wanted.map((id) => this.claiming.add(id)))).filter(isDefined);
      if (wanted.length > 0) started.push(...(await this.take(wanted.length, claim)));
      else await this.change();
    }
    clearTimeout(timer);
    return { left, handled: Promise.all(started.map(({ handled }) => handled)) };
  }

  /**
   * Claims and starts one job whose process died before, where none runs here. It may have one slot more than there
   * are, so that a long queue does not keep it waiting.
   */
  async startSuspect(): Promise<void> {
    if (
      this.stopping ||
      this.free < 0 ||
      this.lookingForSuspect ||
      this.running.some(({ run }) => run.suspect)
    )
      return;
    this.lookingForSuspect = true;
    try {
      const [slot] = await this.take(1, () => this.store.claimSuspect(this.worker, this.handlers.kinds));
      void slot?.ended.then(() => this.startSuspect()).catch(() => undefined); // the next look finds it
    } finally {
      this.lookingForSuspect = false;
    }
  }

  /** Claims no more, asks the running jobs to stop at their next checkpoint and waits until they have been given back. */
  async drain(timeoutMs: number): Promise<void> {
    this.stopping = true;
    this.changed();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.changed();
    }, timeoutMs);
    while (this.slots.size + this.reserved > 0 && !late) {
      for (const { run } of this.slots) run.interrupt('shutdown');
      await this.change();
    }
    clearTimeout(timer);
    if (this.slots.size > 0) await this.store.finish(this.running.map(({ job }) => givenBack(job)));
  }

  /** Starts what `claim` brings. Its slots are taken before, so that claims that overlap do not take more than there are. */
  private async take(slots: number, claim: () => Promise<ClaimedJob[]>): Promise<Slot[]> {
    this.reserved += slots;
    try {
      return (await claim()).map((job) => this.start(job));
    } finally {
      this.reserved -= slots;
      this.changed();
    }
  }

  private start(job: ClaimedJob): Slot {
    const run = new JobRun(job, this.database, this.store);
    this.handling++;
    const outcome = this.attempts.run(job, run).finally(() => {
      this.handling--;
      this.changed();
    });
    const ended = outcome
      .then((known) => this.finish(job, known))
      .finally(() => this.slots.delete(slot) && this.changed());
    const slot: Slot = { job, run, handled: outcome.then(() => undefined), ended };
    this.slots.add(slot);
    return slot;
  }

  /** Resolves at the next change of what runs here. */
  private change(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private changed(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  private async finish(job: ClaimedJob, outcome: JobOutcome | undefined): Promise<void> {
    if (!outcome) return; // lost: whoever has it now writes how it ends
    await this.write(job, outcome);
    if (outcome.state !== 'queued') return;
    const { id, attempt, delaySeconds } = outcome;
    const runAt = delaySeconds > 0 ? new Date(Date.now() + delaySeconds * 1000) : undefined;
    this.requeued({ id, attempt, priority: job.priority, runAt });
  }

  private async write(job: ClaimedJob, outcome: JobOutcome): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        // Alone at the second try: nothing about this end may keep the others of its batch from being written.
        await (tries === 1 ? this.finishing.add(outcome) : this.store.finish([outcome]));
        return;
      } catch (error) {
        // The database is away. Nobody else can take the job over meanwhile, so its end is not lost by waiting.
        this.logger.warn(
          { jobId: job.id },
          `the end of a job could not be written: ${(error as Error).message}`,
        );
        await sleep(RETRY_WRITE_MS);
      }
    }
  }
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}
