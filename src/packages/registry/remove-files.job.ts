import { Injectable } from '@nestjs/common';
import { DatasetFiles } from '../../datastore/index.js';
import { defineJob, type HandlesJob, JobHandler, type JobRun } from '../../jobs/index.js';

export interface RemoveFilesPayload {
  readonly owner: string;
  readonly dataset: string;
}

/** Removes what is left of the files of a package that was deleted. */
export const REMOVE_FILES = defineJob<RemoveFilesPayload>('packages.remove-files');

/** There may be thousands of them, in a store that is slow just then: whoever deletes a package does not wait. */
@Injectable()
@JobHandler(REMOVE_FILES)
export class RemoveFilesJob implements HandlesJob<RemoveFilesPayload> {
  constructor(private readonly files: DatasetFiles) {}

  /** The files themselves went with the package. What was uploaded since stays. */
  async run({ payload: { owner, dataset } }: JobRun<RemoveFilesPayload>): Promise<void> {
    await this.files.removeObjects(owner, dataset);
  }
}
