import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { lockOwner } from '../owner-lock.js';
import type { Visibility } from './visibility.js';

/** Whether the files of datasets may be read by everybody. A dataset without files is private. */
@Injectable()
export class DatasetVisibility {
  constructor(private readonly database: Database) {}

  /** The visibility that a file gets which is uploaded to the dataset now. */
  async of(owner: string, dataset: string): Promise<Visibility> {
    const [row] = await this.database.query<{ visibility: Visibility }>(
      `select visibility from datastore_file where owner = $1 and dataset = $2 order by key limit 1`,
      [owner, dataset],
    );
    return row?.visibility ?? 'private';
  }

  /**
   * Opens all files of a dataset to everybody, or closes them again. For whoever publishes datasets: who may is his to
   * check, and the audit record his to write. Joins the transaction under way.
   * @returns how many files there are
   */
  async set(owner: string, dataset: string, visibility: Visibility): Promise<number> {
    return this.database.transaction(async () => {
      await lockOwner(this.database, owner);
      return this.database.execute(
        'update datastore_file set visibility = $3 where owner = $1 and dataset = $2',
        [owner, dataset, visibility],
      );
    });
  }
}
