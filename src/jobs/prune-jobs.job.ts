import { Injectable } from '@nestjs/common';
import { JobHandler, type HandlesJob } from './job-handler.js';
import { defineJob } from './job-kind.js';
import type { JobRun } from './job-run.js';
import { JobStore } from './job-store.js';

/** Deletes ended jobs that are older than JOB_RETENTION_DAYS, every night. */
export const PRUNE_JOBS = defineJob<object, { deleted: number }>('jobs.prune', { schedule: '17 3 * * *' });

@Injectable()
@JobHandler(PRUNE_JOBS)
export class PruneJobsJob implements HandlesJob<object, { deleted: number }> {
  constructor(private readonly store: JobStore) {}

  /** Deletes in portions, so that no transaction is long; running it twice does no harm. */
  async run(job: JobRun<object>): Promise<{ deleted: number }> {
    let deleted = 0;
    for (;;) {
      job.throwIfInterrupted();
      const portion = await this.store.prune();
      deleted += portion;
      job.progress({ current: deleted, unit: 'jobs' });
      if (portion === 0) return { deleted };
    }
  }
}
