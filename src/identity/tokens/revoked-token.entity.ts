import { defineEntity, p } from '@mikro-orm/core';

const RevokedTokenSchema = defineEntity({
  name: 'RevokedToken',
  tableName: 'revoked_token',
  properties: {
    jti: p.text().primary(),
    expiresAt: p.datetime(0),
  },
  indexes: [{ name: 'revoked_token_expires_at_index', properties: ['expiresAt'] }],
});

/** A token that was given back before its time. The row goes when the token would have expired anyway. */
export class RevokedToken extends RevokedTokenSchema.class {}
RevokedTokenSchema.setClass(RevokedToken);
