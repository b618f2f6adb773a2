import { defineEntity, p } from '@mikro-orm/core';

const AuditEntrySchema = defineEntity({
  name: 'AuditEntry',
  tableName: 'audit_entry',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    at: p.datetime(3).defaultRaw('now()'),
    actor: p.text(),
    action: p.text(),
    subject: p.text(),
    requestId: p.text().nullable(),
    details: p.json<Record<string, unknown>>().nullable(),
  },
  // In the order in which the log is read, whatever it is asked for.
  indexes: [
    { name: 'audit_entry_at_index', properties: ['at', 'id'] },
    { name: 'audit_entry_actor_index', properties: ['actor', 'at', 'id'] },
    { name: 'audit_entry_subject_index', properties: ['subject', 'at', 'id'] },
    { name: 'audit_entry_action_index', properties: ['action', 'at', 'id'] },
    { name: 'audit_entry_request_index', properties: ['requestId', 'at', 'id'] },
  ],
  triggers: [
    {
      name: 'append_only',
      timing: 'before',
      events: ['update', 'delete', 'truncate'],
      forEach: 'statement',
      body: `raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege'`,
    },
  ],
});

/**
 * One thing that somebody did: who (`actor`, a userid), what (`action`, like `token.create`) and to what (`subject`,
 * like `user:7`). The database refuses to change or remove it.
 */
export class AuditEntry extends AuditEntrySchema.class {}
AuditEntrySchema.setClass(AuditEntry);
