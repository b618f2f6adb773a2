import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { DatasetVisibility } from '../files/dataset-visibility.js';
import { TooManyUploadsError } from '../datastore.errors.js';
import { lockOwner } from '../owner-lock.js';
import { type QuotaExcess, StorageQuota } from '../storage-use/storage-quota.js';
import type { Visibility } from '../files/visibility.js';

/** A content that is to get a key. */
export interface ReservedFile {
  readonly key: string;
  readonly path: string;
  readonly bytes: number;
  /** In hex. */
  readonly md5: string;
  readonly contentType: string | undefined;
}

export interface Reservation {
  readonly dataset: string | null;
  readonly flowId: string | null;
  /** Null: that of the dataset. */
  readonly visibility: Visibility | null;
  readonly expiresAt: Date;
  /** No two of one key. */
  readonly files: readonly ReservedFile[];
}

/** What an owner may upload from now on, or why not. */
export type Reserved = { readonly existing: ReadonlySet<string> } | { readonly excess: QuotaExcess };

/** Uploads that are remembered of an owner, until a day after they expired. A plan bounds those that can still come. */
const MOST_UPLOADS = 100_000;
const MANY = `select id from upload where owner = $1 order by state offset ${MOST_UPLOADS} limit 1`;

const RESERVE = `
  insert into upload (key, owner, dataset, flow_id, visibility, expires_at, path, bytes, md5, content_type)
  select f.key, $1, $2, $3, $4, $5, f.path, f.bytes, f.md5, f.content_type
  from unnest($6::text[], $7::text[], $8::bigint[], $9::text[], $10::text[]) as f (key, path, bytes, md5, content_type)
  on conflict (key, bytes, md5) do update set
    dataset = excluded.dataset, flow_id = excluded.flow_id, visibility = excluded.visibility, path = excluded.path,
    content_type = excluded.content_type, expires_at = greatest(upload.expires_at, excluded.expires_at),
    state = 'pending'`;

const EXISTING = `
  select f.key from unnest($1::text[], $2::bigint[], $3::text[]) as wanted (key, bytes, md5)
  join datastore_file f on f.key = wanted.key and f.bytes = wanted.bytes and f.md5 = wanted.md5`;

// `exists` has the client send nothing: so what it said of the file now is written down for the one that is there.
const MEAN_AGAIN = `
  update datastore_file f set visibility = $3, dataset = coalesce($4, f.dataset), flow_id = coalesce($5, f.flow_id),
    path = wanted.path
  from unnest($1::text[], $2::text[]) as wanted (key, path) where f.key = wanted.key`;

/** Writes down what may be uploaded before anybody can upload it. */
@Injectable()
export class UploadReservations {
  constructor(
    private readonly database: Database,
    private readonly quota: StorageQuota,
    private readonly visibility: DatasetVisibility,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Reserves room for the actor's files, all of them or none. Tells which of them are there already, with the same
   * content; those get the visibility that was asked for now.
   * @throws TooManyUploadsError
   */
  async reserve(actor: Actor, reservation: Reservation): Promise<Reserved> {
    const { dataset, flowId, visibility, expiresAt, files } = reservation;
    const owner = actor.userid;
    const limits = {
      public: await this.quota.limitOf(actor, 'public'),
      private: await this.quota.limitOf(actor, 'private'),
    };
    const column = <Name extends keyof ReservedFile>(name: Name) => files.map((file) => file[name] ?? null);
    return this.database.transaction(async () => {
      await lockOwner(this.database, owner);
      const asDataset = dataset === null ? 'private' : await this.visibility.of(owner, dataset);
      const limit = limits[visibility ?? asDataset];
      const excess = await this.quota.excess(owner, files, limit);
      if (excess) return { excess };
      await this.requireFew(owner);
      await this.database.execute(RESERVE, [
        ...[owner, dataset, flowId, visibility, expiresAt],
        ...[column('key'), column('path'), column('bytes'), column('md5'), column('contentType')],
      ]);
      const rows = await this.database.query<{ key: string }>(EXISTING, [
        ...[column('key'), column('bytes'), column('md5')],
      ]);
      const existing = new Set(rows.map(({ key }) => key));
      const again = files.filter(({ key }) => existing.has(key));
      if (again.length > 0 && visibility !== null) {
        const [keys, paths] = [again.map(({ key }) => key), again.map(({ path }) => path)];
        await this.database.execute(MEAN_AGAIN, [keys, paths, visibility, dataset, flowId]);
      }
      await this.audit.record({
        actor,
        action: 'upload.authorize',
        subject: `dataset:${owner}/${dataset ?? ''}`,
        details: {
          files: files.length,
          bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
          visibility: visibility ?? asDataset,
        },
      });
      return { existing };
    });
  }

  private async requireFew(owner: string): Promise<void> {
    if ((await this.database.query(MANY, [owner])).length > 0) throw new TooManyUploadsError(MOST_UPLOADS);
  }
}
