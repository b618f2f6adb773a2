/**
 * `npm run bench:import:memory`: by how much a process grows that imports files of more and more orders, each time a
 * fresh one. `BENCH_SIZES` names the sizes (100,000, 1,000,000 and 10,000,000 orders).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCleanOrders } from '../test/support/orders-file.js';
import { PostgresServer } from '../test/support/postgres.js';
import type { WorkFigures } from './support/bench-server.js';
import { ImportTarget } from './support/import-target.js';
import { atMost, below, type Figure, forComparison, report, times } from './support/report.js';

const SIZES = (process.env['BENCH_SIZES'] ?? '100000,1000000,10000000').split(',').map(Number);
const megabytes = (value: number) => `${value.toFixed(0)} MB`;

const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'));
const file = join(folder, 'orders.csv');
const postgres = await PostgresServer.start({ shared_buffers: '512MB', max_wal_size: '4GB' });

async function measure(rows: number): Promise<WorkFigures> {
  writeCleanOrders(file, rows);
  const target = await ImportTarget.start(await postgres.createDatabase(), folder);
  try {
    return await target.import(file, rows);
  } finally {
    await target.stop();
  }
}

try {
  const figures: Figure[] = [];
  const growth: number[] = [];
  for (const rows of SIZES) {
    const { rowsPerSecond, rssGrowth, lagP99 } = await measure(rows);
    console.error(`${rows} orders: ${Math.round(rowsPerSecond)}/s`);
    growth.push(rssGrowth);
    figures.push(
      atMost(150, `growth, ${rows} orders`, rssGrowth, megabytes),
      below(50, `event loop lag p99, ${rows} orders`, lagP99, (value) => `${value.toFixed(1)} ms`),
    );
  }
  // What the program needs for its first import it needs once: the least is that of the smallest file.
  figures.push(forComparison('largest file / smallest file', times(growth.at(-1)! / growth[0]!)));
  report('bench:import:memory', figures);
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
