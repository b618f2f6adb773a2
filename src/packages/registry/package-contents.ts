import { Injectable } from '@nestjs/common';
import { DatasetVisibility, FilesService } from '../../datastore/index.js';
import { DataTables } from '../tables/data-tables.js';
import { PackageRegistry } from './package-registry.js';

/** What belongs to a package besides its entry in the registry: its files and its rows. */
@Injectable()
export class PackageContents {
  constructor(
    private readonly registry: PackageRegistry,
    private readonly visibility: DatasetVisibility,
    private readonly files: FilesService,
    private readonly tables: DataTables,
  ) {}

  /** Lets everybody read the files, or nobody but their owner. Call it in the transaction of the change. */
  async setPublic(id: string, isPublic: boolean): Promise<void> {
    const found = await this.registry.find(id);
    if (found?.dataset == null) return;
    await this.visibility.set(found.owner, found.dataset, isPublic ? 'public' : 'private');
  }

  /**
   * Removes the package with its files and its rows. Call it in a transaction.
   * @returns whether there was one
   */
  async remove(id: string): Promise<boolean> {
    const found = await this.registry.find(id);
    if (!found || !(await this.registry.remove(id))) return false;
    await this.tables.retire(id);
    if (found.dataset !== null) await this.files.removeDataset(found.owner, found.dataset);
    return true;
  }
}
