import type { Job } from '../../jobs/index.js';
import type { PackageLoad } from './package-load.entity.js';

/** How a load is getting on, as the originals tell it. */
export interface LoadProgress {
  readonly status: string;
  /** Rows in the database so far. */
  readonly progress: number;
  readonly error?: string;
}

/**
 * How a load is getting on. The job knows it where it has ended in a way that the load was not told of: its process died
 * too often, or somebody cancelled it.
 * @param job the one that does the load, if there is one and it is still kept
 * @param toOwner whether the owner of the load asks: others are not told what stands in his files
 */
export function progressOf(
  load: PackageLoad,
  job: Pick<Job, 'state' | 'error'> | undefined,
  toOwner: boolean,
): LoadProgress {
  const { rows: progress } = load;
  if (load.endedAt !== null) return told(load, toOwner);
  if (job === undefined)
    return load.jobId === null ? told(load, toOwner) : failed(progress, 'The load was lost.');
  switch (job.state) {
    case 'failed':
    case 'unknown':
      return failed(progress, (toOwner ? job.error?.message : undefined) ?? 'The load failed.');
    case 'cancelled':
      return failed(progress, 'The load was cancelled.');
    default:
      return { status: load.status, progress };
  }
}

function told({ status, rows: progress, ...load }: PackageLoad, toOwner: boolean): LoadProgress {
  const error = (toOwner ? null : load.publicError) ?? load.error;
  return { status, progress, ...(error !== null && { error }) };
}

function failed(progress: number, error: string): LoadProgress {
  return { status: 'fail', progress, error };
}
