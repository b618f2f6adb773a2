import { defineEntity, p } from '@mikro-orm/core';

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
    createdAt: p.datetime(3).defaultRaw('now()'),
  },
  indexes: [{ name: 'order_import_owner_index', properties: ['owner', 'id'] }],
});

/** A file of orders that somebody (`owner`, a userid) uploaded; the job says what became of it. `size` is in bytes. */
export class OrderImport extends OrderImportSchema.class {}
OrderImportSchema.setClass(OrderImport);
