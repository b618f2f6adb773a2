import { defineEntity, p } from '@mikro-orm/core';
import { OrderImport } from './order-import.entity.js';

/** Longest value of a rejected line that is kept, characters. */
export const MAX_KEPT_VALUE = 200;

const OrderImportErrorSchema = defineEntity({
  name: 'OrderImportError',
  tableName: 'order_import_error',
  properties: {
    import: () => p.manyToOne(OrderImport).primary().deleteRule('cascade'),
    line: p.integer().primary(),
    byteOffset: p.bigint('number').default(0),
    column: p.text().nullable(),
    value: p.string().length(MAX_KEPT_VALUE).nullable(),
    code: p.text(),
    params: p.json<Record<string, string | number>>().nullable(),
  },
});

/** A line of an uploaded file that could not become an order, and why; it begins at `byteOffset` of the stored file. */
export class OrderImportError extends OrderImportErrorSchema.class {}
OrderImportErrorSchema.setClass(OrderImportError);
