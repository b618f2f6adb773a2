import { Injectable } from '@nestjs/common';
import type { Actor } from '../platform/access/actor.js';
import { Database } from '../platform/database/database.js';
import { RequestScope } from './request-scope.js';

/** What somebody did. */
export interface AuditRecord {
  readonly actor: Pick<Actor, 'userid'>;
  /** `noun.verb`, e.g. `role.grant`. */
  readonly action: string;
  /** What it was done to, as `kind:id`, e.g. `user:7`. */
  readonly subject: string;
  /** The rest that one wants to know later. Never a secret: nothing is ever removed from the log. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The request behind it; not needed while one is being served. */
  readonly requestId?: string;
}

/** The log of what people did. Entries are only ever added. */
@Injectable()
export class AuditLog {
  constructor(
    private readonly database: Database,
    private readonly scope: RequestScope,
  ) {}

  /** Adds an entry, within the transaction under way: it is kept exactly if the deed is. */
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
