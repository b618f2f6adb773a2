import { defineEntity, p } from '@mikro-orm/core';
import type { RuleSettings } from './order-rules.js';

const OrderRuleSetSchema = defineEntity({
  name: 'OrderRuleSet',
  tableName: 'order_rule_set',
  properties: {
    version: p.integer().primary().autoincrement(false),
    settings: p.json<RuleSettings>(),
    actor: p.text(),
    note: p.text().nullable(),
    createdAt: p.datetime(3).defaultRaw('now()'),
  },
});

/**
 * Rules that somebody (`actor`, a userid) set at run time. The highest version holds; where there is none, the
 * configuration does, which is version 0.
 */
export class OrderRuleSet extends OrderRuleSetSchema.class {}
OrderRuleSetSchema.setClass(OrderRuleSet);
