import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { lockOwner } from '../owner-lock.js';

// Whoever still has an address of a file must not bring it back; and what is left in the store is found by these rows.
const remember = (condition: string) => `
  with gone as (
    delete from datastore_file where owner = $1 and ${condition}
    returning key, owner, dataset, path, bytes, md5, visibility
  )
  insert into upload (key, owner, dataset, path, bytes, md5, visibility, state, expires_at)
  select key, owner, dataset, path, bytes, md5, visibility, 'removed', now() from gone
  on conflict (key, bytes, md5) do update set state = 'removed'`;

const OF_DATASET = 'dataset = $2 and visibility is null';
const FORGET_FILE = remember('key = $2');
const FORGET_DATASET = remember(OF_DATASET);
const REVOKE_FILE = `update upload set state = 'removed' where owner = $1 and key = $2 and state = 'pending'`;
const REVOKE_FORMER = `update upload set state = 'removed' where owner = $1 and key = $2 and state <> 'removed'`;
const REVOKE_DATASET = `update upload set state = 'removed' where owner = $1 and ${OF_DATASET} and state <> 'removed'`;

/**
 * Takes files out of the database. Their objects are left: whoever removes them asks first whose they are by then (see
 * `NobodysObjects`).
 */
@Injectable()
export class FileRemoval {
  constructor(private readonly database: Database) {}

  /** Forgets a file, and what may still come under its key. In a transaction. Returns whether there was anything. */
  async forget(owner: string, key: string): Promise<boolean> {
    await lockOwner(this.database, owner);
    const files = await this.database.execute(FORGET_FILE, [owner, key]);
    const pending = await this.database.execute(REVOKE_FILE, [owner, key]);
    await this.database.execute(REVOKE_FORMER, [owner, key]);
    return files + pending > 0;
  }

  /** Forgets a file whose object is gone; what may still come under its key may. In a transaction. */
  async forgetLost(owner: string, key: string): Promise<void> {
    await this.database.execute(FORGET_FILE, [owner, key]);
  }

  /** Forgets all files of a dataset of /datastore, and what may still come to it. In a transaction. */
  async forgetDataset(owner: string, dataset: string): Promise<void> {
    await lockOwner(this.database, owner);
    await this.database.execute(FORGET_DATASET, [owner, dataset]);
    await this.database.execute(REVOKE_DATASET, [owner, dataset]);
  }
}
