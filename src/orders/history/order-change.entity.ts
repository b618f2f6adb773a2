import { defineEntity, p } from '@mikro-orm/core';
import type { BrokenRule } from '../rules/order-rules.js';

/** What may change an order after it was imported. */
export type ChangeCause = 'import' | 'renumber' | 'revalidation';

/** What an order held before a change or holds after it: only what differs. `birthday` is YYYY-MM-DD. */
export interface OrderFields {
  readonly id?: number;
  readonly name?: string;
  readonly email?: string;
  readonly state?: string;
  readonly zipcode?: string;
  readonly birthday?: string;
  readonly valid?: boolean;
  readonly errors?: readonly BrokenRule[];
}

const OrderChangeSchema = defineEntity({
  name: 'OrderChange',
  tableName: 'order_change',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    orderId: p.integer(),
    cause: p.text().$type<ChangeCause>(),
    applied: p.boolean().default(true),
    jobId: p.uuid().nullable(),
    actor: p.text().nullable(),
    before: p.json<OrderFields>().nullable(),
    after: p.json<OrderFields>(),
    at: p.datetime(3).defaultRaw('now()'),
  },
  indexes: [
    { name: 'order_change_order_index', properties: ['orderId', 'id'] },
    { name: 'order_change_job_index', properties: ['jobId', 'id'] },
  ],
});

/**
 * A change of an order after it was first stored, made by a job on behalf of `actor`, a userid. Where it was only tried,
 * `applied` is false. That an order was imported is no change: the order itself says by which import, and when.
 */
export class OrderChange extends OrderChangeSchema.class {}
OrderChangeSchema.setClass(OrderChange);
