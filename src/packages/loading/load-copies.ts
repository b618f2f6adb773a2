import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { ObjectStore } from '../../storage/index.js';

/** Where the files are that were brought here for loads; no userid is such a name. */
const FOLDER = 'packages/loads/';
/** Objects that are looked at together. */
const PAGE = 1000;

/** The files that were brought here from elsewhere, each for one load. */
@Injectable()
export class LoadCopies {
  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
  ) {}

  /** The key of the copy for a resource. */
  keyOf(loadId: number, position: number): string {
    return `${FOLDER}${loadId}/${position}`;
  }

  /** Removes the copy for a resource that is loaded. */
  forgetOne(loadId: number, position: number): Promise<void> {
    return this.store.delete(this.keyOf(loadId, position));
  }

  /** Removes the copies of a load that has ended. */
  forget(loadId: number): Promise<void> {
    return this.removeBelow(`${FOLDER}${loadId}/`, () => Promise.resolve(true));
  }

  /** Removes the copies of all loads that have ended: a load that was cancelled or has failed leaves them. */
  sweep(): Promise<void> {
    return this.removeBelow(FOLDER, async (loadId) => {
      const sql = 'select id from package_load where id = $1 and ended_at is null';
      return (await this.database.query(sql, [loadId])).length === 0;
    });
  }

  private async removeBelow(prefix: string, hasEnded: (loadId: number) => Promise<boolean>): Promise<void> {
    let after: string | undefined;
    do {
      const page = await this.store.list(prefix, { limit: PAGE, ...(after !== undefined && { after }) });
      for (const { key } of page.objects)
        if (await hasEnded(Number(key.split('/')[2]))) await this.store.delete(key);
      after = page.next;
    } while (after !== undefined);
  }
}
