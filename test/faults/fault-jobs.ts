import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type Type } from '@nestjs/common';
import { defineJob, JobHandler, type HandlesJob, type JobRun } from '../../src/jobs/index.js';
import type { JobKindOptions } from '../../src/jobs/job-kind.js';
import { Database } from '../../src/platform/database/database.js';

/** What the jobs of these tests are told. */
export interface FaultPayload {
  /** Milliseconds that the work takes. */
  readonly ms?: number;
  /** Commits that the work consists of. */
  readonly steps?: number;
  /** File to which an effect outside the database appends a line. */
  readonly file?: string;
}

type Run = JobRun<FaultPayload, number>;

/** Handlers of the kinds below; only their processes know the kinds. */
export const FAULT_HANDLERS: Type[] = [
  /** Commits one effect per step; with everything on the way there it takes `ms`. */
  handler('fault.effect', {}, async (job, database) => {
    const { steps = 1, ms = 0 } = job.payload;
    for (let step = (job.checkpoint ?? 0) + 1; step <= steps; step++) {
      await sleep(ms / steps, undefined, { signal: job.signal });
      await job.commit(step, () => addEffect(job, database, `step ${step}`));
    }
    return steps;
  }),

  /** At its first attempt blocks the whole process before it commits its effect. */
  handler('fault.block', {}, async (job, database) => {
    if (job.attempt === 1) for (const end = Date.now() + (job.payload.ms ?? 0); Date.now() < end;);
    await job.commit(1, () => addEffect(job, database, `attempt ${job.attempt}`));
  }),

  /** An effect outside that cannot be looked up, and one that can. */
  handler('fault.external', {}, (job) => job.external('line', { perform: () => append(job) })),
  handler('fault.external-known', {}, (job) =>
    job.external('line', {
      perform: () => append(job),
      lookup: async () =>
        existsSync(job.payload.file!) && readFileSync(job.payload.file!, 'utf8').includes(job.id)
          ? 'found'
          : undefined,
    }),
  ),

  handler('fault.throw', { maxAttempts: 3, backoffSeconds: 0.2 }, async () => {
    throw new Error('always');
  }),
  handler('fault.exit', { maxAttempts: 3 }, async () => process.exit(1)),
  handler('fault.fill', { maxAttempts: 3 }, async () => {
    for (const hoard: number[][] = []; ; await sleep(1))
      hoard.push(new Array<number>(1_000_000).fill(hoard.length));
  }),
  handler('fault.spin', { maxAttempts: 3, backoffSeconds: 0.2 }, () => {
    for (;;); // never lets go: no timer, no signal, no heartbeat comes through
  }),
  handler('fault.hang', { maxAttempts: 2, backoffSeconds: 0.2, timeoutSeconds: 1 }, (job) =>
    sleep(600_000, undefined, { signal: job.signal }),
  ),
];

/** The table of effects: nothing in it keeps an effect from being there twice. */
export const EFFECT_TABLE = 'create table if not exists effect (job_id uuid not null, note text not null)';

function handler(
  name: string,
  options: JobKindOptions,
  run: (job: Run, database: Database) => Promise<unknown>,
): Type {
  @Injectable()
  @JobHandler(defineJob<FaultPayload, unknown>(name, options))
  class FaultJob implements HandlesJob<FaultPayload, unknown, number> {
    constructor(private readonly database: Database) {}

    run(job: Run): Promise<unknown> {
      return run(job, this.database);
    }
  }
  return FaultJob;
}

async function addEffect(job: Run, database: Database, note: string): Promise<void> {
  await database.execute('insert into effect (job_id, note) values ($1, $2)', [job.id, note]);
}

async function append(job: Run): Promise<string> {
  const { ms = 0, file } = job.payload;
  await sleep(ms / 2);
  appendFileSync(file!, `${job.id}\n`);
  await sleep(ms / 2);
  return 'done';
}
