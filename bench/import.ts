/**
 * `npm run bench:import`: a file of orders through the whole program (upload, every rule, checkpoints) into PostgreSQL,
 * against `psql \copy` of the same file into a table of the same kind, and against the original's way, a commit a row.
 * `BENCH_ROWS` sets the size of the file (1,000,000), `BENCH_ROUNDS` how often it is imported (3).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCleanOrders } from '../test/support/orders-file.js';
import { findBinary } from '../test/support/binaries.js';
import { PostgresServer } from '../test/support/postgres.js';
import { commitEachRow } from './support/commit-each-row.js';
import { ImportTarget } from './support/import-target.js';
import { atLeast, atMost, below, forComparison, inTurn, report, times } from './support/report.js';

const ROWS = Number(process.env['BENCH_ROWS'] ?? 1_000_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
/** The original's way is too slow for the whole file. */
const ROWS_ONE_BY_ONE = Math.min(ROWS, 10_000);

const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'));
const clean = join(folder, 'clean.csv');
const duplicates = join(folder, 'duplicates.csv');
writeCleanOrders(clean, ROWS);
writeCleanOrders(duplicates, ROWS, { duplicates: 0.1 });

const postgres = await PostgresServer.start({ shared_buffers: '512MB', max_wal_size: '4GB' });
const DATABASE_URL = await postgres.createDatabase();
const target = await ImportTarget.start(DATABASE_URL, folder);

/** Rows a second of `\copy`. */
async function copy(): Promise<number> {
  await postgres.execute('drop table if exists copied', DATABASE_URL);
  await postgres.execute('create table copied (like orders including all)', DATABASE_URL);
  await postgres.execute('alter table copied alter column valid set default false', DATABASE_URL);
  const columns = 'id, name, email, state, zipcode, birthday';
  const command = `\\copy copied (${columns}) from '${clean}' with (format csv, delimiter '|', header)`;
  const started = performance.now();
  execFileSync(findBinary('psql')!, [DATABASE_URL, '-qc', command]);
  return (ROWS / (performance.now() - started)) * 1000;
}

async function empty(): Promise<void> {
  await postgres.execute('truncate orders, order_import cascade', DATABASE_URL);
  await postgres.execute('checkpoint');
}

try {
  const peaks: number[] = [];
  const lags: number[] = [];
  const speed = await inTurn(ROUNDS, {
    '\\copy': async () => {
      await empty();
      return copy();
    },
    'import, clean': async () => {
      await empty();
      const { rowsPerSecond, rssGrowth, lagP99 } = await target.import(clean, ROWS);
      peaks.push(rssGrowth);
      lags.push(lagP99);
      return rowsPerSecond;
    },
    'import, a tenth duplicates': async () => {
      await empty();
      return (await target.import(duplicates, ROWS)).rowsPerSecond;
    },
    'a commit a row': async () => {
      await empty();
      return commitEachRow(DATABASE_URL, clean, ROWS_ONE_BY_ONE);
    },
  });
  console.log('rows/s:', speed.medians());
  report(`bench:import, ${ROWS} rows`, [
    atLeast(0.35, 'clean file / \\copy', speed.ratio('import, clean', '\\copy'), times),
    atLeast(0.2, 'a tenth duplicates / \\copy', speed.ratio('import, a tenth duplicates', '\\copy'), times),
    atLeast(25, 'clean file / a commit a row', speed.ratio('import, clean', 'a commit a row'), times),
    atMost(150, 'growth of the process', Math.max(...peaks), (value) => `${value.toFixed(0)} MB`),
    below(50, 'event loop lag p99', Math.max(...lags), (value) => `${value.toFixed(1)} ms`),
    forComparison('growth, import by import', peaks.map((peak) => peak.toFixed(0)).join(', ')),
  ]);
} finally {
  await target.stop();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
