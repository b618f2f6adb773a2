import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { Database } from '../../platform/database/database.js';
import { ObjectStore } from '../../storage/index.js';

/** Requests to the object store at a time. */
const AT_ONCE = 8;

// What is there, and what may still come: an upload that began before its address expired may take a while.
const IS_SOMEBODYS = `
  select exists (select from datastore_file where key = $1)
    or exists (select from upload where key = $1 and state = 'pending' and expires_at >= now() - interval '1 day')
    as "isSomebodys"`;

/** Removes objects that are no files. */
@Injectable()
export class NobodysObjects {
  private readonly limit = pLimit(AT_ONCE);

  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
  ) {}

  /** Removes what lies under these keys and is nobody's. Whatever is uploaded meanwhile stays. */
  async remove(keys: readonly string[]): Promise<void> {
    await Promise.all(keys.map((key) => this.limit(() => this.removeOne(key))));
  }

  private async removeOne(key: string): Promise<void> {
    // In this order: what comes under the key after this look is another object.
    const info = await this.store.head(key);
    if (!info) return;
    const [row] = await this.database.query<{ isSomebodys: boolean }>(IS_SOMEBODYS, [key]);
    if (!row!.isSomebodys) await this.store.delete(key, info.etag);
  }
}
