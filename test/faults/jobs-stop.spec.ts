import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { servicesFound } from '../support/services.js';
import { allEnded, Installation, states, wrongEffects, type Query } from './installation.js';
import { iterations } from './iterations.js';

const STOPS = iterations('STOPS', 4, 50);
const JOBS_PER_STOP = 12;
const JOB = { steps: 5, ms: 1000 };
/** A step takes 200 ms, and a machine may be busy. */
const EXIT_MS = 3_000;
/** Without Redis the others find a job by looking, after three seconds. */
const PAUSE_MS = 6_000;

describe('SIGTERM', () => {
  if (servicesFound('postgres'))
    it(`of a worker, ${STOPS} times, gives its jobs back at once on PostgreSQL`, () =>
      stopWorkers('postgres'));
  if (servicesFound('postgres', 'redis'))
    it(`of a worker, ${STOPS} times, gives its jobs back at once with Bull`, () => stopWorkers('bull'));
  if (!servicesFound('postgres')) it('needs PostgreSQL', () => expect(servicesFound('postgres')).toBe(false));
});

async function stopWorkers(queue: 'postgres' | 'bull'): Promise<void> {
  const installation = await Installation.open(queue, { JOB_LEASE: '30' });
  const query: Query = (sql, parameters) => installation.api.database.query(sql, parameters);
  try {
    const workers = [await installation.startWorker(), await installation.startWorker()];
    const exits: number[] = [];
    const pauses: number[] = [];
    for (let stop = 0; stop < STOPS; stop++) {
      await installation.enqueue(
        'fault.effect',
        Array.from({ length: JOBS_PER_STOP }, () => JOB),
      );
      await sleep(300 + Math.random() * 500);
      // Once with Redis away: a worker must be able to leave without it.
      if (stop === STOPS - 1) await installation.redis?.kill();
      const leaving = workers[stop % 2]!;
      const its = `worker like '%:' || $1 || ':%'`;
      const running = await query<{ id: string }>(`select id from job where ${its}`, [String(leaving.pid)]);
      const { code, signal, ms } = await leaving.terminate();
      exits.push(ms);
      expect({ code, signal }).toEqual({ code: 0, signal: null });
      expect(await query(`select id from job where ${its}`, [String(leaving.pid)])).toEqual([]);
      // The other worker has free slots for some of them, so at least one goes on soon.
      const left = performance.now();
      const goesOn = `select id from job where id = any($1) and (state = 'running' or state = 'succeeded')`;
      for (const deadline = left + 10_000; performance.now() < deadline; await sleep(10)) {
        if (running.length === 0 || (await query(goesOn, [running.map(({ id }) => id)])).length > 0) break;
      }
      pauses.push(performance.now() - left);
      workers[stop % 2] = await installation.startWorker();
    }
    await installation.redis?.boot();
    await allEnded(query, 60_000);
    const round = (values: number[]) => values.map(Math.round).join(', ');
    console.log(
      `${queue}: exits after ${round(exits)} ms; a job that was given back went on after ${round(pauses)} ms`,
    );
    expect(await states(query)).toEqual({ succeeded: STOPS * JOBS_PER_STOP });
    expect(await query('select id, failures, crashes from job where failures + crashes > 0')).toEqual([]);
    expect(await wrongEffects(query, 'fault.effect')).toEqual([]);
    expect(Math.max(...exits)).toBeLessThan(EXIT_MS);
    expect(Math.max(...pauses)).toBeLessThan(PAUSE_MS);
  } finally {
    await installation.close();
  }
}
