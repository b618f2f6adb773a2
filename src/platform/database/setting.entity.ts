import { defineEntity, p } from '@mikro-orm/core';

const SettingSchema = defineEntity({
  name: 'Setting',
  tableName: 'setting',
  properties: {
    key: p.text().primary(),
    value: p.json<unknown>(),
  },
});

/** A small fact about the installation that the program itself keeps, e.g. the fingerprint of its secret. */
export class Setting extends SettingSchema.class {}
SettingSchema.setClass(Setting);
