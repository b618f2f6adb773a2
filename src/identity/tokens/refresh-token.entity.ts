import { defineEntity, p } from '@mikro-orm/core';
import { TokenFamily } from './token-family.entity.js';

const RefreshTokenSchema = defineEntity({
  name: 'RefreshToken',
  tableName: 'refresh_token',
  properties: {
    /** SHA-256 in hexadecimal. */
    hash: p.text().primary(),
    family: () => p.manyToOne(TokenFamily).deleteRule('cascade'),
    expiresAt: p.datetime(0),
    usedAt: p.datetime(3).nullable(),
  },
  indexes: [{ name: 'refresh_token_family_index', properties: ['family'] }],
});

/** Turns into a new pair of tokens, once. Whoever brings it again is not the only one who has it: the family ends. */
export class RefreshToken extends RefreshTokenSchema.class {}
RefreshTokenSchema.setClass(RefreshToken);
