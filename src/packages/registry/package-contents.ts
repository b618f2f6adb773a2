import { Injectable } from '@nestjs/common';
import { DatasetFiles, DatasetVisibility } from '../../datastore/index.js';
import { JobsService } from '../../jobs/index.js';
import { DataTables } from '../tables/data-tables.js';
import { PackageRegistry } from './package-registry.js';
import { REMOVE_FILES } from './remove-files.job.js';

/** What belongs to a package besides its entry in the registry: its files and its rows. */
@Injectable()
export class PackageContents {
  constructor(
    private readonly registry: PackageRegistry,
    private readonly visibility: DatasetVisibility,
    private readonly files: DatasetFiles,
    private readonly jobs: JobsService,
    private readonly tables: DataTables,
  ) {}

  /** Lets everybody read the files, or nobody but their owner. Call it in the transaction of the change. */
  async setPublic(id: string, isPublic: boolean): Promise<void> {
    const found = await this.registry.find(id);
    if (found?.dataset == null) return;
    await this.visibility.set(found.owner, found.dataset, isPublic ? 'public' : 'private');
  }

  /**
   * Removes the package with its rows and its files; a job clears away what is left of them in the store. Call it in a transaction.
   * @returns whether there was one
   */
  async remove(id: string): Promise<boolean> {
    const found = await this.registry.find(id);
    if (!found || !(await this.registry.remove(id))) return false;
    await this.tables.retire(id);
    const { owner, dataset } = found;
    if (dataset !== null) {
      await this.files.forget(owner, dataset); // at once: what is uploaded later is not of this package
      await this.jobs.enqueue(REMOVE_FILES, { owner, dataset }, { owner });
    }
    return true;
  }
}
