import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { ObjectStore, SignedUrls } from '../../storage/index.js';
import { FileNotFoundError, NotOwnStorageError } from '../datastore.errors.js';
import type { DeleteFilesQueryDto, FilesQueryDto, StoredFileDto, StoredFilesDto } from './dto/file.dto.js';
import { FileArrivals } from '../arrivals/file-arrivals.js';
import { lockOwner } from '../owner-lock.js';
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

/** Files of a dataset that are deleted in one transaction. */
const PORTION = 1000;

const LIST = `
  select key, owner, dataset, path, bytes::float8 as bytes, md5, content_type, visibility, stored_at
  from datastore_file where owner = $1 and ($2::text is null or dataset = $2) and ($3::text is null or key > $3)
  order by key limit $4`;
const DELETE = `delete from datastore_file where key = any($1) and owner = $2 returning key, bytes, md5`;
// Whoever still has an address of it must not bring it back; and what is left in the store is found by the sweep.
const REMEMBER = `
  insert into upload (key, owner, path, bytes, md5, state, expires_at)
  select key, $1, '', bytes, md5, 'removed', now() from unnest($2::text[], $3::bigint[], $4::text[]) as f (key, bytes, md5)
  on conflict (key, bytes, md5) do nothing`;
const REVOKE = `update upload set state = 'removed' where key = any($1)`;

/** The files that are there: listing them, and deleting them. */
@Injectable()
export class FilesService {
  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly urls: SignedUrls,
    private readonly arrivals: FileArrivals,
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

  /** Deletes a file. Throws `NotOwnStorageError` and `FileNotFoundError`. */
  async remove(actor: Actor, { owner = actor.userid, key }: DeleteFilesQueryDto): Promise<void> {
    requireOwn(actor, owner);
    await this.arrivals.settle([key]);
    const removed = await this.forget(owner, [key], () =>
      this.audit.record({ actor, action: 'file.delete', subject: `object:${key}` }),
    );
    if (removed === 0) throw new FileNotFoundError();
    await this.store.delete(key);
  }

  /**
   * Deletes all files of a dataset, portion by portion: in no transaction. For whoever deletes datasets; who may is his
   * to check, and the audit record his to write. Running it again goes on where it stopped.
   * @returns how many files there were
   */
  async removeDataset(owner: string, dataset: string): Promise<number> {
    await this.database.execute(`update upload set state = 'removed' where owner = $1 and dataset = $2`, [
      owner,
      dataset,
    ]);
    for (let removed = 0; ;) {
      const rows = await this.database.query<FileRow>(LIST, [owner, dataset, null, PORTION]);
      const keys = rows.map(({ key }) => key);
      if (keys.length === 0) return removed;
      removed += await this.forget(owner, keys);
      for (const key of keys) await this.store.delete(key);
    }
  }

  private async forget(
    owner: string,
    keys: readonly string[],
    record: () => Promise<void> = () => Promise.resolve(),
  ): Promise<number> {
    return this.database.transaction(async () => {
      await lockOwner(this.database, owner);
      const rows = await this.database.query<{ key: string; bytes: string; md5: string }>(DELETE, [
        keys,
        owner,
      ]);
      if (rows.length === 0) return 0;
      const gone = rows.map(({ key }) => key);
      await this.database.execute(REMEMBER, [
        ...[owner, gone, rows.map(({ bytes }) => bytes), rows.map(({ md5 }) => md5)],
      ]);
      await this.database.execute(REVOKE, [gone]);
      await record();
      return rows.length;
    });
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

/** Lets pass whose storage it is, and who manages that of everybody. */
export function requireOwn(actor: Actor, owner: string): void {
  if (owner !== actor.userid && !actor.may('datastore.manage')) throw new NotOwnStorageError();
}
