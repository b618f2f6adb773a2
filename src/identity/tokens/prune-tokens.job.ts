import { Injectable } from '@nestjs/common';
import { defineJob, type HandlesJob, JobHandler, type JobRun } from '../../jobs/index.js';
import { TokenFamilies } from './token-families.js';

/** Deletes, every night, what is known of tokens that have expired. */
export const PRUNE_TOKENS = defineJob<object, { deleted: number }>('tokens.prune', {
  schedule: '27 3 * * *',
});

/** What has expired is refused by its time alone. */
@Injectable()
@JobHandler(PRUNE_TOKENS)
export class PruneTokensJob implements HandlesJob<object, { deleted: number }> {
  constructor(private readonly families: TokenFamilies) {}

  /** Deletes in portions, so that no transaction is long; running it twice does no harm. */
  async run(job: JobRun<object>): Promise<{ deleted: number }> {
    let deleted = 0;
    for (;;) {
      job.throwIfInterrupted();
      const portion = await this.families.prune();
      deleted += portion;
      job.progress({ current: deleted, unit: 'tokens' });
      if (portion === 0) return { deleted };
    }
  }
}
