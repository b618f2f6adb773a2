import { defineEntity, p } from '@mikro-orm/core';
import { User } from '../users/user.entity.js';

const TokenFamilySchema = defineEntity({
  name: 'TokenFamily',
  tableName: 'token_family',
  properties: {
    id: p.uuid().primary(),
    user: () => p.manyToOne(User).deleteRule('cascade'),
    createdAt: p.datetime(0).defaultRaw(`date_trunc('second', now())`),
    /** When its last token expires. */
    expiresAt: p.datetime(0),
    revokedAt: p.datetime(0).nullable(),
  },
  indexes: [
    { name: 'token_family_user_index', properties: ['user'] },
    { name: 'token_family_expires_at_index', properties: ['expiresAt'] },
  ],
});

/** The tokens that go back to one sign-in, each refreshed from the one before. */
export class TokenFamily extends TokenFamilySchema.class {}
TokenFamilySchema.setClass(TokenFamily);
