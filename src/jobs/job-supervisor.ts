import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HttpConfig } from '../platform/config/platform.config.js';
import { Database } from '../platform/database/database.js';
import { PROCESS_ROLE, type ProcessRole } from '../platform/process/process-role.js';
import { jobKinds } from './job-kind.js';
import { errorRecord } from './job-outcome.js';
import { JobQueue } from './job-queue.port.js';
import { JobRunner } from './job-runner.js';
import { JobSchedules } from './job-schedules.js';
import { JobStore } from './job-store.js';
import { JobCrashedError } from './jobs.errors.js';
import { JobsConfig } from './jobs.config.js';

/** How often running jobs are looked after: cancelling must reach a handler within a second. */
const WATCH_MS = 400;

/**
 * Keeps jobs honest in a process that runs them: leases, cancelling, hung handlers, jobs of dead workers, schedules.
 */
@Injectable()
export class JobSupervisor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Jobs');
  private readonly timers: NodeJS.Timeout[] = [];
  private started = false;
  private complained = false;

  constructor(
    private readonly queue: JobQueue,
    private readonly runner: JobRunner,
    private readonly store: JobStore,
    private readonly schedules: JobSchedules,
    private readonly database: Database,
    private readonly config: JobsConfig,
    private readonly http: HttpConfig,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
  ) {}

  /** Whether this process runs jobs. */
  get works(): boolean {
    if (this.role === 'cli') return false;
    return this.role === 'worker' || (this.config.JOBS_IN_API ?? this.database.embedded);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.works) return;
    this.started = true;
    this.runner.onRequeued((job) => this.queue.dispatch([job]));
    // On the embedded database this process is the only one that can run jobs: whatever runs is left from a crash.
    if (this.database.embedded) await this.rescue(true);
    await this.guarded(() => this.store.prepareStatistics());
    await this.queue.start();
    this.every(WATCH_MS, () => this.watch());
    this.every(Math.min(this.config.JOB_LEASE * 250, 5_000), async () => {
      // In this order: a process that was held up must not take its own jobs for those of a dead one.
      await this.heartbeat();
      await this.rescue(false);
    });
    this.every(this.config.JOB_POLL, () => this.runner.startSuspect());
    this.every(this.config.JOB_POLL, () => this.schedules.runDue());
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (!this.started) return;
    await this.queue.stop();
    await this.runner.drain((this.http.SHUTDOWN_TIMEOUT * 1000) / 2);
    this.timers.forEach(clearInterval);
  }

  private async watch(): Promise<void> {
    const running = this.runner.running;
    if (running.length === 0) return;
    for (const { job, run } of running)
      if (run.idleMs > jobKinds().get(job.kind)!.timeoutSeconds * 1000) run.interrupt('timeout');
    const mine = new Map(
      (await this.store.watch(running.map(({ job }) => job))).map((row) => [`${row.id} ${row.attempt}`, row]),
    );
    for (const slot of running) {
      const row = mine.get(`${slot.job.id} ${slot.job.attempt}`);
      if (row?.cancelled) slot.run.interrupt('cancelled');
      else if (!row && this.runner.running.includes(slot)) slot.run.interrupt('lost');
    }
    const withProgress = running.flatMap(({ job, run }) => {
      const progress = run.takeProgress();
      return progress ? [{ ...job, progress }] : [];
    });
    if (withProgress.length > 0) await this.store.saveProgress(withProgress);
  }

  private async heartbeat(): Promise<void> {
    const running = this.runner.running;
    if (running.length > 0) await this.store.heartbeat(running.map(({ job }) => job));
  }

  private async rescue(everything: boolean): Promise<void> {
    const running = this.runner.running.map(({ job }) => job.id);
    const rescued = await this.store.rescue(
      this.runner.worker,
      running,
      everything,
      errorRecord(new JobCrashedError()),
    );
    if (rescued > 0) this.logger.warn(`${rescued} jobs taken over from workers that died`);
  }

  /** Runs `work` now and then, never twice at once, and survives a database that is away. */
  private every(milliseconds: number, work: () => Promise<void>): void {
    let busy = false;
    const timer = setInterval(() => {
      if (busy) return;
      busy = true;
      void this.guarded(work).finally(() => (busy = false));
    }, milliseconds);
    this.timers.push(timer);
  }

  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.complained = false;
    } catch (error) {
      if (!this.complained) this.logger.warn(`looking after the jobs failed: ${(error as Error).message}`);
      this.complained = true;
    }
  }
}
