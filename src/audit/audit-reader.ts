import { Injectable } from '@nestjs/common';
import type { Actor } from '../platform/access/actor.js';
import { Database } from '../platform/database/database.js';
import { ACTIONS, type AuditPlace, auditStatement } from './audit-query.js';
import { AuditEntryNotFoundError } from './audit.errors.js';
import type { AuditEntryDto, AuditPageDto, AuditQueryDto } from './dto/audit-entry.dto.js';

type EntryRow = Omit<AuditEntryDto, 'id'> & { readonly id: string };

/** The audit log as those read it who may. */
@Injectable()
export class AuditReader {
  constructor(private readonly database: Database) {}

  /**
   * A page of the log, newest first. Throws `AuditEntryNotFoundError` where `before` or `after` is no entry, and
   * `AuditTimeError`.
   */
  async list(actor: Actor, query: AuditQueryDto): Promise<AuditPageDto> {
    actor.require('audit.read');
    const { before, after, action, limit } = query;
    const actions = action?.endsWith('*') ? await this.actionsLike(action.slice(0, -1)) : undefined;
    if (actions?.length === 0) return { entries: [], next: null };
    const { sql, values } = auditStatement({
      query,
      ...(actions && { actions }),
      ...(before !== undefined && { before: await this.placeOf(before) }),
      ...(after !== undefined && { after: await this.placeOf(after) }),
    });
    const rows = await this.database.query<EntryRow>(sql, values);
    const entries = rows.map((row) => ({ ...row, id: Number(row.id) }));
    return { entries, next: entries.length === limit ? entries.at(-1)!.id : null };
  }

  private async actionsLike(start: string): Promise<string[]> {
    return (await this.database.query<{ action: string }>(ACTIONS, [start])).map(({ action }) => action);
  }

  private async placeOf(id: string): Promise<AuditPlace> {
    const [place] = await this.database.query<AuditPlace>(
      `select id::text, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at from audit_entry where id = $1`,
      [id],
    );
    if (!place) throw new AuditEntryNotFoundError(id);
    return place;
  }
}
