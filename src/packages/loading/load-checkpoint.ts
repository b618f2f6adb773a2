import type { JobRun } from '../../jobs/index.js';
import type { StoredFile } from './source-files.js';
import type { ReadingPlace } from './resource-reader.js';

export interface LoadPayload {
  /** Number of the PackageLoad. */
  readonly loadId: number;
}

/** Up to where a package is loaded. What the plan is, is read from the descriptor that the load keeps. */
export interface LoadCheckpoint {
  /** Position, in the plan, of the resource that is being loaded. */
  readonly resource: number;
  /** Rows of the resources before it. */
  readonly rowsBefore: number;
  /** Bytes of the files of the resources before it. */
  readonly bytesBefore: number;
  /** Where in that resource; null until its file is at hand. */
  readonly place: ResourcePlace | null;
}

/** Up to where a resource is loaded. */
export interface ResourcePlace {
  /** Null where the rows are in the descriptor. */
  readonly file: StoredFile | null;
  readonly rows: number;
  /** After which row to go on; null to begin with. */
  readonly after: ReadingPlace | null;
}

/** The job of a load; null where it has to begin. */
export type LoadRun = JobRun<LoadPayload, LoadCheckpoint | null>;
