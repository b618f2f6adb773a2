import { Injectable, Logger } from '@nestjs/common';
import { DatabaseNotifier } from '../platform/database/database-notifier.js';
import { type DispatchedJob, JobQueue } from './job-queue.port.js';
import { JobRunner } from './job-runner.js';
import { JobsConfig } from './jobs.config.js';

const TOPIC = 'jobs.queued';

/** The database as the queue: claims in batches with SKIP LOCKED, woken by hints, with a slow poll behind. */
@Injectable()
export class PostgresJobQueue extends JobQueue {
  private readonly logger = new Logger(PostgresJobQueue.name);
  private readonly hint = () => this.wake();
  private hinted = false;
  private stopped = true;
  private wake: () => void = () => undefined;
  private loop: Promise<void> | undefined;

  constructor(
    private readonly notifier: DatabaseNotifier,
    private readonly runner: JobRunner,
    private readonly config: JobsConfig,
  ) {
    super();
  }

  dispatch(_jobs: readonly DispatchedJob[]): void {
    this.notifier.notify(TOPIC);
  }

  async start(): Promise<void> {
    this.stopped = false;
    this.wake = () => {
      this.hinted = true;
      this.interruptWait();
    };
    this.notifier.on(TOPIC, this.hint);
    this.loop = this.work();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.notifier.off(TOPIC, this.hint);
    this.interruptWait();
    await this.loop;
  }

  private async work(): Promise<void> {
    while (!this.stopped) {
      const wanted = this.runner.free;
      if (wanted <= 0) {
        await this.untilFree();
        continue;
      }
      this.hinted = false;
      const claimed = await this.claim();
      if (claimed < wanted && !this.hinted && !this.stopped) await this.pause();
    }
  }

  private async claim(): Promise<number> {
    try {
      return await this.runner.claimAndStart();
    } catch (error) {
      this.logger.debug(`claiming failed: ${(error as Error).message}`);
      return 0; // the database is away; the poll tries again
    }
  }

  private interruptWait: () => void = () => undefined;

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.config.JOB_POLL);
      this.interruptWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private untilFree(): Promise<void> {
    return new Promise((resolve) => {
      this.interruptWait = resolve;
      void this.runner.whenFree().then(resolve);
    });
  }
}
