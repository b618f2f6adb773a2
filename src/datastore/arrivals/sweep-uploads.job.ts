import { Injectable } from '@nestjs/common';
import { defineJob, type HandlesJob, JobHandler, type JobRun } from '../../jobs/index.js';
import { ObjectStore } from '../../storage/index.js';
import { UploadSweep } from './upload-sweep.js';

/** Forgets, every hour, the uploads that can no more come, and removes what is left of files that are gone, and of uploads that broke off. */
export const SWEEP_UPLOADS = defineJob<object, { removed: number }>('datastore.sweep', {
  schedule: '23 * * * *',
});

@Injectable()
@JobHandler(SWEEP_UPLOADS)
export class SweepUploadsJob implements HandlesJob<object, { removed: number }> {
  constructor(
    private readonly sweep: UploadSweep,
    private readonly store: ObjectStore,
  ) {}

  /** Goes in portions; running it twice does no harm. */
  async run(job: JobRun<object>): Promise<{ removed: number }> {
    await this.store.tidy();
    for (let removed = 0; ;) {
      job.throwIfInterrupted();
      const portion = await this.sweep.sweepSome();
      removed += portion;
      job.progress({ current: removed, unit: 'uploads' });
      if (portion === 0) return { removed };
    }
  }
}
