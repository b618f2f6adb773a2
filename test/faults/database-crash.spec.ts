import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { jobKinds } from '../../src/jobs/job-kind.js';
import { isDatabaseUnavailable } from '../../src/platform/database/database-errors.js';
import { servicesFound } from '../support/services.js';
import { allEnded, Installation, states, wrongEffects, type Query } from './installation.js';
import { iterations } from './iterations.js';

const CRASHES = iterations('CRASHES', 5, 20);
const WRITERS = 5;
const PAUSE_MS = 100;
const RECOVERY_MS = 5_000;

/** Errors of node's own modules are of another realm under jest, where `instanceof` does not know them. */
function ownError(error: unknown): Error {
  const { message, code } = error as { message: string; code?: string };
  return Object.assign(new Error(message), { code });
}

if (servicesFound('postgres')) {
  describe('a crash of PostgreSQL', () => {
    it(`under writes, ${CRASHES} times, loses nothing that was acknowledged and ends no process`, async () => {
      const installation = await Installation.open('postgres');
      const { api, postgres } = installation;
      const query: Query = (sql, parameters) => api.database.query(sql, parameters);
      const acknowledged: string[] = [];
      const surprises: unknown[] = [];
      let writing = true;
      let refused = 0;
      const lastWrites = new Array<number>(WRITERS).fill(0);
      const writer = async (index: number) => {
        for (let writes = 0; writing && writes < 10_000; writes++) {
          const asked = Date.now();
          try {
            const id = await api.database.transaction(async () => {
              const made = await api.jobs.enqueue(jobKinds().get('fault.effect')!, { ms: 50, steps: 2 });
              await api.database.execute('insert into effect (job_id, note) values ($1, $2)', [made, 'made']);
              return made;
            });
            acknowledged.push(id);
            lastWrites[index] = asked;
          } catch (error) {
            refused++;
            if (!isDatabaseUnavailable(ownError(error))) surprises.push(error);
          }
          await sleep(PAUSE_MS);
        }
      };
      try {
        const worker = await installation.startWorker();
        const writers = Array.from({ length: WRITERS }, (_, index) => writer(index));
        const recoveries: number[] = [];
        const pickUps: number[] = [];
        for (let crash = 0; crash < CRASHES; crash++) {
          await sleep(500 + Math.random() * 1000);
          await postgres.crash();
          await sleep(Math.random() * 1000);
          await postgres.boot();
          const booted = Date.now();
          const deadline = booted + 30_000;
          while (lastWrites.some((asked) => asked < booted) && Date.now() < deadline) await sleep(10);
          recoveries.push(Date.now() - booted);
          const ended = 'select 1 from job where finished_at > to_timestamp($1 / 1000.0) limit 1';
          while ((await query(ended, [booted])).length === 0 && Date.now() < deadline) await sleep(10);
          pickUps.push(Date.now() - booted);
        }
        writing = false;
        await Promise.all(writers);
        await allEnded(query, 60_000);
        console.log(
          `${CRASHES} crashes: ${acknowledged.length} writes acknowledged, ${refused} refused; all writers were back after at most ` +
            `${Math.max(...recoveries)} ms, jobs ended again after at most ${Math.max(...pickUps)} ms`,
        );
        expect(surprises).toEqual([]);
        expect(worker.alive).toBe(true);
        expect(await query('select id from job where id = any($1)', [acknowledged])).toHaveLength(
          acknowledged.length,
        );
        expect(Object.keys(await states(query))).toEqual(['succeeded']);
        expect(await wrongEffects(query, 'fault.effect')).toEqual([]);
        expect(
          await query(`select job_id from effect where note = 'made' group by job_id having count(*) <> 1`),
        ).toEqual([]);
        const orphans = `select 1 from job full join (select job_id from effect where note = 'made') as made on job.id = made.job_id where made.job_id is null or job.id is null`;
        expect(await query(orphans)).toEqual([]);
        expect(Math.max(...recoveries)).toBeLessThan(RECOVERY_MS);
        expect(Math.max(...pickUps)).toBeLessThan(RECOVERY_MS);
      } finally {
        writing = false;
        await installation.close();
      }
    });
  });
} else {
  it('needs PostgreSQL', () => expect(servicesFound('postgres')).toBe(false));
}
