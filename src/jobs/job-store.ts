import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { ExternalEffectRecord, JobErrorRecord, JobProgress } from './job.entity.js';
import type { JobState } from './job-state.js';
import { JobsConfig } from './jobs.config.js';
import { storableJson } from '../platform/database/storable-json.js';

/** What a worker knows of a job that it has claimed. `attempt` is the fence of everything it writes. */
export interface ClaimedJob {
  readonly id: string;
  readonly kind: string;
  readonly owner: string | null;
  readonly requestId: string | null;
  readonly payload: unknown;
  readonly checkpoint: unknown;
  readonly effects: Record<string, ExternalEffectRecord> | null;
  readonly attempt: number;
  readonly priority: number;
  readonly failures: number;
  readonly crashes: number;
  readonly maxAttempts: number;
}

/** How an attempt ended. `queued` means: again, after `delaySeconds`. */
export interface JobOutcome {
  readonly id: string;
  readonly attempt: number;
  readonly state: Exclude<JobState, 'running'>;
  /** As JSON. */
  readonly result?: string;
  readonly error?: JobErrorRecord;
  /** 1 where the attempt counts as a failed try. */
  readonly failed: 0 | 1;
  readonly delaySeconds: number;
}

type Fence = Pick<ClaimedJob, 'id' | 'attempt'>;

/** Tries that brought nothing: those that threw and those whose process died. */
export type FruitlessTries = Pick<ClaimedJob, 'failures' | 'crashes'>;

/** For jobs that are found by id: a plain comparison would tempt the planner to read all that wait or run, each time. */
const stateIs = (state: JobState) => `job.state || '' = '${state}'`;

/** The kind of rows that nobody ever sees. */
const SAMPLE = 'statistics.sample';

const CLAIMED = `job.id, kind, owner, request_id as "requestId", payload, checkpoint, effects, attempt, priority, failures, crashes, max_attempts as "maxAttempts"`;

/** Claims the rows of a query. As a CTE the query runs once; as a subquery the planner may run it again, past its limit. */
const claiming = (rows: string) => `
  with due as materialized (${rows} for update skip locked)
  update job set state = 'running', attempt = attempt + 1, worker = $1, lease_until = clock_timestamp() + $2 * interval '1 second',
    started_at = coalesce(started_at, clock_timestamp()), updated_at = clock_timestamp()
  from due where job.id = due.id returning ${CLAIMED}`;

/** The SQL of claiming, fencing and ending jobs: the same for every queue. */
@Injectable()
export class JobStore {
  constructor(
    private readonly database: Database,
    private readonly config: JobsConfig,
  ) {}

  /**
   * Shows the planner a page of ended jobs where it has never seen any. Until it knows the columns it takes waiting
   * jobs for few, and each claim would read and sort them all.
   */
  async prepareStatistics(): Promise<void> {
    const [table] = await this.database.query<{ unknown: boolean }>(
      `select reltuples < 0 as unknown from pg_class where oid = 'job'::regclass`,
    );
    if (!table?.unknown) return;
    await this.database.transaction(async () => {
      await this.database.execute(`set local lock_timeout = '2s'`);
      await this.database.execute(
        `insert into job (id, kind, payload, max_attempts, state, finished_at)
         select gen_random_uuid(), $1, '{}', 1, 'succeeded', clock_timestamp() from generate_series(1, 100)`,
        [SAMPLE],
      );
      await this.database.execute('analyze job');
      await this.database.execute('delete from job where kind = $1', [SAMPLE]);
    });
  }

  /**
   * Claims up to `limit` jobs that have been due for `overdueSeconds`, most urgent first. Jobs whose process died are
   * left to `claimSuspect`.
   */
  claim(worker: string, kinds: readonly string[], limit: number, overdueSeconds = 0): Promise<ClaimedJob[]> {
    return this.database.prepared<ClaimedJob>(
      'jobs.claim',
      claiming(`select id from job
        where state = 'queued' and run_at <= clock_timestamp() - $5 * interval '1 second' and crashes = 0 and kind = any($3)
        order by priority desc, run_at limit $4`),
      [worker, this.config.JOB_LEASE, kinds, limit, overdueSeconds],
    );
  }

  /** Claims the given jobs, those of them that are due, of these kinds and not yet claimed. */
  claimByIds(worker: string, kinds: readonly string[], ids: readonly string[]): Promise<ClaimedJob[]> {
    return this.database.prepared<ClaimedJob>(
      'jobs.claim-by-ids',
      claiming(`select id from job
        where id = any($4::uuid[]) and ${stateIs('queued')} and run_at <= clock_timestamp() + interval '100 milliseconds' and crashes = 0 and kind = any($3)`),
      [worker, this.config.JOB_LEASE, kinds, ids],
    );
  }

  /** Claims one job whose process died before: such jobs run one at a time, so that a poisonous one harms no other. */
  claimSuspect(worker: string, kinds: readonly string[]): Promise<ClaimedJob[]> {
    return this.database.query<ClaimedJob>(
      claiming(`select id from job
        where state = 'queued' and run_at <= clock_timestamp() and crashes > 0 and kind = any($3)
        order by run_at limit 1`),
      [worker, this.config.JOB_LEASE, kinds],
    );
  }

  /** Prolongs the leases. A row that is locked is being committed to this very moment, which prolongs it too. */
  async heartbeat(jobs: readonly Fence[]): Promise<void> {
    await this.database.execute(
      `update job set lease_until = clock_timestamp() + $3 * interval '1 second' where id in (
         select job.id from job join unnest($1::uuid[], $2::int[]) as mine(id, attempt) on job.id = mine.id and job.attempt = mine.attempt
         where ${stateIs('running')} for update of job skip locked)`,
      [jobs.map(({ id }) => id), jobs.map(({ attempt }) => attempt), this.config.JOB_LEASE],
    );
  }

  /** Which of the jobs are still this worker's, and which of those their owner wants stopped. */
  watch(jobs: readonly Fence[]): Promise<{ id: string; attempt: number; cancelled: boolean }[]> {
    return this.database.query(
      `select job.id, job.attempt, cancel_requested_at is not null as cancelled
       from job join unnest($1::uuid[], $2::int[]) as mine(id, attempt) on job.id = mine.id and job.attempt = mine.attempt
       where ${stateIs('running')}`,
      [jobs.map(({ id }) => id), jobs.map(({ attempt }) => attempt)],
    );
  }

  /**
   * Writes checkpoint and progress if the fence holds; undefined when the job is no longer this attempt's or was
   * cancelled. A checkpoint that moved forgives the fruitless tries so far.
   */
  async saveCheckpoint(
    job: Fence,
    checkpoint: unknown,
    progress: Partial<JobProgress>,
  ): Promise<FruitlessTries | undefined> {
    const rows = await this.database.query<FruitlessTries>(
      `update job set checkpoint = $3::jsonb, lease_until = clock_timestamp() + $4 * interval '1 second', updated_at = clock_timestamp(),
         crashes = case when checkpoint is distinct from $3::jsonb then 0 else crashes end,
         failures = case when checkpoint is distinct from $3::jsonb then 0 else failures end,
         progress_current = coalesce($5, progress_current), progress_total = coalesce($6, progress_total),
         progress_unit = coalesce($7, progress_unit), progress_message = coalesce($8, progress_message)
       where id = $1 and attempt = $2 and state = 'running' and cancel_requested_at is null
       returning failures, crashes`,
      [
        job.id,
        job.attempt,
        storableJson(checkpoint),
        this.config.JOB_LEASE,
        progress.current,
        progress.total,
        progress.unit,
        progress.message,
      ],
    );
    return rows[0];
  }

  /** Writes what is known of one effect outside, or forgets it, if the fence holds. */
  async saveEffect(job: Fence, key: string, effect: ExternalEffectRecord | undefined): Promise<boolean> {
    const changed = await this.database.execute(
      `update job set lease_until = clock_timestamp() + $4 * interval '1 second', updated_at = clock_timestamp(),
         effects = case when $5::jsonb is null then effects - $3 else coalesce(effects, '{}') || jsonb_build_object($3::text, $5::jsonb) end
       where id = $1 and attempt = $2 and state = 'running'`,
      [job.id, job.attempt, key, this.config.JOB_LEASE, effect === undefined ? null : storableJson(effect)],
    );
    return changed === 1;
  }

  /** Writes progress between commits. */
  async saveProgress(jobs: readonly (Fence & { progress: Partial<JobProgress> })[]): Promise<void> {
    await this.database.execute(
      `update job set updated_at = clock_timestamp(),
         progress_current = coalesce(p.current, progress_current), progress_total = coalesce(p.total, progress_total),
         progress_unit = coalesce(p.unit, progress_unit), progress_message = coalesce(p.message, progress_message)
       from unnest($1::uuid[], $2::int[], $3::bigint[], $4::bigint[], $5::text[], $6::text[]) as p(id, attempt, current, total, unit, message)
       where job.id = p.id and job.attempt = p.attempt and ${stateIs('running')}`,
      [
        jobs.map(({ id }) => id),
        jobs.map(({ attempt }) => attempt),
        jobs.map(({ progress }) => progress.current ?? null),
        jobs.map(({ progress }) => progress.total ?? null),
        jobs.map(({ progress }) => progress.unit ?? null),
        jobs.map(({ progress }) => progress.message ?? null),
      ],
    );
  }

  /** Ends attempts, each only if its fence holds. One that would be tried again, but whose owner wants it stopped, is cancelled. */
  async finish(outcomes: readonly JobOutcome[]): Promise<void> {
    await this.database.prepared(
      'jobs.finish',
      `update job set result = o.result::jsonb, error = o.error::jsonb, failures = failures + o.failed,
         state = case when o.state = 'queued' and cancel_requested_at is not null then 'cancelled' else o.state end,
         run_at = case when o.state = 'queued' then clock_timestamp() + o.delay * interval '1 second' else run_at end,
         finished_at = case when o.state = 'queued' and cancel_requested_at is null then null else clock_timestamp() end,
         worker = null, lease_until = null, updated_at = clock_timestamp()
       from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::int[], $7::float8[]) as o(id, attempt, state, result, error, failed, delay)
       where job.id = o.id and job.attempt = o.attempt and ${stateIs('running')}`,
      [
        outcomes.map(({ id }) => id),
        outcomes.map(({ attempt }) => attempt),
        outcomes.map(({ state }) => state),
        outcomes.map(({ result }) => result ?? null),
        outcomes.map(({ error }) => (error === undefined ? null : storableJson(error))),
        outcomes.map(({ failed }) => failed),
        outcomes.map(({ delaySeconds }) => delaySeconds),
      ],
    );
  }

  /**
   * Takes jobs from workers that gave no sign of life within the lease, or from all other workers where `everything`
   * says that none can be alive; never those that run here. A crash counts as an attempt; after the last one the job
   * is a dead letter with `error`.
   */
  rescue(
    worker: string,
    running: readonly string[],
    everything: boolean,
    error: JobErrorRecord,
  ): Promise<number> {
    return this.database.execute(
      `update job set crashes = crashes + 1, worker = null, lease_until = null, updated_at = clock_timestamp(), run_at = clock_timestamp(),
         state = case when cancel_requested_at is not null then 'cancelled' when crashes + 1 >= max_attempts then 'failed' else 'queued' end,
         error = case when cancel_requested_at is null and crashes + 1 >= max_attempts then $3::jsonb else error end,
         finished_at = case when cancel_requested_at is not null or crashes + 1 >= max_attempts then clock_timestamp() end
       where id in (
         select id from job where state = 'running' and case when $2 then worker is distinct from $1 else lease_until < clock_timestamp() end
           and id <> all($4::uuid[])
         for update skip locked)`,
      [worker, everything, storableJson(error), running],
    );
  }

  /** Deletes jobs that ended longer ago than they are kept. */
  prune(): Promise<number> {
    return this.database.execute(
      `delete from job where id in (select id from job where finished_at < clock_timestamp() - $1 * interval '1 day' limit 10000)`,
      [this.config.JOB_RETENTION_DAYS],
    );
  }
}
