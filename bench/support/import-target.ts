import { openAsBlob, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServerProcess } from './server-process.js';

const PASSWORD = 'a password of the benchmark';
const IMPORT = '/acme_orders/api/v1/orders/import';

/** What an import took. */
export interface ImportFigures {
  /** From the first byte of the upload to the end of the import. */
  readonly rowsPerSecond: number;
  /** By how much the memory of the process (resident set) was larger at most than before, in MB. */
  readonly rssGrowth: number;
  /** Of the event loop, meanwhile, in milliseconds. */
  readonly lagP99: number;
}

/** The program, which imports files in the process of the API. */
export class ImportTarget {
  private constructor(
    private readonly server: ServerProcess,
    private readonly token: string,
  ) {}

  static async start(url: string, dataDir: string): Promise<ImportTarget> {
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
    return new ImportTarget(server, ((await answer.json()) as { token: string }).token);
  }

  /** Uploads a file and waits until it is imported. */
  async import(file: string, rows: number): Promise<ImportFigures> {
    const body = new FormData();
    body.set('csv_file', await openAsBlob(file), 'orders.csv');
    await this.lag(); // it is told since the last time that it was asked for
    const before = this.rss();
    let peak = before;
    const watch = setInterval(() => (peak = Math.max(peak, this.rss())), 50);
    try {
      const started = performance.now();
      const answer = await this.ask(`${IMPORT}?again=true`, { method: 'PUT', body });
      if (answer.status !== 200) throw new Error(`the upload answered ${answer.status}`);
      const location = answer.headers.get('location')!;
      for (;;) {
        const { result } = (await (await this.ask(location)).json()) as {
          result: { status: string; read: number; message: string };
        };
        if (result.status === 'FAILURE' || (result.status === 'SUCCESS' && result.read !== rows))
          throw new Error(`the import ended with ${result.read} rows: ${result.message}`);
        if (result.status === 'SUCCESS') break;
        await sleep(50);
      }
      const seconds = (performance.now() - started) / 1000;
      return { rowsPerSecond: rows / seconds, rssGrowth: (peak - before) / 1024, lagP99: await this.lag() };
    } finally {
      clearInterval(watch);
    }
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  private ask(path: string, options: RequestInit = {}): Promise<Response> {
    return fetch(this.server.url + path, { ...options, headers: { authorization: `Bearer ${this.token}` } });
  }

  /** Kilobytes of memory of the process. */
  private rss(): number {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.server.pid}/status`, 'utf8'))![1]);
  }

  private async lag(): Promise<number> {
    const metrics = await (await this.ask('/metrics')).text();
    return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(metrics)![1]) * 1000;
  }
}
