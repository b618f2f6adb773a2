import { setTimeout as sleep } from 'node:timers/promises';
import { ProcessMemory } from '../../test/support/process-memory.js';
import { ServerProcess } from './server-process.js';

const PASSWORD = 'a password of the benchmark';
/** Statuses that mean that work is not done yet are asked for so often. */
const POLL_MS = 50;

/** What some work of the program took. */
export interface WorkFigures {
  readonly rowsPerSecond: number;
  /** By how much the memory of the process (resident set) was larger at most than before, in MB. */
  readonly rssGrowth: number;
  /** Of the event loop, meanwhile, in milliseconds. */
  readonly lagP99: number;
}

/** The program on PostgreSQL, which does its jobs in the process of the API; its admin is signed in. */
export class BenchServer {
  private constructor(
    private readonly server: ServerProcess,
    readonly token: string,
    private readonly memory: ProcessMemory,
  ) {}

  static async start(url: string, dataDir: string): Promise<BenchServer> {
    const server = await ServerProcess.start('src/main.js', '/health/live', {
      DATABASE_URL: url,
      SIGNALBOX_DATA_DIR: dataDir,
      SIGNALBOX_SECRET: 'a secret of thirty-two characters or more',
      SIGNALBOX_ADMIN_PASSWORD: PASSWORD,
      MIGRATE_ON_START: 'true',
      JOBS_IN_API: 'true',
      UPLOAD_LIMIT: String(4 * 1024 ** 3),
    });
    const answer = await fetch(`${server.url}/api/v1.0/tokens?expiration=86400`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}` },
    });
    const { token } = (await answer.json()) as { token: string };
    return new BenchServer(server, token, new ProcessMemory(server.pid));
  }

  /** Sends a request in the name of the admin. */
  ask(path: string, options: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
    const headers = { ...options.headers, authorization: `Bearer ${this.token}` };
    return fetch(this.server.url + path, { ...options, headers });
  }

  /** Asks again and again until `isDone` says so. */
  async poll<T>(path: string, isDone: (answer: T) => boolean): Promise<void> {
    while (!isDone((await (await this.ask(path)).json()) as T)) await sleep(POLL_MS);
  }

  /** Measures work on so many rows, from its beginning to its end. */
  async measure(rows: number, work: () => Promise<void>): Promise<WorkFigures> {
    await this.lag(); // it is told since the last time that it was asked for
    this.memory.takePeak();
    const before = this.memory.now;
    const started = performance.now();
    await work();
    const seconds = (performance.now() - started) / 1000;
    const rssGrowth = (this.memory.takePeak() - before) / 1024 ** 2;
    return { rowsPerSecond: rows / seconds, rssGrowth, lagP99: await this.lag() };
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  private async lag(): Promise<number> {
    const metrics = await (await this.ask('/metrics')).text();
    return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(metrics)![1]) * 1000;
  }
}
