import { Injectable, Logger } from '@nestjs/common';
import { Metrics } from '../platform/metrics/metrics.js';
import { JobHandlers } from './job-handlers.js';
import { jobKinds } from './job-kind.js';
import { cancelled, failed, givenBack, isInterruption, succeeded } from './job-outcome.js';
import type { JobRun } from './job-run.js';
import { type ClaimedJob, type JobOutcome, JobStore } from './job-store.js';
import { JobTimedOutError, type InterruptionReason, type JobInterruption } from './jobs.errors.js';

/** How long a handler that was asked to stop may take before its slot is used without it. */
const GRACE_MS = 10_000;

/** Calls the handlers of claimed jobs, and tells what came of it. Writes nothing of that itself. */
@Injectable()
export class JobAttempts {
  private readonly logger = new Logger('Jobs');
  private readonly durations;

  constructor(
    private readonly handlers: JobHandlers,
    private readonly store: JobStore,
    metrics: Metrics,
  ) {
    this.durations = metrics.histogram(
      'job_duration_seconds',
      'Duration of job attempts',
      ['kind', 'state'],
      [0.01, 0.1, 1, 10, 60, 600, 3600],
    );
  }

  /** How the attempt ends; undefined where another worker has the job by now. Never throws for a handler's error. */
  async run(job: ClaimedJob, run: JobRun): Promise<JobOutcome | undefined> {
    const started = performance.now();
    const outcome = await this.outcomeOf(job, run);
    if (outcome)
      this.durations.observe({ kind: job.kind, state: outcome.state }, (performance.now() - started) / 1000);
    return outcome;
  }

  private async outcomeOf(job: ClaimedJob, run: JobRun): Promise<JobOutcome | undefined> {
    try {
      return succeeded(job, await this.callHandler(job, run));
    } catch (error) {
      if (!isInterruption(error, run.signal)) return this.failed(job, run, error);
      return this.interrupted(job, run, (run.signal.reason as JobInterruption).reason);
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

  private async interrupted(
    job: ClaimedJob,
    run: JobRun,
    reason: InterruptionReason,
  ): Promise<JobOutcome | undefined> {
    if (reason === 'shutdown') return givenBack(job);
    if (reason === 'timeout')
      return this.failed(job, run, new JobTimedOutError(jobKinds().get(job.kind)!.timeoutSeconds));
    if (reason === 'cancelled') return cancelled(job);
    const [mine] = await this.store.watch([job]).catch(() => []);
    return mine?.cancelled ? cancelled(job) : undefined;
  }

  private failed(job: ClaimedJob, run: JobRun, error: unknown): JobOutcome {
    this.logger.warn(
      { jobId: job.id, kind: job.kind, requestId: job.requestId, err: error },
      `attempt ${job.attempt} failed`,
    );
    return failed(job, run.failures, error);
  }
}
