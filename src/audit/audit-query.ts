import { AuditTimeError } from './audit.errors.js';
import type { AuditQueryDto } from './dto/audit-entry.dto.js';

/** Where an entry stands in the order of the log. */
export interface AuditPlace {
  /** As the database writes times. */
  readonly at: string;
  readonly id: string;
}

/** What is asked of the log, with the entries that a page begins or ends at looked up. */
export interface AuditSearch {
  readonly query: AuditQueryDto;
  /** The actions that a pattern with a star stands for, one at least. */
  readonly actions?: readonly string[];
  readonly before?: AuditPlace;
  readonly after?: AuditPlace;
}

/** SQL with `$1` parameters. */
export interface AuditStatement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

const COLUMNS = `id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, actor, action, subject, request_id as "requestId", details`;

/**
 * The actions that there are: each is looked up in the index behind the one before, which takes as many steps as there
 * are actions, however long the log is.
 */
export const ACTIONS = `
  with recursive known as (
    (select action from audit_entry order by action limit 1)
    union all
    select (select e.action from audit_entry e where e.action > known.action order by e.action limit 1)
    from known where known.action is not null)
  select action from known where starts_with(action, $1)`;

/**
 * The statement of a page. Every index on the entries is in the order of the log, so any of them gives the page without
 * sorting. Where the action is a pattern, each action gives a page of its own, and the page is the newest of those.
 */
export function auditStatement({ query, actions, before, after }: AuditSearch): AuditStatement {
  const values: unknown[] = [];
  const bind = (value: unknown, type: string) => `$${values.push(value)}::${type}`;
  const where: string[] = [];
  const equals = (column: string, value: string | undefined) => {
    if (value !== undefined) where.push(`${column} = ${bind(value, 'text')}`);
  };
  equals('actor', query.actor);
  equals('subject', query.subject);
  equals('request_id', query.request);
  if (!actions) equals('action', query.action);
  if (query.from !== undefined) where.push(`at >= ${bind(timeOf('from', query.from), 'timestamptz')}`);
  if (query.to !== undefined) where.push(`at < ${bind(timeOf('to', query.to), 'timestamptz')}`);
  const place = ({ at, id }: AuditPlace) => `(${bind(at, 'timestamptz')}, ${bind(id, 'bigint')})`;
  if (before) where.push(`(at, id) < ${place(before)}`);
  if (after) where.push(`(at, id) > ${place(after)}`);

  // Behind `after` the entries next to it are wanted, not the newest.
  const direction = after && !before ? 'asc' : 'desc';
  const end = `order by at ${direction}, id ${direction} limit ${bind(query.limit, 'int')}`;
  const pageWhere = (conditions: readonly string[]) =>
    `select * from audit_entry ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''} ${end}`;
  const pages = (actions ?? []).map(
    (action) => `(${pageWhere([...where, `action = ${bind(action, 'text')}`])})`,
  );
  const page = actions ? `select * from (${pages.join(' union all ')}) as pages ${end}` : pageWhere(where);
  return { sql: `select ${COLUMNS} from (${page}) as e order by e.at desc, e.id desc`, values };
}

/** The time as the database takes it. Throws `AuditTimeError` where the calendar or the clock has none such. */
function timeOf(name: string, text: string): string {
  const time = new Date(text);
  const day = text.slice(0, 10);
  // The clock rolls 31 February over to March.
  if (Number.isNaN(time.getTime()) || new Date(day).toISOString().slice(0, 10) !== day)
    throw new AuditTimeError(name);
  return time.toISOString();
}
