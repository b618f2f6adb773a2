import { Injectable } from '@nestjs/common';
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

  async record({ actor, action, subject, details, requestId }: AuditRecord): Promise<void> {
    await this.database.defer(
      'audit.record',
      'insert into audit_entry (actor, action, subject, request_id, details) values ($1, $2, $3, $4, $5::jsonb)',
      [
        actor.userid,
        action,
        subject,
        requestId ?? this.scope.requestId ?? null,
        details ? JSON.stringify(details) : null,
      ],
    );
  }
}
