import { defineEntity, p } from '@mikro-orm/core';
import { User } from '../users/user.entity.js';

const AclSchema = defineEntity({
  name: 'Acl',
  tableName: 'acl',
  properties: {
    id: p.integer().primary().autoincrement(),
    user: () => p.manyToOne(User).deleteRule('cascade'),
    minions: p.text(),
    functions: p.text(),
  },
  uniques: [{ name: 'acl_unique', properties: ['user', 'minions', 'functions'] }],
});

/** A user may run these functions on these machines; both are patterns. */
export class Acl extends AclSchema.class {}
AclSchema.setClass(Acl);
