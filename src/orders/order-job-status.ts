import type { JobState } from '../jobs/index.js';

/** Where a job of the orders is, in the words of the original. */
export const JOB_STATUSES = ['PENDING', 'PROGRESS', 'SUCCESS', 'FAILURE'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** The states of jobs in those words. */
export const STATUS_OF_STATE: Readonly<Record<JobState, JobStatus>> = {
  queued: 'PENDING',
  running: 'PROGRESS',
  succeeded: 'SUCCESS',
  failed: 'FAILURE',
  cancelled: 'FAILURE',
  unknown: 'FAILURE',
};
