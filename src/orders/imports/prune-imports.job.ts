import { Injectable } from '@nestjs/common';
import { defineJob, type HandlesJob, JobHandler, type JobRun, JobsService } from '../../jobs/index.js';
import { OrderImportRepository } from './order-import.repository.js';

/** Removes, every night, what imports keep that can never be gone on with. */
export const PRUNE_IMPORTS = defineJob<object>('orders.prune', { schedule: '47 3 * * *' });

/** An import that was cancelled or failed keeps what it needs to go on for as long as its job is kept. */
@Injectable()
@JobHandler(PRUNE_IMPORTS)
export class PruneImportsJob implements HandlesJob<object> {
  constructor(
    private readonly repository: OrderImportRepository,
    private readonly jobs: JobsService,
  ) {}

  /** Removes it in portions; running it twice does no harm. */
  async run(job: JobRun<object>): Promise<void> {
    const unfinished = await this.repository.findUnfinished();
    const kept = await this.jobs.statesOf(unfinished.map(({ jobId }) => jobId));
    for (const { id, jobId } of unfinished) {
      if (kept.has(jobId)) continue;
      while (await this.repository.forgetSome(id)) job.throwIfInterrupted();
    }
  }
}
