/**
 * Our routes while many guess passwords, each from an address and at an account of its own, so that nobody is slowed
 * down by his own failures: what is left is the work of checking passwords. Beside it, the same routes undisturbed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon, { type Result } from 'autocannon';
import { PostgresServer } from '../test/support/postgres.js';
import { atLeast, atMost, below, forComparison, report } from './support/report.js';
import { ServerProcess } from './support/server-process.js';

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 15);
/** Requests a second of those who have signed in: far below what the server can do. */
const CALM_RATE = 200;
const GUESSERS = 200;
const PASSWORD = 'a password of the benchmark';

const milliseconds = (value: number) => `${value.toFixed(1)} ms`;
const basic = (nickname: string, password: string) =>
  `Basic ${Buffer.from(`${nickname}:${password}`).toString('base64')}`;

const postgres = await PostgresServer.start();
const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'));
const server = await ServerProcess.start('src/main.js', '/health/live', {
  DATABASE_URL: await postgres.createDatabase(),
  SIGNALBOX_DATA_DIR: folder,
  SIGNALBOX_SECRET: 'a secret of thirty-two characters or more',
  SIGNALBOX_ADMIN_PASSWORD: PASSWORD,
  MIGRATE_ON_START: 'true',
  TRUST_PROXY: '127.0.0.1',
});

const tokens = `${server.url}/api/v1.0/tokens`;

async function signIn(): Promise<string> {
  const answer = await fetch(tokens, {
    method: 'POST',
    headers: { authorization: basic('admin', PASSWORD), 'x-forwarded-for': '192.0.2.1' },
  });
  return ((await answer.json()) as { token: string }).token;
}

/** The 99th percentile of the answers to who has signed in, and of the delays of the event loop, in milliseconds. */
async function calm(token: string): Promise<{ p99: number; lag: number; failed: number }> {
  await lagP99(token); // it is told since the last time that it was asked for
  const result = await autocannon({
    url: `${server.url}/api/v1.0/users`,
    connections: 10,
    overallRate: CALM_RATE,
    duration: SECONDS,
    headers: { authorization: `Bearer ${token}` },
  });
  return { p99: result.latency.p99, lag: await lagP99(token), failed: result.non2xx + result.errors };
}

async function lagP99(token: string): Promise<number> {
  const answer = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(await answer.text())![1]) * 1000;
}

/** Guesses as fast as answers come. */
function flood(): Promise<Result> {
  let guess = 0;
  return autocannon({
    url: tokens,
    connections: GUESSERS,
    duration: SECONDS + 2,
    requests: [
      {
        method: 'POST',
        setupRequest(request) {
          guess++;
          const address = `10.${(guess >> 16) & 255}.${(guess >> 8) & 255}.${guess & 255}`;
          request.headers = { authorization: basic(`guess${guess}`, 'wrong'), 'x-forwarded-for': address };
          return request;
        },
      },
    ],
  });
}

try {
  const token = await signIn();
  const before = await calm(token);
  const flooding = flood();
  const during = await calm(token);
  const { statusCodeStats } = await flooding;
  const guesses = Object.fromEntries(
    Object.entries(statusCodeStats).map(([status, { count }]) => [status, count]),
  );
  const checked = (guesses['401'] ?? 0) / (SECONDS + 2);
  report(`bench:http --login-flood, ${GUESSERS} guessers, ${CALM_RATE} requests/s of who has signed in`, [
    forComparison('guesses by status', JSON.stringify(guesses)),
    atLeast(1, 'passwords checked a second', checked, (value) => value.toFixed(0)),
    forComparison('p99 of the answers, undisturbed', milliseconds(before.p99)),
    below(100, 'p99 of the answers, in the flood', during.p99, milliseconds),
    forComparison('event loop lag p99, undisturbed', milliseconds(before.lag)),
    below(50, 'event loop lag p99, in the flood', during.lag, milliseconds),
    atMost(0, 'requests of others that failed', before.failed + during.failed, String),
  ]);
} finally {
  await server.stop();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
