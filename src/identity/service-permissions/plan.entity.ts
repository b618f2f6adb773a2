import { defineEntity, p } from '@mikro-orm/core';

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
