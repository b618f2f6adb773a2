import { Injectable } from '@nestjs/common';
import type { Credential } from '../platform/access/actor.js';
import { type AuditRecord, AuditTrail } from '../platform/access/audit-trail.port.js';
import { Database } from '../platform/database/database.js';
import { RequestScope } from './request-scope.js';

/** The log of what people did. Entries are only ever added. */
@Injectable()
export class AuditLog extends AuditTrail {
  constructor(
    private readonly database: Database,
    private readonly scope: RequestScope,
  ) {
    super();
  }

  /** Adds an entry; its details say also which credential the actor came with, where he came with one. */
  async record({ actor, action, subject, details, requestId }: AuditRecord): Promise<void> {
    const credential = recordedCredential(actor.credential);
    const all = credential ? { ...details, credential } : details;
    await this.database.defer(
      'audit.record',
      'insert into audit_entry (actor, action, subject, request_id, details) values ($1, $2, $3, $4, $5::jsonb)',
      [
        actor.userid,
        action,
        subject,
        requestId ?? this.scope.requestId ?? null,
        all ? JSON.stringify(all) : null,
      ],
    );
  }
}

/**
 * What tells the deeds of a credential from those of others of the same user: its kind, and its number or `jti`. Nothing
 * else of it: some carry secrets. The program itself and who comes without credentials have none.
 */
function recordedCredential(credential: Credential | undefined): Credential | undefined {
  if (!credential || credential.kind === 'internal' || credential.kind === 'none') return undefined;
  const { kind, id } = credential;
  return { kind, ...(id !== undefined && { id }) };
}
