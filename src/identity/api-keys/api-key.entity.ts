import { defineEntity, p } from '@mikro-orm/core';
import { isSecret } from '../random-secret.js';
import { User } from '../users/user.entity.js';

/** How every API key begins, so that people and programs that look for lost secrets know one. */
export const API_KEY_PREFIX = 'sbx_';

/** Whether the text has the form of an API key. */
export function isApiKey(text: string): boolean {
  return isSecret(API_KEY_PREFIX, text);
}

const ApiKeySchema = defineEntity({
  name: 'ApiKey',
  tableName: 'api_key',
  properties: {
    id: p.integer().primary().autoincrement(),
    user: () => p.manyToOne(User).deleteRule('cascade'),
    name: p.text(),
    /** How the key begins, to tell it from others. */
    prefix: p.text(),
    /** SHA-256 in hexadecimal: the key is random, so that nobody finds it by trying. */
    hash: p.text().unique().hidden(),
    scopes: p.array().columnType('text[]'),
    createdAt: p.datetime(0).defaultRaw(`date_trunc('second', now())`),
    expiresAt: p.datetime(0),
    lastUsedAt: p.datetime(0).nullable(),
  },
  uniques: [{ name: 'api_key_name_unique', properties: ['user', 'name'] }],
});

/** A user's key for his programs. It may what its scopes say, as far as he may. */
export class ApiKey extends ApiKeySchema.class {}
ApiKeySchema.setClass(ApiKey);
