/**
 * A worker process to be hurt: runs the jobs of `fault-jobs.ts` and does what its parent asks over IPC. Its
 * configuration is in WORKER_ENV, as JSON. With WORKER_CHILDREN it is a supervisor of so many of them.
 */
import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { jobKinds } from '../../src/jobs/job-kind.js';
import { stuckAfter } from '../../src/jobs/jobs.config.js';
import type { EnqueueOptions } from '../../src/jobs/jobs.service.js';
import { Migrations } from '../../src/platform/database/migrations.js';
import { orExplain } from '../../src/platform/process/exit.js';
import { closeOnSignals } from '../../src/platform/process/shutdown.js';
import { supervised } from '../../src/platform/process/supervised.js';
import { startJobProcess } from '../support/job-process.js';
import { EFFECT_TABLE, FAULT_HANDLERS, type FaultPayload } from './fault-jobs.js';

/** What a parent may ask for. */
export type Request =
  | {
      readonly enqueue: {
        readonly kind: string;
        readonly payloads: readonly FaultPayload[];
        readonly options?: EnqueueOptions;
        readonly effect?: boolean;
      };
    }
  | { readonly query: string; readonly parameters?: readonly unknown[] }
  | { readonly killAtStatement: number; readonly after: boolean }
  | { readonly migrate: true };

const env = JSON.parse(process.env['WORKER_ENV'] ?? '{}') as Record<string, string>;

/** Of `kill-at-statement.ts`, where that is loaded. */
const { killAtStatement: kill = () => undefined } = globalThis as {
  killAtStatement?: (statement: number, after: boolean) => void;
};
const children = Number(process.env['WORKER_CHILDREN'] ?? 0);

const patienceSeconds = stuckAfter(Number(env['JOB_LEASE'] ?? 30));

await orExplain(() => (children > 0 ? supervised({ count: children, patienceSeconds }, work) : work()));

async function work(): Promise<void> {
  const jobs = await startJobProcess({
    handlers: FAULT_HANDLERS,
    env,
    createSchema: process.env['WORKER_SCHEMA'] === 'create',
  });
  if (process.env['WORKER_SCHEMA'] === 'create') await jobs.database.execute(EFFECT_TABLE);
  closeOnSignals({ close: () => jobs.close() } as INestApplicationContext, 20_000);
  process.on('disconnect', () => process.exit(0));
  process.on('message', ({ id, request }: { id: number; request: Request }) => {
    answer(request).then(
      (result) => process.send?.({ id, result }),
      (error: Error) => process.send?.({ id, error: error.message }),
    );
  });
  process.send?.({ ready: true });

  async function answer(request: Request): Promise<unknown> {
    if ('migrate' in request) return jobs.get(Migrations).up();
    if ('killAtStatement' in request) return kill(request.killAtStatement, request.after);
    if ('query' in request) return jobs.database.query(request.query, request.parameters);
    const { kind, payloads, options, effect } = request.enqueue;
    return jobs.database.transaction(async () => {
      const ids: string[] = [];
      for (const payload of payloads) {
        const id = await jobs.jobs.enqueue(jobKinds().get(kind)!, payload, options);
        if (effect)
          await jobs.database.execute('insert into effect (job_id, note) values ($1, $2)', [id, 'made']);
        ids.push(id);
      }
      return ids;
    });
  }
}
