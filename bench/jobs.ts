/**
 * `npm run bench:jobs`: trivial jobs on the three ways to run them, against raw Bull on the same Redis and a loop that
 * claims one row at a time on the same PostgreSQL.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import Bull from 'bull';
import pg from 'pg';
import { PostgresServer } from '../test/support/postgres.js';
import { RedisServer } from '../test/support/redis.js';
import { type JobProcess, startJobProcess } from '../test/support/job-process.js';
import { EnqueueCost } from './support/enqueue-cost.js';
import { PING, PingJob, seen } from './support/ping-job.js';
import {
  atLeast,
  atMost,
  below,
  forComparison,
  inTurn,
  median,
  percent,
  quantile,
  report,
  times,
} from './support/report.js';

const JOBS = Number(process.env['BENCH_JOBS'] ?? 10_000);
const SINGLES = 300;
const CONCURRENCY = 16;
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);

async function untilSeen(count: number): Promise<void> {
  for (let waited = 0; seen.count < count; waited++) {
    if (waited > 60_000) throw new Error(`only ${seen.count} of ${count} jobs ran`);
    await sleep(1);
  }
}

/** Jobs per second from the first enqueue to the last end in the database. */
async function throughput(process: JobProcess): Promise<number> {
  seen.count = 0;
  const started = performance.now();
  for (let made = 0; made < JOBS; made += 500) {
    await process.jobs.enqueueMany(
      PING,
      Array.from({ length: 500 }, () => ({ at: performance.now() })),
    );
  }
  const enqueued = performance.now();
  await untilSeen(JOBS);
  for (let tries = 0; tries < 1000; tries++) {
    const [row] = await process.database.query<{ open: number }>(
      `select count(*)::int as open from job where state in ('queued', 'running')`,
    );
    if (row!.open === 0) break;
    await sleep(5);
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `    enqueued in ${Math.round(enqueued - started)} ms, all done in ${Math.round(seconds * 1000)} ms`,
  );
  await process.database.execute('vacuum (analyze) job'); // as a server does by itself, but not in between
  return JOBS / seconds;
}

/** Milliseconds from enqueueing to the first line of the handler, one job at a time. */
async function latency(process: JobProcess): Promise<number[]> {
  seen.count = 0;
  seen.latencies = [];
  for (let index = 0; index < SINGLES; index++) {
    await process.jobs.enqueue(PING, { at: performance.now() });
    await untilSeen(index + 1);
    await sleep(2);
  }
  return seen.latencies.slice(20);
}

async function rawBull(url: string): Promise<number> {
  const queue = new Bull(`raw-${Date.now()}`, url);
  let done = 0;
  await queue.isReady();
  const started = performance.now();
  for (let made = 0; made < JOBS; made += 500) {
    await queue.addBulk(
      Array.from({ length: 500 }, () => ({ data: { at: 0 }, opts: { removeOnComplete: true } })),
    );
  }
  void queue.process(CONCURRENCY, async () => void done++);
  while (done < JOBS) await sleep(1);
  const seconds = (performance.now() - started) / 1000;
  await queue.close();
  return JOBS / seconds;
}

async function claimOne(url: string): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: CONCURRENCY });
  await pool.query(
    'drop table if exists raw_job; create table raw_job (id bigserial primary key, state text not null, payload jsonb not null)',
  );
  await pool.query(`create index on raw_job (id) where state = 'queued'`);
  const started = performance.now();
  for (let made = 0; made < JOBS; made += 500) {
    await pool.query(
      `insert into raw_job (state, payload) select 'queued', '{"at":0}' from generate_series(1, 500)`,
    );
  }
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (;;) {
        const { rows } = await pool.query({
          name: 'claim',
          text: `update raw_job set state = 'running' where id = (select id from raw_job where state = 'queued' order by id limit 1 for update skip locked) returning id, payload`,
        });
        if (rows.length === 0) return;
        await pool.query({
          name: 'done',
          text: `update raw_job set state = 'done' where id = $1`,
          values: [(rows[0] as { id: string }).id],
        });
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  await pool.end();
  return JOBS / seconds;
}

const postgres = await PostgresServer.start();
const redis = await RedisServer.start(['--appendonly', 'yes', '--appendfsync', 'everysec']);
const rawUrl = await postgres.createDatabase();
const onPostgres = await startJobProcess({
  handlers: [PingJob],
  env: { DATABASE_URL: await postgres.createDatabase() },
});
const onBull = await startJobProcess({
  handlers: [PingJob],
  env: { DATABASE_URL: await postgres.createDatabase(), REDIS_URL: redis.url },
});
const embedded = await startJobProcess({ handlers: [PingJob] });
const enqueueing = await EnqueueCost.start(await postgres.createDatabase());

try {
  const speed = await inTurn(ROUNDS, {
    'raw Bull': () => rawBull(redis.url),
    'claim-one loop': () => claimOne(rawUrl),
    postgres: () => throughput(onPostgres),
    bull: () => throughput(onBull),
    embedded: () => throughput(embedded),
  });
  const waits = {
    postgres: await latency(onPostgres),
    bull: await latency(onBull),
    embedded: await latency(embedded),
  };
  const cost = await inTurn(ROUNDS, enqueueing.contenders);

  console.log('\njobs/s:', speed.medians());
  console.log('transactions/s:', cost.medians());
  const milliseconds = (value: number) => `p50 ${value.toFixed(1)} ms`;
  for (const [name, wait] of Object.entries(waits))
    console.log(`pick-up p99, ${name}: ${quantile(wait, 0.99).toFixed(1)} ms`);
  report('bench:jobs', [
    below(5, 'pick-up, embedded', median(waits.embedded), milliseconds),
    forComparison('pick-up, PostgreSQL', milliseconds(median(waits.postgres))),
    below(5, 'pick-up, Bull', median(waits.bull), milliseconds),
    atLeast(3000, 'jobs/s, PostgreSQL', speed.median('postgres'), (value) => value.toFixed(0)),
    forComparison('PostgreSQL / claim-one loop', times(speed.ratio('postgres', 'claim-one loop'))),
    atLeast(0.8, 'Bull / PostgreSQL', speed.ratio('bull', 'postgres'), times),
    forComparison('Bull / raw Bull', times(speed.ratio('bull', 'raw Bull'))),
    atMost(
      0.1,
      'enqueue inside the transaction of a use case',
      1 - cost.ratio('use case + job', 'use case'),
      percent,
    ),
    forComparison('enqueue beside one bare insert', percent(1 - cost.ratio('insert + job', 'insert'))),
  ]);
} finally {
  for (const process of [onPostgres, onBull, embedded, enqueueing]) await process.close();
  await redis.stop();
  await postgres.stop();
}
