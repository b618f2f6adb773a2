import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { servicesFound } from '../support/services.js';
import type { FaultPayload } from './fault-jobs.js';
import { allEnded, Installation, states, wrongEffects, type Query } from './installation.js';
import { iterations } from './iterations.js';
import { RecoveryClock } from './recovery-clock.js';
import { Worker } from './worker.js';

const KILLS = iterations('KILLS', 6, 20);
const JOBS = 200;
const JOB = { steps: 3, ms: 450 };
/** Jobs with an effect outside the database, of either kind, per kill. */
const OUTSIDE = 4;
const RECOVERY_MS = 10_000;

describe('kill -9', () => {
  if (servicesFound('postgres')) {
    it(`of a worker, ${KILLS} times, loses and repeats nothing on PostgreSQL`, () => killWorkers('postgres'));
  }

  if (servicesFound('postgres', 'redis')) {
    it(`of a worker and of Redis, ${KILLS} times, loses and repeats nothing`, () => killWorkers('bull'));
  }

  it(`of the API, ${KILLS} times, loses and repeats nothing on the embedded database`, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'signalbox-kill-'));
    const env = { SIGNALBOX_DATA_DIR: directory, JOB_LEASE: '3', JOB_POLL: '200', JOB_CONCURRENCY: '8' };
    let api = await Worker.start({ env, createSchema: true });
    const query: Query = (sql, parameters) => api.query(sql, parameters);
    const up: number[] = [];
    try {
      const acknowledged = await api.enqueue(
        'fault.effect',
        Array.from({ length: JOBS }, () => JOB),
      );
      for (let kill = 1; kill <= KILLS; kill++) {
        await sleep(200 + Math.random() * 600);
        await api.kill();
        const killed = performance.now();
        api = await Worker.start({ env });
        // Whatever was running when it was killed waits no longer than the process takes to start.
        expect(
          await query(`select id from job where state = 'running' and worker not like '%:' || $1 || ':%'`, [
            String(api.pid),
          ]),
        ).toEqual([]);
        up.push(performance.now() - killed);
        acknowledged.push(...(await api.enqueue('fault.effect', [JOB])));
      }
      await allEnded(query, 120_000);
      console.log(`embedded: ${KILLS} kills, jobs run again after at most ${Math.round(Math.max(...up))} ms`);
      expect(await states(query)).toEqual({ succeeded: JOBS + KILLS });
      expect(await query('select id from job where id = any($1)', [acknowledged])).toHaveLength(JOBS + KILLS);
      expect(await wrongEffects(query, 'fault.effect')).toEqual([]);
    } finally {
      await api.kill();
      rmSync(directory, { recursive: true });
    }
  });
});

async function killWorkers(queue: 'postgres' | 'bull'): Promise<void> {
  const installation = await Installation.open(queue);
  const { api, redis } = installation;
  const query: Query = (sql, parameters) => api.database.query(sql, parameters);
  const clock = new RecoveryClock(query);
  const directory = mkdtempSync(join(tmpdir(), 'signalbox-effects-'));
  try {
    const acknowledged: string[] = [];
    const make = async (count: number) => {
      const asked = performance.now();
      acknowledged.push(
        ...(await installation.enqueue(
          'fault.effect',
          Array.from({ length: count }, () => JOB),
        )),
      );
      return performance.now() - asked;
    };
    await make(JOBS);
    const outside = { file: join(directory, 'effects'), ms: 800 };
    const workers = [await installation.startWorker(), await installation.startWorker()];
    clock.start();
    let interrupted = 0;
    let slowestEnqueue = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      for (const kind of ['fault.external', 'fault.external-known']) {
        await installation.enqueue(kind, new Array<FaultPayload>(OUTSIDE).fill(outside), { priority: 9 });
      }
      await sleep(200 + Math.random() * 800);
      const victim = workers[kill % 2]!;
      await victim.kill();
      interrupted += await clock.killed(victim.pid);
      if (redis && kill % 3 === 0) await redis.kill();
      slowestEnqueue = Math.max(slowestEnqueue, await make(5));
      workers[kill % 2] = await installation.startWorker();
      if (redis && kill % 3 === 0) await redis.boot(); // empty: it keeps nothing
      if (redis && kill % 3 === 1) await flush(redis.port);
    }
    await allEnded(query, 120_000);
    await clock.lastLook();
    const [row] = await query<{ most: number; crashed: number }>(
      'select max(attempt) as most, max(crashes) as crashed from job',
    );
    console.log(
      `${queue}: ${KILLS} kills interrupted ${interrupted} jobs, taken up again after at most ${clock.longest} ms ` +
        `(mean ${Math.round(clock.times.reduce((sum, time) => sum + time, 0) / Math.max(1, clock.times.length))} ms); ` +
        `at most ${row!.most} attempts, ${row!.crashed} crashes without progress; enqueueing 5 took at most ${Math.round(slowestEnqueue)} ms`,
    );
    expect(interrupted).toBeGreaterThan(0);
    expect(await query('select id from job where id = any($1)', [acknowledged])).toHaveLength(
      JOBS + 5 * KILLS,
    );
    expect(await query(`select * from job where state <> 'succeeded' and kind <> 'fault.external'`)).toEqual(
      [],
    );
    await expectOutsideEffects(query, readFileSync(outside.file, 'utf8').trim().split('\n'));
    expect(await wrongEffects(query, 'fault.effect')).toEqual([]);
    expect([clock.waiting, clock.longest < RECOVERY_MS]).toEqual([0, true]);
    expect(slowestEnqueue).toBeLessThan(2000);
  } finally {
    clock.stop();
    await installation.close();
    rmSync(directory, { recursive: true });
  }
}

/** Effects outside the database: never twice, and told as unknown where they may or may not have happened. */
async function expectOutsideEffects(query: Query, lines: readonly string[]): Promise<void> {
  const jobs = await query<{ id: string; state: string; code: string | null; kind: string }>(
    `select id, kind, state, error->>'code' as code from job where kind like 'fault.external%'`,
  );
  const times = new Map<string, number>();
  for (const line of lines) times.set(line, (times.get(line) ?? 0) + 1);
  const unknown = jobs.filter(({ code }) => code === 'JOB_OUTCOME_UNKNOWN');
  console.log(`of ${jobs.length} effects outside ${unknown.length} ended unknown`);
  expect([...times.values()].filter((count) => count > 1)).toEqual([]);
  expect(jobs.filter(({ id, state }) => state === 'succeeded' && !times.has(id))).toEqual([]);
  expect(
    jobs.filter(
      ({ state, code }) => state !== 'succeeded' && !(state === 'unknown' && code === 'JOB_OUTCOME_UNKNOWN'),
    ),
  ).toEqual([]);
}

/** Empties Redis under the feet of its clients. */
async function flush(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.write('FLUSHALL\r\n');
  await once(socket, 'data');
  socket.destroy();
}
