import type { Query } from './installation.js';

interface Interrupted {
  readonly id: string;
  readonly attempt: number;
  readonly since: number;
}

/** Measures how long jobs lie around whose process was killed: until they run again or have ended. */
export class RecoveryClock {
  /** Milliseconds, one per job. */
  readonly times: number[] = [];
  private open: Interrupted[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly query: Query) {}

  start(): void {
    let looking = false;
    this.timer = setInterval(() => {
      if (looking || this.open.length === 0) return;
      looking = true;
      void this.look()
        .catch(() => undefined)
        .finally(() => (looking = false));
    }, 50);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Looks once more, when all is over. */
  async lastLook(): Promise<void> {
    this.stop();
    await this.look();
  }

  /** Takes down what a process that has just been killed was running. */
  async killed(pid: number): Promise<number> {
    const since = Date.now();
    const rows = await this.query<{ id: string; attempt: number }>(
      `select id, attempt from job where state = 'running' and worker like '%:' || $1 || ':%'`,
      [String(pid)],
    );
    this.open.push(...rows.map((row) => ({ ...row, since })));
    return rows.length;
  }

  /** Jobs that have not been taken up again. */
  get waiting(): number {
    return this.open.length;
  }

  /** The longest time so far, in milliseconds. */
  get longest(): number {
    return Math.max(0, ...this.times);
  }

  private async look(): Promise<void> {
    const rows = await this.query<{ id: string; attempt: number; state: string }>(
      'select id, attempt, state from job where id = any($1)',
      [this.open.map(({ id }) => id)],
    );
    const now = Date.now();
    const jobs = new Map(rows.map((row) => [row.id, row]));
    this.open = this.open.filter(({ id, attempt, since }) => {
      const job = jobs.get(id)!;
      const back = job.attempt > attempt || (job.state !== 'running' && job.state !== 'queued');
      if (back) this.times.push(now - since);
      return !back;
    });
  }
}
