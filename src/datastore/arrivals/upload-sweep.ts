import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { Database } from '../../platform/database/database.js';
import { ObjectStore } from '../../storage/index.js';
import { FileArrivals } from './file-arrivals.js';

const PORTION = 200;
/** Requests to the object store at a time. */
const AT_ONCE = 8;

// An upload that began before its address expired may take a while: longer than any request may.
const EXPIRED = `
  select id, key from upload where expires_at < now() - interval '1 day' order by expires_at, id limit $1`;
const NOBODYS = `
  select k.key from unnest($1::text[]) as k (key)
  where not exists (select from datastore_file f where f.key = k.key)
    and not exists (select from upload u where u.key = k.key and u.state = 'pending'
      and u.expires_at >= now() - interval '1 day')`;

// Some may have been authorised again meanwhile.
const FORGET = `delete from upload where id = any($1) and expires_at < now() - interval '1 day'`;

/** Clears away uploads that never came, and objects that no file is. */
@Injectable()
export class UploadSweep {
  private readonly limit = pLimit(AT_ONCE);

  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly arrivals: FileArrivals,
  ) {}

  /**
   * Looks once more for some expired uploads, then forgets them. The object goes before the row: after a crash it is
   * found again.
   * @returns how many were forgotten; 0 at the end
   */
  async sweepSome(): Promise<number> {
    const rows = await this.database.query<{ id: string; key: string }>(EXPIRED, [PORTION]);
    const keys = [...new Set(rows.map(({ key }) => key))];
    await this.arrivals.settle(keys);
    const nobodys = await this.database.query<{ key: string }>(NOBODYS, [keys]);
    await Promise.all(nobodys.map(({ key }) => this.limit(() => this.store.delete(key))));
    const ids = rows.map(({ id }) => id);
    return this.database.execute(FORGET, [ids]);
  }
}
