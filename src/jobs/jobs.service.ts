import { Injectable } from '@nestjs/common';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import type { Actor } from '../platform/access/actor.js';
import { AuditTrail } from '../platform/access/audit-trail.port.js';
import { Database } from '../platform/database/database.js';
import { Job } from './job.entity.js';
import type { JobKind } from './job-kind.js';
import { JobQueue } from './job-queue.port.js';
import type { JobState } from './job-state.js';
import { JobNotCancellableError, JobNotFoundError, JobNotRetryableError } from './jobs.errors.js';
import { storableJson } from '../platform/database/storable-json.js';

export interface EnqueueOptions {
  /** The user whose job it is; nobody's jobs are seen by administrators only. */
  readonly owner?: string | null;
  readonly requestId?: string | null;
  /** 0 to 9; higher runs first. */
  readonly priority?: number;
  readonly runAt?: Date;
  /** Enqueues once: a second job with the key is not made, the first one's id is returned. */
  readonly uniqueKey?: string;
}

export interface JobFilter {
  readonly state?: JobState;
  readonly kind?: string;
  /** Only for callers who may see all jobs. */
  readonly owner?: string;
  readonly limit: number;
  /** Id of the last job of the page before. */
  readonly after?: string;
}

const INSERT = `
  insert into job (id, kind, owner, request_id, priority, run_at, payload, max_attempts, unique_key)
  select id, $3, $4, $5, $6, coalesce($7, clock_timestamp()), payload::jsonb, $8, $9 from unnest($1::uuid[], $2::text[]) as new(id, payload)`;

/** Enqueueing, and what users may do with their jobs. */
@Injectable()
export class JobsService {
  constructor(
    private readonly database: Database,
    private readonly queue: JobQueue,
    private readonly audit: AuditTrail,
  ) {}

  /**
   * Makes a job in the transaction under way and returns its id; it can start once that transaction has committed.
   * Call it in the transaction of the change that the job belongs to.
   */
  async enqueue<Payload>(
    kind: JobKind<Payload, unknown>,
    payload: Payload,
    options: EnqueueOptions = {},
  ): Promise<string> {
    const { uniqueKey } = options;
    if (uniqueKey === undefined) return (await this.enqueueMany(kind, [payload], options))[0]!;
    const id = uuidv7();
    const added = await this.database.prepared(
      'jobs.insert-unique',
      `${INSERT} on conflict (unique_key) where unique_key is not null do nothing returning id`,
      parametersOf(kind, [id], [payload], options),
    );
    if (added.length > 0) {
      this.dispatch([id], options);
      return id;
    }
    const [existing] = await this.database.query<{ id: string }>('select id from job where unique_key = $1', [
      uniqueKey,
    ]);
    return existing!.id;
  }

  /** Makes a job of each payload, by one statement, as `enqueue` does; returns their ids in order. */
  async enqueueMany<Payload>(
    kind: JobKind<Payload, unknown>,
    payloads: readonly Payload[],
    options: Omit<EnqueueOptions, 'uniqueKey'> = {},
  ): Promise<string[]> {
    const ids = payloads.map(() => uuidv7());
    if (ids.length === 0) return ids;
    await this.database.defer('jobs.insert', INSERT, parametersOf(kind, ids, payloads, options));
    this.dispatch(ids, options);
    return ids;
  }

  private dispatch(ids: readonly string[], { priority = 0, runAt }: EnqueueOptions): void {
    this.database.afterCommit(() =>
      this.queue.dispatch(ids.map((id) => ({ id, attempt: 0, priority, runAt }))),
    );
  }

  /** One job of the actor's. Throws `JobNotFoundError` for others' too. */
  async get(actor: Actor, id: string): Promise<Job> {
    const job = isUuid(id) ? await this.database.reader().findOne(Job, { id }) : null;
    if (!job || !(actor.owns(job.owner) || actor.may('jobs.all'))) throw new JobNotFoundError(id);
    return job;
  }

  /** In which state each of these jobs is; those that are not kept any more are left out. */
  async statesOf(ids: readonly string[]): Promise<ReadonlyMap<string, JobState>> {
    const rows = await this.database.query<{ id: string; state: JobState }>(
      'select id, state from job where id = any($1::uuid[])',
      [ids],
    );
    return new Map(rows.map(({ id, state }) => [id, state]));
  }

  /** The actor's jobs, newest first; everybody's for who may see all. */
  async list(actor: Actor, filter: JobFilter): Promise<Job[]> {
    const owner = actor.may('jobs.all') ? filter.owner : actor.userid;
    return this.database.reader().find(
      Job,
      {
        ...(owner !== undefined && { owner }),
        ...(filter.state && { state: filter.state }),
        ...(filter.kind !== undefined && { kind: filter.kind }),
        ...(filter.after !== undefined && { id: { $lt: filter.after } }),
      },
      { orderBy: { id: 'desc' }, limit: filter.limit },
    );
  }

  /**
   * Cancels: a waiting job at once, a running one within a second. Its state says `cancelled` when it has stopped.
   * Throws `JobNotCancellableError` when it has ended.
   */
  async cancel(actor: Actor, id: string): Promise<Job> {
    const { kind } = await this.get(actor, id);
    const changed = await this.database.transaction(async () => {
      const rows = await this.database.execute(
        `update job set cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()), updated_at = clock_timestamp(),
           state = case when state = 'queued' then 'cancelled' else state end,
           finished_at = case when state = 'queued' then clock_timestamp() end
         where id = $1 and state in ('queued', 'running')`,
        [id],
      );
      if (rows > 0) await this.record(actor, 'job.cancel', id, kind);
      return rows;
    });
    const job = await this.get(actor, id);
    if (changed === 0) throw new JobNotCancellableError(job.state);
    return job;
  }

  /**
   * Runs a job again that did not succeed, from its checkpoint. Where an effect outside is unknown, whoever asks for
   * it says that it did not happen. Throws `JobNotRetryableError` otherwise.
   */
  async retry(actor: Actor, id: string): Promise<Job> {
    const { state, kind } = await this.get(actor, id);
    await this.database.transaction(async () => {
      const changed = await this.database.query<{ attempt: number; priority: number }>(
        `update job set state = 'queued', run_at = clock_timestamp(), failures = 0, crashes = 0, error = null, finished_at = null,
           cancel_requested_at = null, updated_at = clock_timestamp(),
           effects = case when state = 'unknown' then (select jsonb_object_agg(key, value) from jsonb_each(effects) where value ? 'done') else effects end
         where id = $1 and state in ('failed', 'cancelled', 'unknown') returning attempt, priority`,
        [id],
      );
      const [row] = changed;
      if (!row) throw new JobNotRetryableError(state);
      await this.record(actor, 'job.retry', id, kind);
      this.database.afterCommit(() => this.queue.dispatch([{ id, ...row }]));
    });
    return this.get(actor, id);
  }

  private record(actor: Actor, action: string, id: string, kind: string): Promise<void> {
    return this.audit.record({ actor, action, subject: `job:${id}`, details: { kind } });
  }
}

function parametersOf<Payload>(
  kind: JobKind<Payload, unknown>,
  ids: readonly string[],
  payloads: readonly Payload[],
  { owner = null, requestId = null, priority = 0, runAt, uniqueKey }: EnqueueOptions,
): unknown[] {
  return [
    ids,
    payloads.map(storableJson),
    kind.name,
    owner,
    requestId,
    priority,
    runAt ?? null,
    kind.maxAttempts,
    uniqueKey ?? null,
  ];
}
