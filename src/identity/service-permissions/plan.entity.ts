import { defineEntity, p } from '@mikro-orm/core';

/** The form of the name of a plan. */
export const PLAN_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

const PlanSchema = defineEntity({
  name: 'Plan',
  tableName: 'plan',
  properties: {
    name: p.text().primary(),
    maxPrivateStorageMb: p.integer(),
    maxPublicStorageMb: p.integer(),
    maxDatasetNum: p.integer(),
  },
});

/** How much a user may keep. Megabytes are millions of bytes. */
export class Plan extends PlanSchema.class {}
PlanSchema.setClass(Plan);
