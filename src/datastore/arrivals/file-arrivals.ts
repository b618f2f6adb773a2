import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { AuditLog } from '../../audit/index.js';
import { Database } from '../../platform/database/database.js';
import { type ObjectInfo, ObjectStore } from '../../storage/index.js';
import { UploadRemovedError } from '../datastore.errors.js';
import { FileRemoval } from '../files/file-removal.js';
import { lockOwner } from '../owner-lock.js';
import { type Content, ObjectContents } from './object-contents.js';
import type { UploadState } from './upload.entity.js';

interface UploadRow extends Content {
  readonly key: string;
  readonly owner: string;
  readonly state: UploadState;
}

/** What is known of the file under a key. */
interface KnownFile extends Content {
  readonly owner: string;
  readonly etag: string;
}

/** `refused`: it may not come any more. `disputed`: another content is known for what lies under the key. */
type Outcome = 'recorded' | 'refused' | 'disputed';

/** How often an object is looked at again that is replaced while it is. */
const MOST_LOOKS = 5;
/** Requests to the object store at a time. */
const AT_ONCE = 8;
/** Uploads that are looked for at most before an answer that should know of them. */
const MOST_LOOKED_FOR = 200;
/** For how long an owner who asks again and again is answered without another look, for each upload that was looked for. */
const SETTLED_MS = 10;

const UPLOADS = `select key, owner, state, bytes::float8 as bytes, md5 from upload`;
const RECORD = `
  insert into datastore_file (key, owner, dataset, flow_id, path, bytes, md5, content_type, visibility, etag)
  select key, owner, dataset, flow_id, path, bytes, md5, content_type, visibility, $4
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
  /** The owners whose uploads were just looked for, or are being: one who asks all the time holds up nobody else. */
  private readonly settled = new LRUCache<string, true>({
    max: 10_000,
    ttl: SETTLED_MS,
    ignoreFetchAbort: true, // there may be more owners than are remembered
    fetchMethod: async (owner, _before, { options }): Promise<true> => {
      options.ttl = Math.max(1, (await this.lookForPending(owner)) * SETTLED_MS);
      return true;
    },
  });

  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly contents: ObjectContents,
    private readonly removal: FileRemoval,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Lets a content come under the key, unless the file was deleted, or got another content, since it was there: the
   * room for it may have been given to others.
   * @throws UploadRemovedError
   */
  async admit(key: string, content: Content): Promise<void> {
    const upload = await this.uploadOf(key, content);
    if (upload && !mayCome(upload)) throw new UploadRemovedError();
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
    const now = outcome === 'recorded' ? await this.store.head(key) : info;
    if (outcome !== 'recorded' || (now && now.etag !== info.etag)) await this.look(key);
    if (outcome === 'refused') throw new UploadRemovedError();
  }

  /** Looks for the uploads under these keys that nobody told of, and for what took the place of those that were. */
  async settle(keys: readonly string[]): Promise<void> {
    const rows = await this.database.query<{ key: string }>(
      `select distinct key from upload where key = any($1)`,
      [keys],
    );
    await this.lookFor(rows.map(({ key }) => key));
  }

  /**
   * Looks for uploads of an owner that nobody told of, the newest first; not for all where there are very many, and not
   * again for some seconds then.
   */
  async settleOwner(owner: string): Promise<void> {
    await this.settled.fetch(owner);
  }

  /** Looks at what lies under these keys. What is no longer what is known of it becomes known, or is removed. */
  async lookFor(keys: readonly string[]): Promise<void> {
    const objects = await Promise.all(keys.map((key) => this.limit(() => this.store.head(key))));
    const found = objects.filter((info) => info !== null);
    const known = await this.database.query<{ key: string; etag: string }>(
      'select key, etag from datastore_file where key = any($1)',
      [found.map(({ key }) => key)],
    );
    const etags = new Map(known.map(({ key, etag }) => [key, etag]));
    const news = found.filter(({ key, etag }) => etags.get(key) !== etag);
    await Promise.all(news.map(({ key }) => this.look(key)));
  }

  /** @returns how many there may be */
  private async lookForPending(owner: string): Promise<number> {
    const rows = await this.database.query<{ key: string }>(
      `select key from upload where owner = $1 and state = 'pending' group by key order by max(id) desc limit $2`,
      [owner, MOST_LOOKED_FOR],
    );
    await this.lookFor(rows.map(({ key }) => key));
    return rows.length;
  }

  /**
   * Finds out which of the contents that may be under the key is there, and records it; again if it was replaced. What
   * may not be there is removed: nobody would find it, and it would take room that nobody gave it.
   */
  private async look(key: string): Promise<void> {
    let seen: string | undefined;
    for (let tries = 0; tries < MOST_LOOKS; tries++) {
      const info = await this.store.head(key);
      if (!info || info.etag === seen) return;
      seen = info.etag;
      const uploads = await this.database.query<UploadRow>(`${UPLOADS} where key = $1`, [key]);
      const known = await this.knownAs(key);
      const found = await this.contents.find(info, [...uploads.filter(mayCome), ...(known ? [known] : [])]);
      if (found === undefined) continue; // replaced meanwhile
      if (found === null) await this.disown(info, known);
      else if ('state' in found) await this.record(found, info.etag, true);
      else await this.keepAs(info, found);
    }
  }

  /**
   * Records a file.
   * @param isSure whether the object of this etag has this content; else it may have that of an upload at the same time
   */
  private async record(upload: UploadRow, etag: string, isSure: boolean): Promise<Outcome> {
    const { key, owner, bytes, md5 } = upload;
    return this.database.transaction(async () => {
      await lockOwner(this.database, owner);
      const now = await this.uploadOf(key, upload);
      if (now?.state === 'removed' || (isSure && now?.state === 'replaced')) return 'refused';
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
      await this.database.execute(RECORD, [key, bytes, md5, etag]);
      await this.audit.record({
        actor: { userid: owner },
        action: 'upload.store',
        subject: `object:${key}`,
        details: { bytes, md5 },
      });
      return 'recorded';
    });
  }

  /** The content of a file in another object, as after a store was brought back from a copy. */
  private async keepAs({ key, etag }: ObjectInfo, { md5 }: Content): Promise<void> {
    await this.database.execute('update datastore_file set etag = $2 where key = $1 and md5 = $3', [
      key,
      etag,
      md5,
    ]);
  }

  /** Removes an object that is not what was authorised; the file whose place it took is gone. */
  private async disown({ key, etag }: ObjectInfo, known: KnownFile | undefined): Promise<void> {
    this.logger.warn(`What lies under ${key} is not what was authorised; it is removed.`);
    if (known) {
      await this.database.transaction(async () => {
        await lockOwner(this.database, known.owner);
        if ((await this.knownAs(key))?.etag !== known.etag) return;
        await this.removal.forgetLost(known.owner, key);
        await this.audit.record({
          actor: { userid: known.owner },
          action: 'file.delete',
          subject: `object:${key}`,
          details: { reason: 'another content was sent to its address' },
        });
      });
    }
    await this.store.delete(key, etag);
  }

  private async uploadOf(key: string, { bytes, md5 }: Content): Promise<UploadRow | undefined> {
    const [row] = await this.database.query<UploadRow>(
      `${UPLOADS} where key = $1 and bytes = $2 and md5 = $3`,
      [key, bytes, md5],
    );
    return row;
  }

  private async knownAs(key: string): Promise<KnownFile | undefined> {
    const [row] = await this.database.query<KnownFile>(
      'select owner, bytes::float8 as bytes, md5, etag from datastore_file where key = $1',
      [key],
    );
    return row;
  }
}

function mayCome({ state }: UploadRow): boolean {
  return state === 'pending' || state === 'stored';
}
