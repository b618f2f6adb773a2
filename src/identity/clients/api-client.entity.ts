import { randomBytes } from 'node:crypto';
import { defineEntity, p } from '@mikro-orm/core';
import { afterAllTokens } from '../timestamps.js';
import { User } from '../users/user.entity.js';

/** The form of a client's id. It is the owner of what the client makes; the userid of an account never looks so. */
export const CLIENT_ID = /^client-[0-9a-f]{24}$/;

/** What a client can be called in its address. */
export const CLIENT_SLUG = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** How every client secret begins. */
export const CLIENT_SECRET_PREFIX = 'sbc_';

/** The id of a new client. */
export function newClientId(): string {
  return `client-${randomBytes(12).toString('hex')}`;
}

const ApiClientSchema = defineEntity({
  name: 'ApiClient',
  tableName: 'api_client',
  properties: {
    clientId: p.text().primary(),
    slug: p.text().unique(),
    title: p.text(),
    owner: () => p.manyToOne(User).deleteRule('cascade'),
    /** SHA-256 in hexadecimal: the secret is random, so that nobody finds it by trying. */
    secretHash: p.text().hidden(),
    scopes: p.array().columnType('text[]'),
    tokensValidAfter: p.datetime(0).nullable(),
    createdAt: p.datetime(3).defaultRaw('now()'),
    updatedAt: p.datetime(3).defaultRaw('now()'),
  },
  indexes: [{ name: 'api_client_owner_index', properties: ['owner', 'slug'] }],
});

/** A program with credentials of its own. It may what its scopes say, as far as the user who made it may. */
export class ApiClient extends ApiClientSchema.class {
  /** Sets a new secret. The old one and every token that was had for it end. */
  changeSecret(hash: string): void {
    this.secretHash = hash;
    this.tokensValidAfter = afterAllTokens(this.tokensValidAfter);
    this.updatedAt = new Date();
  }
}
ApiClientSchema.setClass(ApiClient);
