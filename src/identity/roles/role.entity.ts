import { defineEntity, p } from '@mikro-orm/core';

const RoleSchema = defineEntity({
  name: 'Role',
  tableName: 'role',
  properties: {
    name: p.text().primary(),
    about: p.text().default(''),
    permissions: p.array().columnType('text[]'),
  },
});

/** A role beyond the built-in ones: a name for a set of permissions. */
export class Role extends RoleSchema.class {}
RoleSchema.setClass(Role);
