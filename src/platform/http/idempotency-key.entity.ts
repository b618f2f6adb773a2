import { defineEntity, p } from '@mikro-orm/core';

const IdempotencyKeySchema = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency_key',
  properties: {
    /** `userid` of the caller: keys of different callers never meet. */
    owner: p.text().primary(),
    key: p.text().primary(),
    /** Method and path pattern, for people who look at the table. */
    route: p.text(),
    /** SHA-256 of method, address and body: what "the same request" means. */
    fingerprint: p.text(),
    status: p.smallint(),
    headers: p.json<Record<string, string>>(),
    /** The answer as JSON text; empty where it had no body, null where it was too long to keep. */
    body: p.text().nullable(),
    createdAt: p.datetime(3).index(),
  },
});

/** The answer to a request that named an `Idempotency-Key`; it is written in the transaction of the request's effect. */
export class IdempotencyKey extends IdempotencyKeySchema.class {}
IdempotencyKeySchema.setClass(IdempotencyKey);
