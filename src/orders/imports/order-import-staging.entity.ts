import { defineEntity, p } from '@mikro-orm/core';
import { OrderImport } from './order-import.entity.js';
import { MAX_LENGTH } from './order-line.js';
import type { BrokenRule } from '../rules/order-rules.js';

const HeldOrderSchema = defineEntity({
  name: 'HeldOrder',
  tableName: 'order_import_held',
  properties: {
    import: () => p.manyToOne(OrderImport).primary().deleteRule('cascade'),
    line: p.integer().primary(),
    orderId: p.integer(),
    name: p.string().length(MAX_LENGTH.name),
    email: p.string().length(MAX_LENGTH.email),
    state: p.string().length(MAX_LENGTH.state),
    zipcode: p.string().length(MAX_LENGTH.zipcode),
    birthday: p.date(),
    valid: p.boolean(),
    autoValid: p.boolean(),
    errors: p.json<BrokenRule[]>().nullable(),
  },
});

/** An order that waits for a new id until its file has been read to its end: an id given earlier could be one of the file. */
export class HeldOrder extends HeldOrderSchema.class {}
HeldOrderSchema.setClass(HeldOrder);

const SeenIdSchema = defineEntity({
  name: 'SeenId',
  tableName: 'order_import_seen',
  properties: {
    import: () => p.manyToOne(OrderImport).primary().deleteRule('cascade'),
    orderId: p.integer().primary(),
  },
});

/** An id that a dry run has met: it stores no orders, but has to know which ids its file holds twice. */
export class SeenId extends SeenIdSchema.class {}
SeenIdSchema.setClass(SeenId);
