import { defineEntity, p } from '@mikro-orm/core';
import type { MessageRef } from '../platform/errors/domain-error.js';
import { isTerminal, type JobState } from './job-state.js';

/** How far a job is. `total` is null while nobody knows it. */
export interface JobProgress {
  readonly current: number;
  readonly total: number | null;
  /** What is counted, e.g. `rows` or `bytes`. */
  readonly unit: string | null;
  readonly message: string | null;
}

/** Why a job failed, in the words of the error model. */
export interface JobErrorRecord {
  readonly code: string;
  readonly kind: string;
  readonly status: number;
  readonly message: string;
  /** Translatable form of the message, for modules whose readers have languages; not shown with the job itself. */
  readonly translation?: MessageRef;
}

/** What is known of one effect outside the database. */
export interface ExternalEffectRecord {
  readonly intendedAt: string;
  readonly outcome?: unknown;
  readonly done?: true;
}

const JobSchema = defineEntity({
  name: 'Job',
  tableName: 'job',
  properties: {
    id: p.uuid().primary(),
    kind: p.text(),
    owner: p.text().nullable(),
    requestId: p.text().nullable(),
    state: p.text().$type<JobState>().default('queued'),
    priority: p.smallint().default(0),
    runAt: p.datetime(3).defaultRaw('now()'),
    payload: p.json<unknown>(),
    checkpoint: p.json<unknown>().nullable(),
    effects: p.json<Record<string, ExternalEffectRecord>>().nullable(),
    result: p.json<unknown>().nullable(),
    error: p.json<JobErrorRecord>().nullable(),
    progressCurrent: p.bigint('number').default(0),
    progressTotal: p.bigint('number').nullable(),
    progressUnit: p.text().nullable(),
    progressMessage: p.text().nullable(),
    attempt: p.integer().default(0),
    failures: p.smallint().default(0),
    crashes: p.smallint().default(0),
    maxAttempts: p.smallint(),
    worker: p.text().nullable(),
    leaseUntil: p.datetime(3).nullable(),
    cancelRequestedAt: p.datetime(3).nullable(),
    uniqueKey: p.text().nullable(),
    createdAt: p.datetime(3).defaultRaw('now()'),
    startedAt: p.datetime(3).nullable(),
    updatedAt: p.datetime(3).defaultRaw('now()'),
    finishedAt: p.datetime(3).nullable(),
  },
  indexes: [
    {
      name: 'job_claim_index',
      expression: "create index job_claim_index on job (priority desc, run_at) where state = 'queued'",
    },
    {
      name: 'job_suspect_index',
      expression: "create index job_suspect_index on job (run_at) where state = 'queued' and crashes > 0",
    },
    {
      name: 'job_lease_index',
      expression: "create index job_lease_index on job (lease_until) where state = 'running'",
    },
    {
      name: 'job_owner_index',
      expression: 'create index job_owner_index on job (owner, id) where owner is not null',
    },
    {
      name: 'job_finished_index',
      expression: 'create index job_finished_index on job (finished_at) where finished_at is not null',
    },
    {
      name: 'job_unique_key',
      expression: 'create unique index job_unique_key on job (unique_key) where unique_key is not null',
    },
  ],
});

/** One piece of long work. The row is the truth about it; queues only hand its id around. */
export class Job extends JobSchema.class {
  /** Whether it has ended. */
  get terminal(): boolean {
    return isTerminal(this.state);
  }

  get progress(): JobProgress {
    return {
      current: this.progressCurrent,
      total: this.progressTotal ?? null,
      unit: this.progressUnit ?? null,
      message: this.progressMessage ?? null,
    };
  }
}
JobSchema.setClass(Job);
