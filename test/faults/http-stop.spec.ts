import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { freePort } from '../support/binaries.js';
import { CompiledServer } from '../support/compiled-server.js';
import { PostgresServer } from '../support/postgres.js';
import { servicesFound } from '../support/services.js';
import { iterations } from './iterations.js';

const RESTARTS = iterations('RESTARTS', 4, 50);
const EVERY_MS = 5;
const LOAD_MS = 1_000;
const PASSWORD = 'a password of the test';
/** A request that was sent so long before the signal has arrived. */
const ARRIVED_MS = 50;

/** What became of a request: its status, or why there was none. `cut` is an answer that broke off. */
interface Outcome {
  readonly sentAt: number;
  readonly end: number | 'refused' | 'unanswered' | 'cut';
}

if (servicesFound('postgres')) {
  it(`SIGTERM of the API under 200 requests a second, ${RESTARTS} times, fails no request under way`, async () => {
    const postgres = await PostgresServer.start();
    const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-stop-'));
    const env = {
      DATABASE_URL: await postgres.createDatabase(),
      MIGRATE_ON_START: 'true',
      SIGNALBOX_DATA_DIR: dataDir,
      SIGNALBOX_SECRET: 'a secret of thirty-two characters or more',
      SIGNALBOX_ADMIN_PASSWORD: PASSWORD,
      LOG_LEVEL: 'error',
    };
    const exits: number[] = [];
    let answered = 0;
    let late = 0;
    try {
      for (let restart = 0; restart < RESTARTS; restart++) {
        const server = await CompiledServer.start({ ...env, PORT: String(await freePort()) });
        const { outcomes, signalledAt, code, exitMs } = await stopUnderLoad(server);
        exits.push(Math.round(exitMs));
        expect({ code, printed: server.printed }).toEqual({ code: 0, printed: '' });
        const arrived = outcomes.filter(({ sentAt }) => sentAt < signalledAt - ARRIVED_MS);
        expect(arrived.length).toBeGreaterThan(LOAD_MS / EVERY_MS / 4);
        expect(arrived.filter(({ end }) => end !== 200)).toEqual([]);
        // Later ones are answered too, or find nobody there any more; none gets half an answer or an error of ours.
        expect(outcomes.filter(({ end }) => ![200, 'refused', 'unanswered'].includes(end))).toEqual([]);
        answered += outcomes.filter(({ end }) => end === 200).length;
        late += outcomes.filter(({ end }) => end !== 200).length;
      }
      console.log(`${answered} requests answered, ${late} came too late; exits after ${exits.join(', ')} ms`);
      expect(Math.max(...exits)).toBeLessThan(30_000);
    } finally {
      await postgres.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
} else {
  it('needs PostgreSQL', () => expect(servicesFound('postgres')).toBe(false));
}

async function stopUnderLoad(server: CompiledServer) {
  const basic = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`;
  const signIn = () => send(server, 'POST', '/api/v1.0/tokens?expiration=60', basic);
  const pending: Promise<Outcome>[] = [];
  // Signing in hashes a password, which takes tens of milliseconds: some of those are always under way.
  const load = setInterval(() => {
    pending.push(
      pending.length % 20 === 0
        ? signIn()
        : send(server, 'GET', '/acme_orders/api/v1/orders?limit=50', basic),
    );
  }, EVERY_MS);
  await sleep(LOAD_MS + Math.random() * 300);
  const signalledAt = performance.now();
  const code = await server.stop();
  const exitMs = performance.now() - signalledAt;
  clearInterval(load);
  return { outcomes: await Promise.all(pending), signalledAt, code, exitMs };
}

/** Each request has a connection of its own: one that is kept alive may be closed just when it is used again. */
function send(server: CompiledServer, method: string, path: string, authorization: string): Promise<Outcome> {
  const sentAt = performance.now();
  return new Promise((resolve) => {
    const ends = (end: Outcome['end']) => resolve({ sentAt, end });
    const sent = request(
      server.url + path,
      { method, headers: { authorization }, agent: false },
      (answer) => {
        answer
          .once('error', () => ends('cut'))
          .once('end', () => ends(answer.complete ? answer.statusCode! : 'cut'));
        answer.resume();
      },
    );
    sent.once('error', (error: NodeJS.ErrnoException) =>
      ends(error.code === 'ECONNREFUSED' ? 'refused' : 'unanswered'),
    );
    sent.end();
  });
}
