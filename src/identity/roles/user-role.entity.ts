import { defineEntity, p } from '@mikro-orm/core';
import { User } from '../users/user.entity.js';

const UserRoleSchema = defineEntity({
  name: 'UserRole',
  tableName: 'user_role',
  properties: {
    id: p.integer().primary().autoincrement(),
    user: () => p.manyToOne(User).deleteRule('cascade'),
    name: p.text(),
  },
  uniques: [{ name: 'user_role_unique', properties: ['user', 'name'] }],
  indexes: [{ name: 'user_role_name_index', properties: ['name'] }],
});

/** A user holds a role. A role that is not defined (yet) grants nothing. */
export class UserRole extends UserRoleSchema.class {}
UserRoleSchema.setClass(UserRole);
