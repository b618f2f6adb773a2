import { SetMetadata } from '@nestjs/common';
import type { JobKindSettings } from './job-kind.js';
import type { JobRun } from './job-run.js';

/** Metadata key by which handlers are found. */
export const JOB_HANDLER = 'signalbox:job-handler';

/**
 * Runs the jobs of one kind. A job may be run again after any crash, from its last checkpoint, so: effects in the
 * database go through `job.commit`, effects elsewhere through `job.external`, and everything else has none.
 */
export interface HandlesJob<Payload, Result = void, Checkpoint = unknown> {
  /**
   * Does the work and returns the job's result (JSON). A thrown error is tried again with backoff, unless it says
   * that the input is at fault. Pass `job.signal` on, or ask it, so that cancelling takes effect within a second.
   */
  run(job: JobRun<Payload, Checkpoint>): Promise<Result>;
}

/** Marks a provider as the handler of a kind: `@JobHandler(IMPORT) class ImportOrdersJob implements HandlesJob<…>`. */
export const JobHandler = (kind: JobKindSettings): ClassDecorator => SetMetadata(JOB_HANDLER, kind.name);
