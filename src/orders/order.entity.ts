import { defineEntity, p } from '@mikro-orm/core';
import { MAX_LENGTH } from './imports/order-line.js';
import type { BrokenRule } from './rules/order-rules.js';

const OrderSchema = defineEntity({
  name: 'Order',
  tableName: 'orders',
  properties: {
    id: p.integer().primary().autoincrement(false),
    name: p.string().length(MAX_LENGTH.name),
    email: p.string().length(MAX_LENGTH.email),
    state: p.string().length(MAX_LENGTH.state),
    zipcode: p.string().length(MAX_LENGTH.zipcode),
    birthday: p.date(),
    valid: p.boolean(),
    autoValid: p.boolean().default(false),
    errors: p.json<BrokenRule[]>().nullable(),
    importId: p.uuid().nullable(),
    createdAt: p.datetime(3).defaultRaw('now()'),
  },
  // Each ends in the id: pages go on after a value and an id. Texts are kept by their bytes, whatever the locale of
  // the database is, so that a beginning can be looked up; names and e-mail addresses without regard to case.
  indexes: [
    { name: 'orders_state_index', properties: ['state', 'id'] },
    { name: 'orders_valid_index', properties: ['valid', 'id'] },
    { name: 'orders_birthday_index', properties: ['birthday', 'id'] },
    { name: 'orders_import_index', properties: ['importId', 'id'] },
    {
      name: 'orders_name_index',
      expression: 'create index "orders_name_index" on "orders" (lower("name") collate "C", "id")',
    },
    {
      name: 'orders_email_index',
      expression: 'create index "orders_email_index" on "orders" (lower("email") collate "C", "id")',
    },
    {
      name: 'orders_zipcode_index',
      expression: 'create index "orders_zipcode_index" on "orders" ("zipcode" collate "C", "id")',
    },
  ],
});

/**
 * An order of a customer. The file that brought it gave the id. `errors` holds the rules it breaks; null for none.
 * `autoValid`: no rule looked at it, because the order before it in its file had the same state and zipcode.
 */
export class Order extends OrderSchema.class {}
OrderSchema.setClass(Order);
