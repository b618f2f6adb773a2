/**
 * `npm run bench:load`: a data package of a file with eight columns through the whole program (signed PUT, every check
 * of its schema, checkpoints, the index, the change of tables) into PostgreSQL, against `psql \copy` of the same file
 * into a table of the same kind. The upload alone follows, as `npm run bench:upload` measures it, with a file of that
 * size. `BENCH_ROWS` sets the size of the file (1,000,000), `BENCH_ROUNDS` how often it is loaded (3).
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinary } from '../test/support/binaries.js';
import { PostgresServer } from '../test/support/postgres.js';
import { LoadTarget } from './support/load-target.js';
import { PAYMENTS, PAYMENTS_TABLE, writePayments } from './support/payments-file.js';
import { atLeast, forComparison, inTurn, report, times } from './support/report.js';
import { DIST } from './support/server-process.js';

const ROWS = Number(process.env['BENCH_ROWS'] ?? 1_000_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);

const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'));
const file = join(folder, 'data.csv');
writePayments(file, ROWS);
const { size } = statSync(file);

const postgres = await PostgresServer.start({ shared_buffers: '512MB', max_wal_size: '4GB' });
const DATABASE_URL = await postgres.createDatabase();
const target = await LoadTarget.start(DATABASE_URL, folder);

/** Rows a second of `\copy`. */
async function copy(): Promise<number> {
  await postgres.execute('drop table if exists copied', DATABASE_URL);
  await postgres.execute(`create table copied ${PAYMENTS_TABLE}`, DATABASE_URL);
  await postgres.execute('checkpoint');
  const columns = PAYMENTS.resources[0]!.schema.fields.map(({ name }) => name).join(', ');
  const command = `\\copy copied (${columns}) from '${file}' with (format csv, header)`;
  const started = performance.now();
  execFileSync(findBinary('psql')!, [DATABASE_URL, '-qc', command]);
  return (ROWS / (performance.now() - started)) * 1000;
}

try {
  const growths: number[] = [];
  const lags: number[] = [];
  const speed = await inTurn(ROUNDS, {
    '\\copy': copy,
    load: async () => {
      await postgres.execute('checkpoint');
      const { rowsPerSecond, rssGrowth, lagP99 } = await target.load(PAYMENTS, file, ROWS);
      growths.push(rssGrowth);
      lags.push(lagP99);
      return rowsPerSecond;
    },
  });
  console.log('rows/s:', speed.medians());
  report(`bench:load, ${ROWS} rows, ${(size / 1024 ** 2).toFixed(0)} MB`, [
    atLeast(0.25, 'load / \\copy', speed.ratio('load', '\\copy'), times),
    forComparison(
      'growth of the process, load by load',
      growths.map((growth) => growth.toFixed(0)).join(', '),
    ),
    forComparison('event loop lag p99, load by load', lags.map((lag) => `${lag.toFixed(1)} ms`).join(', ')),
  ]);
} finally {
  await target.stop();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}

const upload = spawnSync(process.execPath, [join(DIST, 'bench/upload.js')], {
  ...{ stdio: 'inherit', env: { ...process.env, BENCH_BYTES: String(size) } },
});
if (upload.status !== 0) process.exitCode = 1;
