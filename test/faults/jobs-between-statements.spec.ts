import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { servicesFound } from '../support/services.js';
import { allEnded, Installation, states, wrongEffects, type Query } from './installation.js';
import { iterations } from './iterations.js';
import { Worker } from './worker.js';

const POINTS = 16;
const TIMES = iterations('KILL_POINTS', POINTS, 500);
const KILL_HOOK = ['--import', join(import.meta.dirname, 'kill-at-statement.ts')];
const SETTINGS = { JOB_LEASE: '1', JOB_POLL: '100', JOB_CONCURRENCY: '4' };

/** What is left of a process when it has died. */
interface Remains {
  readonly acknowledged: string[];
  readonly point: string | undefined;
}

describe('death between two statements of enqueueing, claiming, committing and ending a job', () => {
  if (servicesFound('postgres')) {
    it(
      `leaves effects equal to commits on PostgreSQL, ${TIMES} times`,
      async () => {
        const installation = await Installation.open('postgres', SETTINGS);
        const query: Query = (sql, parameters) => installation.api.database.query(sql, parameters);
        try {
          const remains: Remains[] = [];
          for (let index = 0; index < TIMES; index++) {
            const worker = await installation.startWorker({ nodeArguments: KILL_HOOK });
            await allEnded(query, 20_000);
            remains.push(await dieAtPoint(worker, index));
          }
          await installation.startWorker();
          await expectEffectsToEqualCommits(query, remains);
        } finally {
          await installation.close();
        }
      },
      60_000 + TIMES * 20_000,
    );
  }

  const embeddedTimes = Math.ceil(TIMES / 4);
  it(
    `leaves effects equal to commits on the embedded database, ${embeddedTimes} times`,
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'signalbox-points-'));
      const env = { SIGNALBOX_DATA_DIR: directory, ...SETTINGS };
      let worker = await Worker.start({ env, createSchema: true, nodeArguments: KILL_HOOK });
      const query: Query = (sql, parameters) => worker.query(sql, parameters);
      try {
        const remains: Remains[] = [];
        for (let index = 0; index < embeddedTimes; index++) {
          await allEnded(query, 20_000);
          remains.push(await dieAtPoint(worker, index * 4 + (Math.floor(index / 4) % 4)));
          worker = await Worker.start({ env, nodeArguments: KILL_HOOK });
        }
        await expectEffectsToEqualCommits(query, remains);
      } finally {
        await worker.kill();
        rmSync(directory, { recursive: true });
      }
    },
    60_000 + embeddedTimes * 20_000,
  );
});

/** Has a process make a job with an effect of its own and run it, and die on the way. */
async function dieAtPoint(worker: Worker, index: number): Promise<Remains> {
  await worker.killAtStatement(1 + (index % POINTS), Math.floor(index / POINTS) % 2 === 1);
  const acknowledged = await worker.enqueue('fault.effect', [{ steps: 2 }], {}, true).catch(() => []);
  await Promise.race([worker.exited, sleep(5_000, undefined, { ref: false })]);
  await worker.kill();
  return { acknowledged, point: /killed .*/.exec(worker.errors)?.[0] };
}

async function expectEffectsToEqualCommits(query: Query, remains: readonly Remains[]): Promise<void> {
  await allEnded(query, 20_000);
  const points = new Map<string, number>();
  for (const { point = 'not killed' } of remains) points.set(point, (points.get(point) ?? 0) + 1);
  console.log([...points].map(([point, times]) => `${String(times).padStart(4)} x ${point}`).join('\n'));

  const acknowledged = remains.flatMap((remain) => remain.acknowledged);
  expect(await query('select id from job where id = any($1)', [acknowledged])).toHaveLength(
    acknowledged.length,
  );
  const unmatched = `select * from job full join (select job_id, count(*) from effect where note = 'made' group by job_id) as made on made.job_id = job.id
    where kind = 'fault.effect' is not true or made.count is distinct from 1`;
  expect(await query(unmatched)).toEqual([]);
  expect(Object.keys(await states(query))).toEqual(['succeeded']);
  expect(await wrongEffects(query, 'fault.effect')).toEqual([]);
  expect(points.size).toBeGreaterThanOrEqual(Math.min(4, remains.length / 2));
}
