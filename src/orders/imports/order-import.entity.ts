import { defineEntity, p } from '@mikro-orm/core';
import type { ColumnMap } from '../order-columns.js';
import type { DuplicatePolicy, ImportCounts } from './order-import-options.js';

const OrderImportSchema = defineEntity({
  name: 'OrderImport',
  tableName: 'order_import',
  properties: {
    id: p.uuid().primary(),
    owner: p.text(),
    fileName: p.text(),
    size: p.bigint('number'),
    sha256: p.text(),
    objectKey: p.text(),
    jobId: p.uuid(),
    dryRun: p.boolean().default(false),
    onDuplicate: p.text().$type<DuplicatePolicy>().default('skip'),
    headerMap: p.json<ColumnMap>().defaultRaw("'{}'"),
    rulesVersion: p.integer().nullable(),
    counts: p.json<ImportCounts>().nullable(),
    endedAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3).defaultRaw('now()'),
  },
  indexes: [
    { name: 'order_import_owner_index', properties: ['owner', 'id'] },
    { name: 'order_import_job_index', properties: ['jobId'] },
  ],
});

/**
 * A file of orders that somebody (`owner`, a userid) uploaded. `size` and `sha256` are those of the file as it was
 * sent, in bytes. `counts` grow with the import; `endedAt` is set once all of the file is imported: whether it failed or
 * was cancelled is known to its job. `rulesVersion` is known once it has begun.
 */
export class OrderImport extends OrderImportSchema.class {}
OrderImportSchema.setClass(OrderImport);
