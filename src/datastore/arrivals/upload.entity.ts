import { defineEntity, p } from '@mikro-orm/core';
import type { Visibility } from '../files/visibility.js';

/** `replaced` by another content, or `removed` with the file, since it was there: it cannot come back by its address. */
export type UploadState = 'pending' | 'stored' | 'replaced' | 'removed';

const UploadSchema = defineEntity({
  name: 'Upload',
  tableName: 'upload',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    key: p.text(),
    owner: p.text(),
    dataset: p.text().nullable(),
    flowId: p.text().nullable(),
    path: p.text(),
    bytes: p.bigint('number'),
    md5: p.text(),
    contentType: p.text().nullable(),
    visibility: p.text().$type<Visibility>().nullable(),
    state: p.text().$type<UploadState>().default('pending'),
    expiresAt: p.datetime(3),
    createdAt: p.datetime(3).defaultRaw('now()'),
  },
  uniques: [{ name: 'upload_content_unique', properties: ['key', 'bytes', 'md5'] }],
  indexes: [
    { name: 'upload_owner_index', properties: ['owner', 'state'] },
    { name: 'upload_expires_at_index', properties: ['expiresAt'] },
  ],
});

/**
 * A content that may be uploaded under a key until `expiresAt`. It is kept until then, also when it is there: what the
 * address lets somebody do does not end with the first upload. `md5` is in hex. Without a `visibility` the file has that
 * of its dataset.
 */
export class Upload extends UploadSchema.class {}
UploadSchema.setClass(Upload);
