import { defineEntity, p } from '@mikro-orm/core';
import { User } from './user.entity.js';

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
export class ApiClient extends ApiClientSchema.class {}
ApiClientSchema.setClass(ApiClient);
