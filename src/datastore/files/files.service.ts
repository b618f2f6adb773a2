import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { SignedUrls } from '../../storage/index.js';
import { FileArrivals } from '../arrivals/file-arrivals.js';
import { NobodysObjects } from '../arrivals/nobodys-objects.js';
import { FileNotFoundError } from '../datastore.errors.js';
import { requireOwn } from '../own-storage.js';
import { VISIBILITY, WITH_DATASET } from './dataset-visibility.js';
import type { DeleteFilesQueryDto, FilesQueryDto, StoredFileDto, StoredFilesDto } from './dto/file.dto.js';
import { FileRemoval } from './file-removal.js';
import type { Visibility } from './visibility.js';

interface FileRow {
  readonly key: string;
  readonly owner: string;
  readonly dataset: string | null;
  readonly path: string;
  readonly bytes: number;
  readonly md5: string;
  readonly content_type: string | null;
  readonly visibility: Visibility;
  readonly stored_at: string;
}

const LIST = `
  select f.key, f.owner, f.dataset, f.path, f.bytes::float8 as bytes, f.md5, f.content_type,
    ${VISIBILITY} as visibility, f.stored_at
  from datastore_file f ${WITH_DATASET}
  where f.owner = $1 and ($2::text is null or f.dataset = $2) and ($3::text is null or f.key > $3)
  order by f.key limit $4`;

/** The files that are there: listing them, and deleting them. */
@Injectable()
export class FilesService {
  constructor(
    private readonly database: Database,
    private readonly urls: SignedUrls,
    private readonly arrivals: FileArrivals,
    private readonly removal: FileRemoval,
    private readonly objects: NobodysObjects,
    private readonly audit: AuditLog,
  ) {}

  /** A page of somebody's files, by key. Throws `NotOwnStorageError`. */
  async list(
    actor: Actor,
    { owner = actor.userid, dataset, after, limit }: FilesQueryDto,
  ): Promise<StoredFilesDto> {
    requireOwn(actor, owner);
    await this.arrivals.settleOwner(owner);
    const rows = await this.database.query<FileRow>(LIST, [owner, dataset ?? null, after ?? null, limit]);
    return {
      files: rows.map((row) => this.shown(row)),
      next: rows.length === limit ? rows.at(-1)!.key : null,
    };
  }

  /**
   * Deletes a file, or takes back that one may come under the key. Throws `NotOwnStorageError` and `FileNotFoundError`.
   */
  async remove(actor: Actor, { owner = actor.userid, key }: DeleteFilesQueryDto): Promise<void> {
    requireOwn(actor, owner);
    await this.arrivals.settle([key]);
    await this.database.transaction(async () => {
      if (!(await this.removal.forget(owner, key))) throw new FileNotFoundError();
      await this.audit.record({ actor, action: 'file.delete', subject: `object:${key}` });
    });
    await this.objects.remove([key]);
  }

  private shown({ content_type, stored_at, ...row }: FileRow): StoredFileDto {
    return {
      ...row,
      type: content_type,
      stored_at: new Date(stored_at).toISOString(),
      url: this.urls.objectUrl(row.key),
    };
  }
}
