import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { FileArrivals } from './file-arrivals.js';
import { NobodysObjects } from './nobodys-objects.js';

const PORTION = 200;

// An upload that began before its address expired may take a while: longer than any request may.
const EXPIRED = `
  select id, key from upload where expires_at < now() - interval '1 day' order by expires_at, id limit $1`;
// Some may have been authorised again meanwhile.
const FORGET = `delete from upload where id = any($1) and expires_at < now() - interval '1 day'`;

/** Clears away uploads that never came, and objects that no file is. */
@Injectable()
export class UploadSweep {
  constructor(
    private readonly database: Database,
    private readonly arrivals: FileArrivals,
    private readonly objects: NobodysObjects,
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
    await this.objects.remove(keys);
    const ids = rows.map(({ id }) => id);
    return this.database.execute(FORGET, [ids]);
  }
}
