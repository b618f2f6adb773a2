import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, openAsBlob, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ADMIN_PASSWORD, send } from '../support/app.js';
import { freePort } from '../support/binaries.js';
import { CompiledServer } from '../support/compiled-server.js';
import { seededRandom, writeOrdersFile } from '../support/orders-file.js';
import { PostgresServer } from '../support/postgres.js';
import { servicesFound } from '../support/services.js';

const FULL = process.env['FAULTS'] === 'full';
const ROWS = FULL ? 1_000_000 : 60_000;
const KILLS = FULL ? 20 : 6;
/** Enough for a slow machine: an import that hangs must not hang the test. */
/** R1: from the start of a process until it goes on with the import. */
const LONGEST_PAUSE_MS = 5_000;
const PATIENCE_MS = FULL ? 1_200_000 : 240_000;

const TABLE = `select count(*)::int as rows, md5(string_agg(concat_ws('|', id, name, email, state, zipcode, birthday, valid, auto_valid, errors), E'\\n' order by id)) as sum from orders`;
const MENDABLE = `select count(*)::int as rows, md5(string_agg(concat_ws('|', line, byte_offset, "column", value, code, params), E'\\n' order by line)) as sum from order_import_error`;

interface Outcome {
  readonly orders: unknown;
  readonly errors: unknown;
  readonly result: unknown;
  readonly kills: number;
  /** Milliseconds from each restart to the next sign of progress. */
  readonly resumed: number[];
}

/** Imports the file, kills the process that runs it `kills` times at random moments, and tells what came of it. */
async function importUnderFire(file: string, kills: number, databaseUrl?: string): Promise<Outcome> {
  const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-kill-'));
  const random = seededRandom(kills + 7);
  const env = {
    SIGNALBOX_DATA_DIR: dataDir,
    SIGNALBOX_ADMIN_PASSWORD: ADMIN_PASSWORD,
    SIGNALBOX_SECRET: 'a secret of thirty-two characters or more',
    PORT: String(await freePort()),
    LOG_LEVEL: 'error',
    JOB_LEASE: '3',
    ...(databaseUrl !== undefined && {
      DATABASE_URL: databaseUrl,
      MIGRATE_ON_START: 'true',
      JOBS_IN_API: 'true',
    }),
  };
  let server = await CompiledServer.start(env);
  try {
    const tokens = await send(`${server.url}/api/v1.0/tokens?expiration=86400`, {
      method: 'POST',
      basic: ['admin', ADMIN_PASSWORD],
    });
    const { token } = (await tokens.json()) as { token: string };
    const form = new FormData();
    form.set('csv_file', await openAsBlob(file), 'orders.csv');
    const upload = await send(`${server.url}/acme_orders/api/v1/orders/import`, {
      method: 'PUT',
      token,
      body: form,
    });
    expect(upload.status).toBe(200);
    const id = upload.headers.get('location')!.split('/').at(-1)!;
    const job = async () =>
      (await (await send(`${server.url}/api/v1.0/jobs/${id}`, { token })).json()) as {
        state: string;
        progress: { current: number };
        result: unknown;
      };
    const resumed: number[] = [];
    let done = 0;
    for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline;) {
      const { state, progress, result } = await job();
      if (state !== 'queued' && state !== 'running') {
        expect(state).toBe('succeeded');
        return { ...(await inspect(dataDir, databaseUrl)), result, kills: done, resumed };
      }
      if (done < kills && progress.current > 0) {
        await sleep(random() * 300);
        await server.stop('SIGKILL');
        done++;
        server = await CompiledServer.start(env);
        const restarted = Date.now();
        while ((await job()).progress.current === progress.current && Date.now() < deadline) await sleep(20);
        resumed.push(Date.now() - restarted);
      }
      await sleep(20);
    }
    throw new Error('the import did not end');
  } finally {
    await server.stop('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function inspect(dataDir: string, databaseUrl?: string): Promise<Pick<Outcome, 'orders' | 'errors'>> {
  const { endpoint } =
    databaseUrl === undefined
      ? (JSON.parse(readFileSync(join(dataDir, 'holder.json'), 'utf8')) as { endpoint: object })
      : { endpoint: {} };
  const client = new pg.Client(
    databaseUrl === undefined
      ? { ...endpoint, user: 'postgres', database: 'postgres' }
      : { connectionString: databaseUrl },
  );
  await client.connect();
  try {
    return { orders: (await client.query(TABLE)).rows[0], errors: (await client.query(MENDABLE)).rows[0] };
  } finally {
    await client.end();
  }
}

describe(`kill -9 ${KILLS} times during an import of ${ROWS} rows`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-orders-'));
  const file = join(folder, 'orders.csv');
  let undisturbed: Outcome;

  const same = ({ orders, errors, result }: Outcome) => ({ orders, errors, result });

  beforeAll(async () => {
    writeOrdersFile(file, ROWS);
    undisturbed = await importUnderFire(file, 0);
  }, PATIENCE_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it(
    'embedded: the same table, the same counts, nothing twice',
    async () => {
      const outcome = await importUnderFire(file, KILLS);
      console.log(
        `embedded: ${outcome.kills} kills, resumed after at most ${Math.max(...outcome.resumed)} ms`,
      );
      expect(outcome.kills).toBe(KILLS);
      expect(Math.max(...outcome.resumed)).toBeLessThan(LONGEST_PAUSE_MS);
      expect(same(outcome)).toEqual(same(undisturbed));
    },
    PATIENCE_MS * 2,
  );

  (servicesFound('postgres') ? it : it.skip)(
    'PostgreSQL: the same table, the same counts, nothing twice',
    async () => {
      const postgres = await PostgresServer.start();
      try {
        const outcome = await importUnderFire(file, KILLS, await postgres.createDatabase());
        console.log(
          `PostgreSQL: ${outcome.kills} kills, resumed after at most ${Math.max(...outcome.resumed)} ms`,
        );
        expect(outcome.kills).toBe(KILLS);
        expect(Math.max(...outcome.resumed)).toBeLessThan(LONGEST_PAUSE_MS);
        expect(same(outcome)).toEqual(same(undisturbed));
      } finally {
        await postgres.stop();
      }
    },
    PATIENCE_MS * 2,
  );
});
