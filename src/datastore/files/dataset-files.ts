import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { NobodysObjects } from '../arrivals/nobodys-objects.js';
import { DatasetVisibility } from './dataset-visibility.js';
import { FileRemoval } from './file-removal.js';

const PORTION = 1000;
const REMOVED = `
  select distinct key from upload
  where owner = $1 and dataset = $2 and visibility is null and state = 'removed' and key > $3
  order by key limit ${PORTION}`;

/** Deletes the files that were uploaded to a dataset by /datastore. Who may is for whoever calls to check. */
@Injectable()
export class DatasetFiles {
  constructor(
    private readonly database: Database,
    private readonly removal: FileRemoval,
    private readonly visibility: DatasetVisibility,
    private readonly objects: NobodysObjects,
  ) {}

  /**
   * Forgets the files that there are, at once; what is uploaded later is private and stays. Call it in a transaction, and
   * `removeObjects` after it.
   */
  async forget(owner: string, dataset: string): Promise<void> {
    await this.removal.forgetDataset(owner, dataset);
    await this.visibility.set(owner, dataset, 'private');
  }

  /** Removes what is left of forgotten files, but for what is somebody's file again. Running it again does no harm. */
  async removeObjects(owner: string, dataset: string): Promise<void> {
    for (let after = ''; ;) {
      const rows = await this.database.query<{ key: string }>(REMOVED, [owner, dataset, after]);
      const keys = rows.map(({ key }) => key);
      await this.objects.remove(keys);
      if (keys.length < PORTION) return;
      after = keys.at(-1)!;
    }
  }
}
