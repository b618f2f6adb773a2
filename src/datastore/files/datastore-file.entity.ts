import { defineEntity, p } from '@mikro-orm/core';
import type { Visibility } from './visibility.js';

const DatastoreFileSchema = defineEntity({
  name: 'DatastoreFile',
  tableName: 'datastore_file',
  properties: {
    key: p.text().primary(),
    owner: p.text(),
    dataset: p.text().nullable(),
    flowId: p.text().nullable(),
    path: p.text(),
    bytes: p.bigint('number'),
    md5: p.text(),
    contentType: p.text().nullable(),
    visibility: p.text().$type<Visibility>().nullable(),
    etag: p.text(),
    storedAt: p.datetime(3).defaultRaw('now()'),
  },
  indexes: [
    { name: 'datastore_file_owner_index', properties: ['owner', 'key'] },
    { name: 'datastore_file_dataset_index', properties: ['owner', 'dataset', 'key'] },
    { name: 'datastore_file_flow_index', properties: ['owner', 'flowId'] },
  ],
});

/**
 * A file that is there. `owner` is a userid, `md5` that of the content in hex, `etag` that of the object when it was
 * recorded: another one says that another content has come since. Without a `visibility` it has that of its `Dataset`.
 */
export class DatastoreFile extends DatastoreFileSchema.class {}
DatastoreFileSchema.setClass(DatastoreFile);
