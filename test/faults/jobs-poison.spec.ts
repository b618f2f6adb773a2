import { describe, expect, it } from '@jest/globals';
import { servicesFound } from '../support/services.js';
import { allEnded, Installation, wrongEffects, type Query } from './installation.js';
import { iterations } from './iterations.js';

const EACH = iterations('POISON', 1, 5);
const GOOD = 100;

if (servicesFound('postgres')) {
  describe('poisonous jobs', () => {
    it('end as dead letters that say why, and take no other job with them', async () => {
      const installation = await Installation.open('postgres', { JOB_LEASE: '2' });
      const query: Query = (sql, parameters) => installation.api.database.query(sql, parameters);
      try {
        const started = Date.now();
        await installation.enqueue(
          'fault.effect',
          Array.from({ length: GOOD / 2 }, () => ({ ms: 100 })),
        );
        for (const kind of ['fault.throw', 'fault.exit', 'fault.fill', 'fault.spin', 'fault.hang'])
          await installation.enqueue(
            kind,
            Array.from({ length: EACH }, () => ({})),
          );
        await installation.enqueue(
          'fault.effect',
          Array.from({ length: GOOD / 2 }, () => ({ ms: 100 })),
        );
        await installation.startWorker({ children: 2, nodeArguments: ['--max-old-space-size=250'] });
        await allEnded(query, 250_000);
        const ends = await query<object>(
          `select kind, state, error->>'code' as code, attempt, failures, crashes, count(*)::int as count,
             round(extract(epoch from max(finished_at) - min(created_at)))::int as seconds
           from job group by 1, 2, 3, 4, 5, 6 order by 1, 4`,
        );
        console.log(`${(Date.now() - started) / 1000} s: ${JSON.stringify(ends, undefined, 1)}`);
        // Those that harm only themselves may have been in the way of the others.
        const letters = await query<object>(
          `select kind, state, error->>'code' as code, failures, case when error->>'code' = 'JOB_CRASHED' then crashes end as crashes, count(*)::int as count
           from job where kind <> 'fault.effect' group by 1, 2, 3, 4, 5 order by 1`,
        );
        expect(letters).toEqual([
          { kind: 'fault.exit', state: 'failed', code: 'JOB_CRASHED', failures: 0, crashes: 3, count: EACH },
          { kind: 'fault.fill', state: 'failed', code: 'JOB_CRASHED', failures: 0, crashes: 3, count: EACH },
          {
            kind: 'fault.hang',
            state: 'failed',
            code: 'JOB_TIMED_OUT',
            failures: 2,
            crashes: null,
            count: EACH,
          },
          { kind: 'fault.spin', state: 'failed', code: 'JOB_CRASHED', failures: 0, crashes: 3, count: EACH },
          {
            kind: 'fault.throw',
            state: 'failed',
            code: 'INTERNAL_ERROR',
            failures: 3,
            crashes: null,
            count: EACH,
          },
        ]);
        expect(await query(`select * from job where kind = 'fault.effect' and state <> 'succeeded'`)).toEqual(
          [],
        );
        expect(await wrongEffects(query, 'fault.effect')).toEqual([]);
      } finally {
        await installation.close();
      }
    });
  });
} else {
  it('needs PostgreSQL', () => expect(servicesFound('postgres')).toBe(false));
}
