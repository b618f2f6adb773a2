import { Injectable } from '@nestjs/common';
import { JobsService } from '../../jobs/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import type { ImportHistoryItemDto } from './dto/order-import.dto.js';
import { type ImportCounts, NO_COUNTS } from './order-import-options.js';
import { type ImportQuery, parseHistoryPage } from './order-import-query.js';
import { STATUS_OF_STATE } from '../order-job-status.js';
import { OrderRulesService } from '../rules/order-rules.service.js';
import { OrdersConfig } from '../orders.config.js';
import type { Parameters } from '../query-reader.js';

/** A page of the imports there were. */
export interface ImportHistoryPage {
  readonly imports: ImportHistoryItemDto[];
  /** Query of the page after it; absent where the page is not full. */
  readonly next?: string;
}

interface ImportRow {
  readonly id: string;
  readonly owner: string;
  readonly file_name: string;
  readonly size: number;
  readonly sha256: string;
  readonly job_id: string;
  readonly dry_run: boolean;
  readonly on_duplicate: ImportHistoryItemDto['on_duplicate'];
  readonly rules_version: number | null;
  readonly counts: ImportCounts | null;
  readonly ended_at: string | null;
  readonly created_at: string;
}

// Ids grow with time. A size as a double: the driver gives a bigint as text.
const LIST = `
  select id, owner, file_name, size::float8 as size, sha256, job_id, dry_run, on_duplicate, rules_version, counts,
    ended_at, created_at
  from order_import where ($1::text is null or owner = $1) and ($2::uuid is null or id < $2)
  order by id desc limit $3`;

const LATEST = `
  select job_id from
    (select * from order_import where owner = $1 and not dry_run order by id desc limit 1) as latest
  where sha256 = $2 and on_duplicate = $3 and header_map = $4::jsonb and coalesce(rules_version, $5) = $5`;

/** Which files were imported, by whom and with what outcome. */
@Injectable()
export class ImportHistory {
  constructor(
    private readonly database: Database,
    private readonly jobs: JobsService,
    private readonly rules: OrderRulesService,
    private readonly config: OrdersConfig,
  ) {}

  /**
   * The actor's imports, newest first; everybody's for who may see all jobs.
   * @param parameters those of the address; `limit` and `after` count
   * @throws OrderQueryError if a parameter is not valid
   */
  async list(actor: Actor, parameters: Parameters): Promise<ImportHistoryPage> {
    const { limit, after } = parseHistoryPage(parameters, this.config.ORDERS_MAX_PAGE);
    const owner = actor.may('jobs.all') ? null : actor.userid;
    const rows = await this.database.query<ImportRow>(LIST, [owner, after ?? null, limit]);
    const states = await this.jobs.statesOf(rows.map(({ job_id }) => job_id));
    const imports = rows.map((row) => {
      const state = states.get(row.job_id);
      // Jobs are not kept for ever: what was not imported whole by then never will be.
      const status = state ? STATUS_OF_STATE[state] : row.ended_at ? 'SUCCESS' : 'FAILURE';
      return itemOf(row, status);
    });
    return rows.length === limit ? { imports, next: `limit=${limit}&after=${rows.at(-1)!.id}` } : { imports };
  }

  /**
   * The job of the owner's last import, if it was of this file, in this way and by the rules that hold, and has not
   * failed. Holds up other imports of the owner until the end of the transaction.
   */
  async findLatest(owner: string, sha256: string, query: ImportQuery): Promise<string | undefined> {
    await this.database.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `order_import:${owner}`,
    ]);
    if (query.dryRun || query.again) return undefined;
    const { version } = await this.rules.current();
    const [latest] = await this.database.query<{ job_id: string }>(LATEST, [
      owner,
      sha256,
      query.onDuplicate,
      JSON.stringify(query.map),
      version,
    ]);
    if (!latest) return undefined;
    const state = (await this.jobs.statesOf([latest.job_id])).get(latest.job_id);
    return state === undefined || STATUS_OF_STATE[state] === 'FAILURE' ? undefined : latest.job_id;
  }
}

function itemOf(row: ImportRow, status: ImportHistoryItemDto['status']): ImportHistoryItemDto {
  const counts = { ...NO_COUNTS, ...row.counts };
  return {
    task_id: row.job_id,
    status,
    file_name: row.file_name,
    size: row.size,
    sha256: row.sha256,
    owner: row.owner,
    created_at: new Date(row.created_at).toISOString(),
    ended_at: row.ended_at === null ? null : new Date(row.ended_at).toISOString(),
    dry_run: row.dry_run,
    on_duplicate: row.on_duplicate,
    rules_version: row.rules_version,
    ...counts,
    invalid: counts.imported + counts.updated - counts.valid,
  };
}
