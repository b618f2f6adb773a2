import { configSection } from '../platform/config/config-section.js';
import { flag, integer, url } from '../platform/config/variables.js';

/** How long work is run. */
export class JobsConfig extends configSection('Jobs', {
  REDIS_URL: url(
    'redis',
    'rediss',
  )({ default: undefined, desc: 'Redis for Bull to hand jobs out; unset: the database does' }),
  JOB_CONCURRENCY: integer({ min: 1, max: 1000 })({
    default: 16,
    desc: 'jobs that one process runs at the same time',
  }),
  JOB_LEASE: integer({ min: 1 })({
    default: 30,
    desc: 'seconds without a sign of life after which a job is taken over from its worker',
  }),
  JOB_POLL: integer({ min: 50 })({
    default: 1000,
    desc: 'milliseconds between looks for jobs that no hint announced',
  }),
  JOB_RETENTION_DAYS: integer({ min: 1 })({ default: 30, desc: 'days that ended jobs are kept' }),
  JOBS_IN_API: flag({
    default: undefined,
    desc: 'run jobs in the API process too; unset: true on the embedded database only',
  }),
  WORKER_PROCESSES: integer({ min: 1, max: 64 })({
    default: 1,
    desc: 'processes of one worker; one that dies is started again',
  }),
}) {}

/** Leases that a worker process may be silent for: its jobs are taken over after one, and it may only be slow. */
const STUCK_LEASES = 4;

/** Seconds of silence after which a worker process is stuck, by the seconds of a lease. */
export const stuckAfter = (lease: number): number => lease * STUCK_LEASES;
