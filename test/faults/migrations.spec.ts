import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PostgresServer } from '../support/postgres.js';
import { servicesFound } from '../support/services.js';
import { FULL } from './iterations.js';
import { Worker } from './worker.js';

/** Statements of the migrator at which its process dies, one after the other. */
const POINTS = FULL ? Array.from({ length: 40 }, (_, index) => 1 + 2 * index) : [2, 5, 9, 14, 25];
const NAMES = readdirSync(join(import.meta.dirname, '../../migrations'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replace(/\.ts$/, ''))
  .sort();
const KILL_HOOK = ['--import', join(import.meta.dirname, 'kill-at-statement.ts')];

describe('migrations', () => {
  if (servicesFound('postgres')) {
    it('are run once by two processes that start at the same moment', async () => {
      const postgres = await PostgresServer.start();
      const env = { DATABASE_URL: await postgres.createDatabase(), MIGRATE_ON_START: 'true' };
      const workers = [Worker.spawn({ env }), Worker.spawn({ env }), Worker.spawn({ env })];
      try {
        await Promise.all(workers.map((worker) => worker.up()));
        await expectMigrated(workers[0]!);
        expect(await workers[1]!.migrate()).toEqual([]);
      } finally {
        for (const worker of workers) await worker.kill();
        await postgres.stop();
      }
    });

    it(`leave nothing behind when they are killed in the middle, at ${POINTS.length} points`, async () => {
      const postgres = await PostgresServer.start();
      const env = { DATABASE_URL: await postgres.createDatabase(), MIGRATE_ON_START: 'true' };
      try {
        const tables = `select tablename from pg_tables where schemaname = 'public'`;
        const points = await dieInTheMiddle(env, async () => {
          // The migrator's own table may be there, and empty.
          const left = await postgres.execute<{ tablename: string }>(tables, env.DATABASE_URL);
          expect(left.map(({ tablename }) => tablename).filter((name) => name !== 'migration')).toEqual([]);
        });
        expect(points).toBeGreaterThan(3);
        const worker = await Worker.start({ env });
        await expectMigrated(worker);
        await worker.kill();
      } finally {
        await postgres.stop();
      }
    }, 600_000);
  }

  it('go on after a kill in the middle on the embedded database', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'signalbox-migrate-'));
    const env = { SIGNALBOX_DATA_DIR: directory, MIGRATE_ON_START: 'true' };
    try {
      expect(
        await dieInTheMiddle(env, async () => undefined, FULL ? POINTS : POINTS.slice(1, 3)),
      ).toBeGreaterThan(0);
      const worker = await Worker.start({ env });
      await expectMigrated(worker);
      await worker.kill();
    } finally {
      rmSync(directory, { recursive: true });
    }
  }, 600_000);
});

/** Starts a process per point that dies there; returns how many died before they had migrated. */
async function dieInTheMiddle(
  env: Record<string, string>,
  check: () => Promise<void>,
  points = POINTS,
): Promise<number> {
  let died = 0;
  for (const point of points) {
    const worker = Worker.spawn({
      env,
      nodeArguments: KILL_HOOK,
      processEnv: { KILL_AT_STATEMENT: String(point) },
    });
    const came = await worker.up().then(
      () => true,
      () => false,
    );
    await worker.kill();
    if (came) break;
    expect(worker.errors).toContain('killed before: ');
    died++;
    await check();
  }
  return died;
}

async function expectMigrated(worker: Worker): Promise<void> {
  const rows = await worker.query<{ name: string }>('select name from migration order by name');
  expect(rows.map(({ name }) => name)).toEqual(NAMES);
  expect(await worker.query(`select to_regclass('job') is not null as there`)).toEqual([{ there: true }]);
}
