import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { lockOwner } from '../owner-lock.js';
import type { Visibility } from './visibility.js';

/**
 * The visibility of files `f` whose dataset is joined by `WITH_DATASET`. Only files of /datastore are as their dataset is:
 * those of /rawstore may have a dataset of the same name, and have a visibility of their own.
 */
export const VISIBILITY = `coalesce(f.visibility, d.visibility, 'private')`;
export const WITH_DATASET = `left join dataset d on d.owner = f.owner and d.name = f.dataset`;

/** Whether the files that were uploaded to datasets by /datastore may be read by everybody. */
@Injectable()
export class DatasetVisibility {
  constructor(private readonly database: Database) {}

  /** Who may read the files of the dataset, those that come later too. Nobody published it: private. */
  async of(owner: string, dataset: string): Promise<Visibility> {
    const [row] = await this.database.query<{ visibility: Visibility }>(
      'select visibility from dataset where owner = $1 and name = $2',
      [owner, dataset],
    );
    return row?.visibility ?? 'private';
  }

  /**
   * Opens all files of a dataset to everybody, or closes them again. For whoever publishes datasets: who may is his to
   * check, and the audit record his to write. Joins the transaction under way.
   */
  async set(owner: string, dataset: string, visibility: Visibility): Promise<void> {
    await this.database.transaction(async () => {
      await lockOwner(this.database, owner);
      await this.database.execute(
        `insert into dataset (owner, name, visibility) values ($1, $2, $3)
         on conflict (owner, name) do update set visibility = excluded.visibility`,
        [owner, dataset, visibility],
      );
    });
  }
}
