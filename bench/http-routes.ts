/**
 * Our routes against bare Fastify, with bare `pg` where a database is in the path, over the same
 * PostgreSQL and the same two million orders. Server and load are processes of their own; the contenders take turns.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon, { type Options } from 'autocannon';
import { PostgresServer } from '../test/support/postgres.js';
import { measureStart } from './support/start.js';
import { measureTokenVerification } from './support/tokens.js';
import { atLeast, atMost, forComparison, inTurn, report, times } from './support/report.js';
import { ServerProcess } from './support/server-process.js';

// Short turns and many of them: a machine that others use changes its speed from second to second.
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 15);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 1);
const ORDERS = 2_000_100;
const CONNECTIONS = 64;
/**
 * Of the bare routes, as Fastify's own benchmarks load them. One request at a time and connection measures above all
 * how long it takes to wake the other side, which is worse the longer that has slept.
 */
const PIPELINED = { connections: 100, pipelining: 10 };
const PASSWORD = 'a password of the benchmark';

const FILL = `
  insert into orders (id, name, email, state, zipcode, birthday, valid, errors, created_at)
  select i, 'Customer ' || i, 'customer' || i || '@example.com', 'NY', '10001', date '1980-01-01' + (i % 3650)::int, i % 10 <> 0,
    case when i % 10 = 0 then '[{"rule":"zipcode_length","params":{}}]'::jsonb end, now()
  from generate_series(1, ${ORDERS}) as i`;

async function load(url: string, options: Partial<Options> = {}): Promise<number> {
  const result = await autocannon({ url, connections: CONNECTIONS, duration: SECONDS, ...options });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} refused, ${result.errors} failed`);
  return result.requests.total / result.duration;
}

async function signIn(url: string): Promise<string> {
  const response = await fetch(`${url}/api/v1.0/tokens?expiration=3600`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}` },
  });
  return ((await response.json()) as { token: string }).token;
}

const postgres = await PostgresServer.start({ shared_buffers: '512MB' });
const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-bench-'));
const DATABASE_URL = await postgres.createDatabase();
const environment = {
  DATABASE_URL,
  SIGNALBOX_DATA_DIR: dataDir,
  SIGNALBOX_SECRET: 'a secret of thirty-two characters or more',
  SIGNALBOX_ADMIN_PASSWORD: PASSWORD,
  MIGRATE_ON_START: 'true',
};

const ours = await ServerProcess.start('src/main.js', '/health/live', environment);
try {
  await postgres.execute(FILL, DATABASE_URL);
  await postgres.execute('vacuum analyze orders', DATABASE_URL);
  const bare = await ServerProcess.start('bench/support/bare-server.js', '/bare', environment);
  const nest = await ServerProcess.start('bench/support/bare-nest.js', '/health/live');
  const token = await signIn(ours.url);
  const signedIn = { headers: { authorization: `Bearer ${token}` } };
  const orders = `${ours.url}/acme_orders/api/v1/orders`;
  const deep = ORDERS - 100;
  const speed = await inTurn(ROUNDS, {
    'bare route': () => load(`${bare.url}/bare`, PIPELINED),
    'bare Nest route': () => load(`${nest.url}/health/live`, PIPELINED),
    'our public route': () => load(`${ours.url}/health/live`, PIPELINED),
    'bare route, one at a time': () => load(`${bare.url}/bare`),
    'our public route, one at a time': () => load(`${ours.url}/health/live`),
    'bare detail': () => load(`${bare.url}/orders/77`),
    'our detail': () => load(`${orders}/77`, signedIn),
    'bare list': () => load(`${bare.url}/orders?limit=50`),
    'our list': () => load(`${orders}?limit=50`, signedIn),
    'our list, page at depth 2M': () => load(`${orders}?limit=50&after=${deep}`, signedIn),
  });
  await Promise.all([bare.stop(), nest.stop()]);
  const verify = await measureTokenVerification(token, environment);
  const start = await measureStart();
  console.log('requests/s:', speed.medians());
  report('bench:http', [
    forComparison('bare Nest / bare Fastify', times(speed.ratio('bare Nest route', 'bare route'))),
    forComparison('bare route / bare Nest', times(speed.ratio('our public route', 'bare Nest route'))),
    forComparison(
      'bare route / bare Fastify, one request at a time',
      times(speed.ratio('our public route, one at a time', 'bare route, one at a time')),
    ),
    atLeast(0.8, 'bare route / bare Fastify', speed.ratio('our public route', 'bare route'), times),
    atLeast(
      0.5,
      'authenticated GET of one order / bare Fastify + pg',
      speed.ratio('our detail', 'bare detail'),
      times,
    ),
    atLeast(0.6, 'list of 50 orders / same SQL through bare pg', speed.ratio('our list', 'bare list'), times),
    atMost(2, 'first page / page at depth 2M', speed.ratio('our list', 'our list, page at depth 2M'), times),
    atMost(5, 'token verification, amortised', verify, (value) => `${value.toFixed(2)} us`),
    atMost(
      2,
      'start to first answer, over a bare Nest application',
      start.ours - start.bare,
      (value) => `${value.toFixed(2)} s`,
    ),
  ]);
} finally {
  await ours.stop();
  await postgres.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
