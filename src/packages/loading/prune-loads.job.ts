import { Injectable } from '@nestjs/common';
import { defineJob, type HandlesJob, JobHandler, type JobRun, JobsService } from '../../jobs/index.js';
import { DataTables } from '../tables/data-tables.js';
import { LoadCopies } from './load-copies.js';
import type { PackageLoad } from './package-load.entity.js';
import { PackageLoadRepository } from './package-load.repository.js';
import { LoadEffects } from './load-effects.js';

/** Ends loads that nothing more will come of, and removes tables and copies of files that nobody reads any more. */
export const PRUNE_LOADS = defineJob<object>('packages.prune', { schedule: '*/5 * * * *' });

/** How long those who are reading rows that were replaced may go on. */
const GRACE_SECONDS = 3600;
/** Loads that are looked at together. */
const PAGE = 500;

/**
 * No load stays between its states for ever: one whose job has ended in whatever way, and one whose external loader was
 * not heard of, has failed.
 */
@Injectable()
@JobHandler(PRUNE_LOADS)
export class PruneLoadsJob implements HandlesJob<object> {
  constructor(
    private readonly loads: PackageLoadRepository,
    private readonly jobs: JobsService,
    private readonly effects: LoadEffects,
    private readonly tables: DataTables,
    private readonly copies: LoadCopies,
  ) {}

  /** Does it in portions; running it twice does no harm. */
  async run(job: JobRun<object>): Promise<void> {
    let page: PackageLoad[];
    for (let after = 0; ; after = page.at(-1)!.id) {
      page = await this.loads.pageOfUnended(after, PAGE);
      const states = await this.jobs.statesOf(page.flatMap(({ jobId }) => jobId ?? []));
      for (const load of page) {
        job.throwIfInterrupted();
        const error = !load.jobId ? silenceOf(load) : REASONS[states.get(load.jobId) ?? 'lost'];
        if (error !== undefined) await this.effects.giveUp(load, { error });
      }
      if (page.length < PAGE) break;
    }
    await this.tables.dropAbandoned();
    await this.copies.sweep();
    await this.tables.dropRetired(GRACE_SECONDS);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  failed: 'The load failed again and again. Look at its job, and load the package again.',
  unknown: 'Nobody can tell whether the load has ended. Load the package again.',
  cancelled: 'The load was cancelled.',
  succeeded: 'The load was lost. Load the package again.',
  lost: 'The load was lost. Load the package again.',
};

function silenceOf({ hearsUntil }: PackageLoad): string | undefined {
  if (!hearsUntil || hearsUntil.getTime() > Date.now()) return undefined;
  return 'The loader was not heard of again. Load the package again.';
}
