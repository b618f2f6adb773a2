import { Injectable } from '@nestjs/common';
import { DatasetFiles } from '../../datastore/index.js';
import { JobsService } from '../../jobs/index.js';
import { PackageLoadRepository } from '../loading/package-load.repository.js';
import { UnendedLoads } from '../loading/unended-loads.js';
import { DataTables } from '../tables/data-tables.js';
import { PackageDatasets } from './package-datasets.js';
import { PackageRegistry } from './package-registry.js';
import { REMOVE_FILES } from './remove-files.job.js';

/** What belongs to a package besides its entry in the registry: its files and its rows. */
@Injectable()
export class PackageContents {
  constructor(
    private readonly registry: PackageRegistry,
    private readonly datasets: PackageDatasets,
    private readonly files: DatasetFiles,
    private readonly jobs: JobsService,
    private readonly tables: DataTables,
    private readonly loads: PackageLoadRepository,
    private readonly unended: UnendedLoads,
  ) {}

  /** Lets everybody read the files, or nobody but their owner where no other public package is made of them. Call it in the transaction of the change. */
  async setPublic(id: string, isPublic: boolean): Promise<void> {
    const found = await this.registry.find(id);
    if (found?.dataset == null) return;
    await this.datasets[isPublic ? 'open' : 'close'](found.owner, found.dataset);
  }

  /**
   * Removes the package with its rows and, unless another package of the owner is made of them, its files; ends its loads
   * that are under way. A job clears away what is left of the files in the store. Call it in a transaction.
   * @returns whether there was one
   */
  async remove(id: string): Promise<boolean> {
    await this.loads.lockPackage(id); // a load that is about to end would bring it back
    const found = await this.registry.find(id);
    if (found) await this.unended.stopOf(id, found.originUrl);
    if (!found || !(await this.registry.remove(id))) return false;
    await this.tables.retire(id);
    const { owner, dataset } = found;
    if (dataset !== null && !(await this.datasets.isUsed(owner, dataset))) {
      await this.files.forget(owner, dataset); // at once: what is uploaded later is not of this package
      await this.jobs.enqueue(REMOVE_FILES, { owner, dataset }, { owner });
    }
    return true;
  }
}
