import { defineEntity, p } from '@mikro-orm/core';

const LoginThrottleSchema = defineEntity({
  name: 'LoginThrottleRow',
  tableName: 'login_throttle',
  // Names, types and order of the columns are those that rate-limiter-flexible works with.
  properties: {
    key: p.string().length(255).primary(),
    points: p.integer().default(0),
    expire: p.bigint('number').nullable(),
  },
});

/** Failed sign-ins as several processes on PostgreSQL count them together. */
export class LoginThrottleRow extends LoginThrottleSchema.class {}
LoginThrottleSchema.setClass(LoginThrottleRow);
