import { defineEntity, p } from '@mikro-orm/core';

const AuditSealSchema = defineEntity({
  name: 'AuditSeal',
  tableName: 'audit_seal',
  properties: {
    /** 1, 2, 3, ...: none is left out. */
    id: p.integer().primary().autoincrement(),
    /** The first and the last entry of the batch. */
    firstId: p.bigint('number'),
    lastId: p.bigint('number').unique(),
    entries: p.integer(),
    /** SHA-256 over the entries and the hash of the seal before, in hexadecimal. */
    hash: p.text(),
    /** HMAC-SHA-256 over this row and the hash of the seal before: only who knows the secret can make it. */
    mac: p.text(),
    /** Which secret that was. */
    keyId: p.text(),
    sealedAt: p.datetime(3).defaultRaw('now()'),
  },
  triggers: [
    {
      name: 'append_only',
      timing: 'before',
      events: ['update', 'delete', 'truncate'],
      forEach: 'statement',
      body: `raise exception 'the seals of the audit log are append-only' using errcode = 'insufficient_privilege'`,
    },
  ],
});

/** Vouches for a batch of audit entries and, by the seal before it, for all that came earlier. */
export class AuditSeal extends AuditSealSchema.class {}
AuditSealSchema.setClass(AuditSeal);
