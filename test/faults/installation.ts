import { setTimeout as sleep } from 'node:timers/promises';
import type { EnqueueOptions } from '../../src/jobs/index.js';
import { jobKinds } from '../../src/jobs/job-kind.js';
import { type JobProcess, startJobProcess } from '../support/job-process.js';
import { PostgresServer } from '../support/postgres.js';
import { RedisServer } from '../support/redis.js';
import { EFFECT_TABLE, FAULT_HANDLERS, type FaultPayload } from './fault-jobs.js';
import { Worker, type WorkerSettings } from './worker.js';

/** A database, Redis where wanted, and an API that makes jobs and runs none. Workers are started by the test. */
export class Installation {
  readonly workers = new Set<Worker>();

  private constructor(
    readonly env: Record<string, string>,
    readonly postgres: PostgresServer,
    readonly redis: RedisServer | undefined,
    readonly api: JobProcess,
  ) {}

  static async open(
    queue: 'postgres' | 'bull',
    settings: Record<string, string> = {},
  ): Promise<Installation> {
    const postgres = await PostgresServer.start();
    const redis = queue === 'bull' ? await RedisServer.start() : undefined;
    const env = {
      DATABASE_URL: await postgres.createDatabase(),
      ...(redis && { REDIS_URL: redis.url }),
      JOB_LEASE: '3',
      JOB_POLL: '200',
      JOB_CONCURRENCY: '8',
      ...settings,
    };
    const api = await startJobProcess({ handlers: FAULT_HANDLERS, env, role: 'api' });
    await api.database.execute(EFFECT_TABLE);
    return new Installation(env, postgres, redis, api);
  }

  /** Starts a worker and waits until it runs jobs. */
  async startWorker(settings: Partial<WorkerSettings> = {}): Promise<Worker> {
    const worker = Worker.spawn({ env: this.env, ...settings });
    this.workers.add(worker);
    await (settings.children ? undefined : worker.up());
    return worker;
  }

  /** Makes a job of each payload, by the API. */
  enqueue(kind: string, payloads: readonly FaultPayload[], options: EnqueueOptions = {}): Promise<string[]> {
    return this.api.jobs.enqueueMany(jobKinds().get(kind)!, payloads, options);
  }

  async close(): Promise<void> {
    for (const worker of this.workers) if (worker.alive) await worker.kill();
    await this.api.close();
    await this.redis?.stop();
    await this.postgres.stop();
  }
}

/** The rows of a query, over whatever connection. */
export type Query = <Row>(sql: string, parameters?: readonly unknown[]) => Promise<Row[]>;

/** How many jobs are in which state. */
export async function states(query: Query): Promise<Record<string, number>> {
  const rows = await query<{ state: string; count: number }>(
    'select state, count(*)::int as count from job group by state',
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

/** Waits until no job waits or runs. */
export async function allEnded(query: Query, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const { queued = 0, running = 0 } = await states(query);
    if (queued + running === 0) return;
    if (Date.now() > deadline) {
      const rows = await query(`select * from job where state in ('queued', 'running') limit 5`);
      throw new Error(
        `${queued} jobs still wait and ${running} run after ${withinMs} ms: ${JSON.stringify(rows, undefined, 1)}`,
      );
    }
    await sleep(100);
  }
}

/** Jobs of the kind whose effects are not exactly their steps, each once. */
export function wrongEffects(query: Query, kind: string): Promise<object[]> {
  return query(
    `select job.id, job.state, job.attempt, count(note)::int as effects, count(distinct note)::int as kinds_of_effects
     from job left join effect on effect.job_id = job.id and note like 'step %' where kind = $1 group by job.id
     having count(note) <> coalesce((payload->>'steps')::int, 1) or count(note) <> count(distinct note)`,
    [kind],
  );
}
