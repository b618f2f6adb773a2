import { randomUUID } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pLimit from 'p-limit';
import { PostgresServer } from '../../../test/support/postgres.js';
import { type PlatformApp, startPlatformApp } from '../../../test/support/platform-app.js';
import { describeWith } from '../../../test/support/services.js';
import { ThingsModule } from '../../../test/support/things.js';
import { Database } from '../database/database.js';

/** Requests with a key of their own; each is sent one to five times at once. */
const REQUESTS = process.env['FAULTS'] === 'full' ? 10_000 : 500;
const AT_ONCE = 16;
const LONGEST_CUT_MS = 25;
const TRIES = 200;

interface Outcome {
  readonly status: number;
  readonly body: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 100 });

/** Sends the request; the connection is cut after `cutAfter` milliseconds if the answer is not there by then. */
function send({ port }: PlatformApp, key: string, name: string, cutAfter?: number): Promise<Outcome | 'cut'> {
  return new Promise((resolve) => {
    const body = JSON.stringify({ name });
    const request = httpRequest({
      agent,
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/things',
      headers: {
        Authorization: 'Bearer ann',
        'Content-Type': 'application/json',
        'Content-Length': body.length,
        'Idempotency-Key': key,
      },
    });
    const timer = cutAfter === undefined ? undefined : setTimeout(() => request.destroy(), cutAfter);
    const cut = () => {
      clearTimeout(timer);
      resolve('cut');
    };
    request.on('error', cut);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('error', cut);
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        clearTimeout(timer);
        resolve({ status: response.statusCode!, body: Buffer.concat(chunks).toString() });
      });
    });
    request.end(body);
  });
}

/** What a good client does: the same request again until there is an answer that is not "in flight". */
async function insist(apps: readonly PlatformApp[], key: string, name: string): Promise<Outcome> {
  for (let tries = 0; tries < TRIES; tries++) {
    const outcome = await send(apps[tries % apps.length]!, key, name);
    if (outcome !== 'cut' && outcome.status !== 409) return outcome;
    await sleep(5);
  }
  throw new Error(`no answer in ${TRIES} tries`);
}

const tally = { sent: 0, cut: 0, inFlight: 0, created: 0 };

async function oneRequest(apps: readonly PlatformApp[], name: string): Promise<void> {
  const key = randomUUID();
  const copies = 1 + Math.floor(Math.random() * 5);
  const outcomes = await Promise.all(
    Array.from({ length: copies }, (_, copy) =>
      send(
        apps[copy % apps.length]!,
        key,
        name,
        Math.random() < 0.5 ? Math.random() * LONGEST_CUT_MS : undefined,
      ),
    ),
  );
  const answer = await insist(apps, key, name);
  expect(answer.status).toBe(201);
  tally.sent += copies;
  for (const outcome of outcomes) {
    if (outcome === 'cut') tally.cut++;
    else if (outcome.status === 409) tally.inFlight++;
    else {
      expect(outcome).toEqual(answer);
      tally.created++;
    }
  }
  const other = await send(apps[0]!, key, `${name} but other`);
  expect(other).toMatchObject({ status: 422 });
}

async function effectsAreExact(apps: readonly PlatformApp[]): Promise<void> {
  Object.assign(tally, { sent: 0, cut: 0, inFlight: 0, created: 0 });
  const limit = pLimit(AT_ONCE);
  const names = Array.from({ length: REQUESTS }, (_, index) => `thing ${index}`);
  await Promise.all(names.map((name) => limit(() => oneRequest(apps, name))));
  const [counts] = await apps[0]!.app.get(Database).query<Record<string, number>>(
    `select count(*)::int as things, count(distinct name)::int as names, (select count(*)::int from idempotency_key) as answers
     from test_thing`,
  );
  expect(counts).toEqual({ things: REQUESTS, names: REQUESTS, answers: REQUESTS });
  // The test is one only if requests were cut and did meet each other.
  expect(tally.cut).toBeGreaterThan(REQUESTS / 20);
  expect(tally.inFlight).toBeGreaterThan(REQUESTS / 20);
  expect(tally.created).toBeGreaterThan(REQUESTS / 20);
}

const TIMEOUT_MS = 60_000 + REQUESTS * 60;

afterAll(() => agent.destroy());

describe('clients that lose answers and send again, on the embedded database', () => {
  let app: PlatformApp;

  beforeAll(async () => {
    app = await startPlatformApp({ imports: [ThingsModule] });
  });
  afterAll(() => app.close());

  it('get exactly one effect per request', () => effectsAreExact([app]), TIMEOUT_MS);
});

describeWith('postgres')('clients that lose answers and send again, to two processes on PostgreSQL', () => {
  let server: PostgresServer;
  const apps: PlatformApp[] = [];

  beforeAll(async () => {
    server = await PostgresServer.start();
    const env = { DATABASE_URL: await server.createDatabase() };
    for (const createSchema of [true, false])
      apps.push(await startPlatformApp({ imports: [ThingsModule], env, createSchema }));
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await server.stop();
  });

  it('get exactly one effect per request', () => effectsAreExact(apps), TIMEOUT_MS);
});
