import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN_PASSWORD } from '../support/app.js';
import { seededRandom } from '../support/orders-file.js';
import { PackageClient } from '../support/package-client.js';
import { PostgresServer } from '../support/postgres.js';
import { servicesFound } from '../support/services.js';
import { type Uploader, uploaderOf } from '../support/uploads.js';
import { LoadInstallation } from './load-installation.js';

const FULL = process.env['FAULTS'] === 'full';
const ROWS = FULL ? 1_000_000 : 120_000;
/** Of the first load and of the second, together. */
const KILLS = FULL ? 20 : 6;
/** Enough for a slow machine: a load that hangs must not hang the test. */
const PATIENCE_MS = FULL ? 1_200_000 : 240_000;
/** How fetch tells that a server was killed, before it answered and while it did. */
const SERVER_GONE = new Set(['fetch failed', 'terminated']);

const FIELDS = ['generation', 'number', 'title', 'amount'];
const descriptor = JSON.stringify({
  name: 'payments',
  resources: [
    {
      name: 'rows',
      path: 'rows.csv',
      schema: {
        fields: FIELDS.map((name) => ({ name, type: name === 'title' ? 'string' : 'integer' })),
        primaryKey: ['number'],
      },
    },
  ],
});

/** A file that can be told from those of other generations by its rows and by their number. */
class DataFile {
  readonly rows: number;
  readonly content: string;

  constructor(readonly generation: number) {
    this.rows = ROWS + generation;
    const random = seededRandom(generation);
    let content = `${FIELDS.join(',')}\r\n`;
    for (let row = 1; row <= this.rows; row++)
      content += `${generation},${row},"Payment, number ${row}",${Math.floor(random() * 1e6)}\r\n`;
    this.content = content;
  }
}

/** Reads the package again and again, and notes what it saw. */
class Reader {
  /** Statuses other than 200, and the generations of files that were there as a whole. */
  readonly seen: string[] = [];
  /** What was neither. */
  readonly wrong: string[] = [];
  reads = 0;
  wholes = 0;
  private stopped = false;
  private readonly path: string;
  private readonly ended: Promise<unknown>;

  constructor(
    private readonly installation: LoadInstallation,
    private readonly user: Uploader,
    private readonly files: readonly DataFile[],
  ) {
    this.path = `/package/${user.userid}:payments/data/rows`;
    this.ended = Promise.all([
      this.repeat(() => this.readPage(), 20),
      this.repeat(() => this.readWhole(), 500),
    ]);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.ended;
  }

  /** The file that the table is, row by row and in its order; undefined where it is none. */
  async whole(): Promise<DataFile | undefined> {
    const answer = await this.get('format=csv');
    return answer.status === 200 ? this.fileOf(await answer.text()) : undefined;
  }

  private async repeat(read: () => Promise<void>, pauseMs: number): Promise<void> {
    while (!this.stopped) {
      try {
        await read();
        this.reads++;
      } catch (error) {
        if (!SERVER_GONE.has((error as Error).message)) this.wrong.push(String(error));
      }
      await sleep(pauseMs);
    }
  }

  private async readPage(): Promise<void> {
    const answer = await this.get(`limit=10&after=${ROWS - 5}`);
    if (answer.status !== 200) return this.note(`status ${answer.status}`);
    const { rows, data } = (await answer.json()) as { rows: number; data: { generation: number }[] };
    const generation = data[0]?.generation;
    const file = this.files.find((one) => one.generation === generation);
    if (file?.rows === rows && data.length === rows - ROWS + 5) this.note(`generation ${generation}`);
    else this.wrong.push(`${rows} rows; a page of ${data.length}, of generation ${generation}`);
  }

  private async readWhole(): Promise<void> {
    const answer = await this.get('format=csv');
    if (answer.status !== 200) return this.note(`status ${answer.status}`);
    const content = await answer.text();
    const file = this.fileOf(content);
    this.wholes++;
    if (file) this.note(`generation ${file.generation}`);
    else this.wrong.push(`${content.length} characters that are no file`);
  }

  private get(query: string): Promise<Response> {
    return this.installation.request(`${this.path}?${query}`, { token: this.user.token });
  }

  private fileOf(content: string): DataFile | undefined {
    return this.files.find((file) => file.content === content);
  }

  private note(what: string): void {
    if (!this.seen.includes(what)) this.seen.push(what);
  }
}

/** Loads the last of the files under fire, in place of the one before it; returns what a reader saw meanwhile. */
async function load(
  installation: LoadInstallation,
  client: PackageClient,
  files: readonly DataFile[],
  kills: number,
): Promise<Reader> {
  const file = files.at(-1)!;
  const random = seededRandom(file.generation + 7);
  const datapackage = await client.upload('payments', {
    'datapackage.json': descriptor,
    'rows.csv': file.content,
  });
  const reader = new Reader(installation, client.user, files);
  try {
    await client.begin(datapackage);
    let [done, progress] = [0, 0];
    for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(20)) {
      const state = await installation.progress(datapackage);
      if (state.status === 'done' || state.status === 'fail') {
        expect([state, done]).toEqual([{ status: 'done', progress: file.rows }, kills]);
        return reader;
      }
      expect(state.progress).toBeGreaterThanOrEqual(progress); // it goes on, and does not begin again
      ({ progress } = state);
      if (done === kills || progress < (file.rows * done) / kills) continue; // spread over the whole load
      await sleep(random() * 100);
      await installation.killLoader();
      if (installation.hasWorker && done % 2 === 0) await installation.killServer();
      done++;
    }
    throw new Error('the load did not end');
  } finally {
    await reader.stop();
  }
}

/** Loads a package, then other rows in its place, and tells of what a reader saw. */
async function loadTwice(databaseUrl?: string): Promise<void> {
  const [former, later] = [new DataFile(1), new DataFile(2)];
  const installation = await LoadInstallation.open(databaseUrl);
  try {
    const answer = await installation.request('/api/v1.0/tokens?expiration=86400', {
      ...{ method: 'POST', basic: ['admin', ADMIN_PASSWORD] },
    });
    const { token } = (await answer.json()) as { token: string };
    const client = new PackageClient(installation, await uploaderOf(installation, token, 1));

    const first = await load(installation, client, [former], KILLS / 2);
    expect(first.wrong).toEqual([]);
    expect(first.seen).toContain('status 404');
    for (const seen of first.seen) expect(['status 404', 'generation 1']).toContain(seen);
    expect(await first.whole()).toBe(former);

    const second = await load(installation, client, [former, later], KILLS / 2);
    expect(second.wrong).toEqual([]);
    expect(second.seen).toContain('generation 1');
    for (const seen of second.seen) expect(['generation 1', 'generation 2']).toContain(seen);
    expect(await second.whole()).toBe(later);
    console.log(
      `${KILLS} kills of the process that loads; read ${first.reads} and ${second.reads} times meanwhile, ` +
        `${first.wholes + second.wholes} times the whole table`,
    );
  } finally {
    await installation.close();
  }
}

describe(`kill -9 ${KILLS} times during two loads of ${ROWS} rows`, () => {
  it('embedded: all rows in their order, and never a part of them', () => loadTwice(), PATIENCE_MS * 2);

  (servicesFound('postgres') ? it : it.skip)(
    'PostgreSQL, with a worker: all rows in their order, and never a part of them',
    async () => {
      const postgres = await PostgresServer.start();
      try {
        await loadTwice(await postgres.createDatabase());
      } finally {
        await postgres.stop();
      }
    },
    PATIENCE_MS * 2,
  );
});
