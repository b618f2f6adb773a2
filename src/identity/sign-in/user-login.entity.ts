import { defineEntity, p } from '@mikro-orm/core';
import { User } from '../users/user.entity.js';

const UserLoginSchema = defineEntity({
  name: 'UserLogin',
  tableName: 'user_login',
  properties: {
    id: p.integer().primary().autoincrement(),
    user: () => p.manyToOne(User).deleteRule('cascade'),
    provider: p.text(),
    subject: p.text(),
    createdAt: p.datetime(3).defaultRaw('now()'),
    lastUsedAt: p.datetime(3).defaultRaw('now()'),
  },
  uniques: [{ name: 'user_login_unique', properties: ['provider', 'subject'] }],
  indexes: [{ name: 'user_login_user_index', properties: ['user'] }],
});

/** Whom a sign-in provider knows a user as: its name (`google`) and the number or text it has for him. */
export class UserLogin extends UserLoginSchema.class {}
UserLoginSchema.setClass(UserLogin);
