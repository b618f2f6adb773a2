import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import type { TotalBytesDto } from '../files/dto/file.dto.js';
import { FileArrivals } from '../arrivals/file-arrivals.js';
import { requireOwn } from '../own-storage.js';
import { VISIBILITY, WITH_DATASET } from '../files/dataset-visibility.js';
import type { Visibility } from '../files/visibility.js';

/** What is counted: all files of an owner, or fewer. */
export interface CountedFiles {
  readonly owner: string;
  readonly dataset?: string;
  readonly flowId?: string;
  readonly key?: string;
  /** DataHub's word for who may find a dataset; other words than `private` mean that everybody may read it. */
  readonly findability?: string | undefined;
}

const TOTAL = `
  select coalesce(sum(f.bytes), 0)::float8 as bytes from datastore_file f ${WITH_DATASET}
  where f.owner = $1 and ($2::text is null or f.dataset = $2) and ($3::text is null or f.flow_id = $3)
    and ($4::text is null or f.key = $4) and ($5::text is null or ${VISIBILITY} = $5)`;

/** How much is stored. */
@Injectable()
export class StorageUseService {
  constructor(
    private readonly database: Database,
    private readonly arrivals: FileArrivals,
  ) {}

  /** Bytes of the actor's files, each counted once. Throws `NotOwnStorageError`, whether there are any or not. */
  async total(actor: Actor, counted: CountedFiles): Promise<TotalBytesDto> {
    const { owner, dataset, flowId, key, findability } = counted;
    requireOwn(actor, owner);
    // No name has a NUL in it, and the database takes none.
    if ([owner, dataset, flowId, key].some((name) => name?.includes('\0'))) return { totalBytes: 0 };
    await this.arrivals.settleOwner(owner);
    const visibility: Visibility = findability === 'private' ? 'private' : 'public';
    const [row] = await this.database.query<{ bytes: number }>(TOTAL, [
      ...[owner, dataset ?? null, flowId ?? null, key ?? null],
      findability === undefined || findability === '' ? null : visibility,
    ]);
    return { totalBytes: row!.bytes };
  }
}
