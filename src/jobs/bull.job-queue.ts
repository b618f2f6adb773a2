import { setTimeout as sleep } from 'node:timers/promises';
import { InjectQueue } from '@nestjs/bull';
import { Injectable, Logger } from '@nestjs/common';
import type { Job as BullJob, JobOptions, Queue } from 'bull';
import { type DispatchedJob, JobQueue } from './job-queue.port.js';
import { JobRunner } from './job-runner.js';
import { JobsConfig } from './jobs.config.js';

/** Name of the one Bull queue; it carries ids of jobs of every kind. */
export const BULL_QUEUE = 'signalbox-jobs';
/** Bull's 1 is its most urgent; ours are 0 to 9 with 9 the most urgent. */
const MOST_URGENT = 10;
/** A due job that nobody claimed for so long has lost its ticket. */
const OVERDUE_SECONDS = 3;
/** Jobs per ticket, where many are enqueued as one: handing a ticket out costs as much as running a small job. */
const JOBS_PER_TICKET = 16;
/** How long a ticket waits here for free slots before its jobs are offered to the other processes again. */
const PATIENCE_MS = 100;
/** How long Redis may take over a farewell. */
const CLOSE_MS = 1_000;

/** What Bull carries. */
interface Ticket {
  readonly ids: string[];
}

/** A ticket is only a hint: Bull has nothing to try again and nothing to keep. */
const TICKET: JobOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true };

/**
 * Bull hands the ids out over any number of machines. Bull's own retries, stalls and results are not used: the row
 * owns them. Redis may be slow, empty or away at any time; then jobs are found by looking in the database.
 */
@Injectable()
export class BullJobQueue extends JobQueue {
  private readonly logger = new Logger(BullJobQueue.name);
  private timer: NodeJS.Timeout | undefined;
  private complained = false;
  private announced: DispatchedJob[][] = [];

  constructor(
    @InjectQueue(BULL_QUEUE) private readonly queue: Queue<Ticket>,
    private readonly runner: JobRunner,
    private readonly config: JobsConfig,
  ) {
    super();
    this.queue.on('error', (error) => this.complain(error));
    this.queue.client.on('ready', () => (this.complained = false));
    // Bull's own way to close waits for Redis, for ever where that is away.
    Object.assign(this.queue, { onApplicationShutdown: () => this.close() });
  }

  dispatch(jobs: readonly DispatchedJob[]): void {
    if (this.announced.length === 0) setImmediate(() => this.send());
    this.announced.push(...ticketsOf(jobs));
  }

  /** Sends what was announced in this turn of the event loop in one go. */
  private send(): void {
    const announced = this.announced;
    this.announced = [];
    // Without a connection the client would keep the ids in memory: the poll finds the rows instead.
    if (this.queue.client.status !== 'ready') return;
    const tickets = announced.map((jobs) => ({
      data: { ids: jobs.map(({ id }) => id) },
      opts: optionsOf(jobs[0]!),
    }));
    const added =
      tickets.length === 1 ? this.queue.add(tickets[0]!.data, tickets[0]!.opts) : this.queue.addBulk(tickets);
    added.catch((error: unknown) => this.complain(error as Error));
  }

  private async use({ data, opts }: BullJob<Ticket>): Promise<void> {
    const { left, handled } = await this.runner.claimAndStartThese(data.ids, PATIENCE_MS);
    const { priority = 0 } = opts;
    if (left.length > 0) await this.queue.add({ ids: [...left] }, { ...TICKET, priority });
    await handled;
  }

  async start(): Promise<void> {
    // Resolves when the queue closes; a ticket is only a hint, so a failure to claim is nothing to Bull.
    void this.queue
      .process(this.config.JOB_CONCURRENCY, async (ticket) => {
        await this.use(ticket).catch((error: unknown) => this.complain(error as Error));
      })
      .catch((error: unknown) => this.complain(error as Error));
    let looking = false;
    this.timer = setInterval(() => {
      if (looking || this.runner.free <= 0) return;
      looking = true;
      this.runner
        .claimAndStart(OVERDUE_SECONDS)
        .catch(() => undefined)
        .finally(() => (looking = false));
    }, this.config.JOB_POLL);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    if (this.queue.client.status !== 'ready') return;
    const paused = this.queue.pause(true, true).catch(() => undefined);
    await Promise.race([paused, sleep(CLOSE_MS, undefined, { ref: false })]); // it too may wait for Redis
  }

  private async close(): Promise<void> {
    await Promise.race([this.queue.close(true), sleep(CLOSE_MS, undefined, { ref: false })]);
    for (const client of this.queue.clients) client.disconnect();
  }

  private complain(error: Error): void {
    if (!this.complained)
      this.logger.warn(`Redis: ${error.message}; jobs go on, found by looking in the database`);
    this.complained = true;
  }
}

/** As many jobs of one announcement together as a ticket carries; they are of one urgency and due at one time. */
function ticketsOf(jobs: readonly DispatchedJob[]): DispatchedJob[][] {
  const tickets: DispatchedJob[][] = [];
  for (let at = 0; at < jobs.length; at += JOBS_PER_TICKET)
    tickets.push(jobs.slice(at, at + JOBS_PER_TICKET));
  return tickets;
}

function optionsOf({ id, attempt, priority, runAt }: DispatchedJob): JobOptions {
  return {
    ...TICKET,
    jobId: `${id}-${attempt}`,
    ...(priority > 0 && { priority: MOST_URGENT - priority }),
    ...(runAt && { delay: Math.max(0, runAt.getTime() - Date.now()) }),
  };
}
