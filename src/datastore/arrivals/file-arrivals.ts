import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { AuditLog } from '../../audit/index.js';
import { Database } from '../../platform/database/database.js';
import {
  ObjectChangedError,
  type ObjectInfo,
  ObjectNotFoundError,
  ObjectStore,
} from '../../storage/index.js';
import { DatasetVisibility } from '../files/dataset-visibility.js';
import { UploadRemovedError } from '../datastore.errors.js';
import { lockOwner } from '../owner-lock.js';
import type { UploadState } from './upload.entity.js';

/** A content: its length in bytes, and its MD5 in hex. */
export interface Content {
  readonly bytes: number;
  readonly md5: string;
}

interface UploadRow extends Content {
  readonly key: string;
  readonly owner: string;
  readonly dataset: string | null;
  readonly state: UploadState;
}

/** `disputed`: another content is known for what lies under the key. */
type Outcome = 'recorded' | 'removed' | 'disputed';

/** How often an object is looked at again that is replaced while it is. */
const MOST_LOOKS = 5;
/** Requests to the object store at a time. */
const AT_ONCE = 8;
/** Uploads that are looked for at most before an answer that should know of them. */
const MOST_LOOKED_FOR = 200;

const UPLOADS = `select key, owner, dataset, state, bytes::float8 as bytes, md5 from upload`;
const RECORD = `
  insert into datastore_file (key, owner, dataset, flow_id, path, bytes, md5, content_type, visibility, etag)
  select key, owner, dataset, flow_id, path, bytes, md5, content_type, coalesce(visibility, $4), $5
  from upload where key = $1 and bytes = $2 and md5 = $3
  on conflict (key) do update set dataset = excluded.dataset, flow_id = excluded.flow_id, path = excluded.path,
    bytes = excluded.bytes, md5 = excluded.md5, content_type = excluded.content_type,
    visibility = excluded.visibility, etag = excluded.etag, stored_at = now()`;

/**
 * Where files become known. Uploads to our own addresses are told of as they end; those to S3 pass by us, and so does
 * one whose process dies at its last moment: they are looked for by whoever needs to know.
 */
@Injectable()
export class FileArrivals {
  private readonly logger = new Logger(FileArrivals.name);
  private readonly limit = pLimit(AT_ONCE);
  /** Objects that were read and are not what was authorised: nobody can have them read again and again. */
  private readonly refuted = new LRUCache<string, true>({ max: 10_000 });

  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly visibility: DatasetVisibility,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Lets a content come under the key, unless the file was deleted, or got another content, since it was there: the
   * room for it may have been given to others.
   * @throws UploadRemovedError
   */
  async admit(key: string, content: Content): Promise<void> {
    const state = (await this.uploadOf(key, content))?.state;
    if (state === 'removed' || state === 'replaced') throw new UploadRemovedError();
  }

  /**
   * Makes a content known that has just been stored whole. What was never authorised here is not a file of anybody's.
   * @throws UploadRemovedError if the file was deleted meanwhile; then the object is gone too
   */
  async complete(key: string, content: Content): Promise<void> {
    const upload = await this.uploadOf(key, content);
    if (!upload) return;
    const info = await this.store.head(key);
    if (info?.size !== content.bytes) return; // another content has taken its place already, and is told of too
    const outcome = await this.record(upload, info.etag, false);
    if (outcome === 'removed') {
      await this.store.delete(key);
      throw new UploadRemovedError();
    }
    const now = await this.store.head(key);
    if (now && (outcome === 'disputed' || now.etag !== info.etag)) await this.look(now);
  }

  /** Looks for the uploads under these keys that nobody told of. */
  async settle(keys: readonly string[]): Promise<void> {
    const rows = await this.database.query<{ key: string }>(
      `select distinct key from upload where state = 'pending' and key = any($1)`,
      [keys],
    );
    await this.lookFor(rows);
  }

  /** The same for uploads of an owner, the newest first; not for all where there are very many. */
  async settleOwner(owner: string): Promise<void> {
    const rows = await this.database.query<{ key: string }>(
      `select key from upload where owner = $1 and state = 'pending' group by key order by max(id) desc limit $2`,
      [owner, MOST_LOOKED_FOR],
    );
    await this.lookFor(rows);
  }

  private async lookFor(rows: readonly { key: string }[]): Promise<void> {
    const look = async (key: string) => {
      const info = await this.store.head(key);
      if (info && (await this.knownAs(key))?.etag !== info.etag) await this.look(info);
    };
    await Promise.all(rows.map(({ key }) => this.limit(() => look(key))));
  }

  /** Finds out which of the contents that may be under the key is there, and records it; again if it was replaced. */
  private async look({ key }: ObjectInfo): Promise<void> {
    let seen: string | undefined;
    for (let tries = 0; tries < MOST_LOOKS; tries++) {
      const info = await this.store.head(key);
      if (!info || info.etag === seen) return;
      seen = info.etag;
      const uploads = await this.database.query<UploadRow>(`${UPLOADS} where key = $1 and bytes = $2`, [
        key,
        info.size,
      ]);
      const upload = await this.contentOf(info, uploads);
      if (upload) await this.record(upload, info.etag, true);
    }
  }

  /** S3 has the MD5 for an etag, mostly; else the object is read. */
  private async contentOf(info: ObjectInfo, uploads: readonly UploadRow[]): Promise<UploadRow | undefined> {
    if (uploads.length === 0) return undefined;
    const named = uploads.find(({ md5 }) => md5 === info.etag);
    if (named) return named;
    const object = `${info.key} ${info.etag} ${uploads.length}`;
    if (this.refuted.has(object)) return undefined;
    try {
      const hash = createHash('md5');
      await pipeline(await this.store.get(info.key, undefined, info.etag), hash);
      const md5 = hash.digest('hex');
      const found = uploads.find((upload) => upload.md5 === md5);
      if (found) return found;
      this.refuted.set(object, true);
      this.logger.warn(`What lies under ${info.key} is not what was authorised; it is not shown.`);
      return undefined;
    } catch (error) {
      // Replaced or deleted meanwhile: whoever did that tells of it.
      if (error instanceof ObjectNotFoundError || error instanceof ObjectChangedError) return undefined;
      throw error;
    }
  }

  /**
   * Records a file.
   * @param isSure whether the object of this etag has this content; else it may have that of an upload at the same time
   */
  private async record(upload: UploadRow, etag: string, isSure: boolean): Promise<Outcome> {
    const { key, owner, dataset, bytes, md5 } = upload;
    return this.database.transaction(async () => {
      await lockOwner(this.database, owner);
      if ((await this.uploadOf(key, upload))?.state === 'removed') return 'removed';
      await this.database.execute(
        `update upload set state = 'stored' where key = $1 and bytes = $2 and md5 = $3`,
        [key, bytes, md5],
      );
      const known = await this.knownAs(key);
      if (known?.etag === etag && known.md5 === md5) return 'recorded';
      if (known?.etag === etag && !isSure) return 'disputed';
      await this.database.execute(
        `update upload set state = 'replaced' where key = $1 and state = 'stored' and not (bytes = $2 and md5 = $3)`,
        [key, bytes, md5],
      );
      const visibility = dataset === null ? 'private' : await this.visibility.of(owner, dataset);
      await this.database.execute(RECORD, [key, bytes, md5, visibility, etag]);
      await this.audit.record({
        actor: { userid: owner },
        action: 'upload.store',
        subject: `object:${key}`,
        details: { bytes, md5 },
      });
      return 'recorded';
    });
  }

  private async uploadOf(key: string, { bytes, md5 }: Content): Promise<UploadRow | undefined> {
    const [row] = await this.database.query<UploadRow>(
      `${UPLOADS} where key = $1 and bytes = $2 and md5 = $3`,
      [key, bytes, md5],
    );
    return row;
  }

  private async knownAs(key: string): Promise<{ etag: string; md5: string } | undefined> {
    const [row] = await this.database.query<{ etag: string; md5: string }>(
      'select etag, md5 from datastore_file where key = $1',
      [key],
    );
    return row;
  }
}
