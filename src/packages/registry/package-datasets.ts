import { Injectable } from '@nestjs/common';
import { DatasetVisibility } from '../../datastore/index.js';
import { Database } from '../../platform/database/database.js';
import { PackageRegistry } from './package-registry.js';

/** Keeps the files that packages are made of as public as the packages are. Call it in the transaction of the change. */
@Injectable()
export class PackageDatasets {
  constructor(
    private readonly database: Database,
    private readonly registry: PackageRegistry,
    private readonly visibility: DatasetVisibility,
  ) {}

  /** Lets everybody read the files of a dataset. */
  async open(owner: string, dataset: string): Promise<void> {
    await this.visibility.set(owner, dataset, 'public');
  }

  /** Lets nobody but their owner read the files of a dataset, unless a public package of his is made of them. */
  async close(owner: string, dataset: string): Promise<void> {
    const [open] = await this.database.query(
      'select id from package where owner = $1 and dataset = $2 and not private limit 1',
      [owner, dataset],
    );
    if (!open) await this.visibility.set(owner, dataset, 'private');
  }

  /** Whether a package of the owner is made of files of the dataset. */
  async isUsed(owner: string, dataset: string): Promise<boolean> {
    const [found] = await this.database.query(
      'select id from package where owner = $1 and dataset = $2 limit 1',
      [owner, dataset],
    );
    return found !== undefined;
  }

  /** After a package was saved: where it is public and made of other files than before, those take the place of these. */
  async moved(id: string, former: string | null): Promise<void> {
    const found = await this.registry.find(id);
    if (!found || found.private || found.dataset === former) return;
    if (former !== null) await this.close(found.owner, former);
    if (found.dataset !== null) await this.open(found.owner, found.dataset);
  }
}
