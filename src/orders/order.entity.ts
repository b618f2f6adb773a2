import { defineEntity, p } from '@mikro-orm/core';
import { MAX_LENGTH } from './order-line.js';
import type { BrokenRule } from './order-rules.js';

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
    errors: p.json<BrokenRule[]>().nullable(),
    importId: p.uuid().nullable(),
    createdAt: p.datetime(3).defaultRaw('now()'),
  },
  indexes: [
    { name: 'orders_state_index', properties: ['state', 'id'] },
    { name: 'orders_valid_index', properties: ['valid', 'id'] },
  ],
});

/** An order of a customer. The file that brought it gave the id. `errors` holds the rules it breaks; null for none. */
export class Order extends OrderSchema.class {}
OrderSchema.setClass(Order);
