import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { RejectedLine } from './order-file.js';
import { MAX_KEPT_VALUE } from './order-import-error.entity.js';
import type { ImportCounts } from './order-import-options.js';

/** A rejected line as it is kept. */
export interface KeptLine {
  readonly line: number;
  /** Bytes of the stored file before it. */
  readonly offset: number;
  readonly column: string | null;
  readonly value: string | null;
  readonly code: string;
  readonly params: Readonly<Record<string, string | number>> | null;
}

const INSERT_ERRORS = `
  insert into order_import_error (import_id, line, byte_offset, "column", value, code, params)
  select $1, line, byte_offset, name, value, code, params::jsonb
  from unnest($2::int[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[])
    as error (line, byte_offset, name, value, code, params)
  on conflict do nothing`;

// As a double, which holds the size of any file: the driver gives a bigint as text.
const LIST_ERRORS = `
  select line, byte_offset::float8 as "offset", "column", value, code, params from order_import_error
  where import_id = $1 and line > $2::bigint order by line limit $3`;

/** Rows that are removed at once. */
const PORTION = 10_000;
const FORGET_SEEN = `
  delete from order_import_seen where (import_id, order_id) in
    (select import_id, order_id from order_import_seen where import_id = $1 limit $2)`;
const FORGET_HELD = `
  delete from order_import_held where (import_id, line) in
    (select import_id, line from order_import_held where import_id = $1 limit $2)`;
const UNFINISHED = `
  select id, job_id as "jobId" from order_import
  where exists (select from order_import_seen where import_id = order_import.id)
    or exists (select from order_import_held where import_id = order_import.id)`;

/** What is kept of imports: their rejected lines and their counts. */
@Injectable()
export class OrderImportRepository {
  constructor(private readonly database: Database) {}

  /** Rejected lines of an import in the order of the file, at most `limit` of those after a line. */
  async listErrors(importId: string, after: number, limit: number): Promise<KeptLine[]> {
    return this.database.query<KeptLine>(LIST_ERRORS, [importId, after, limit]);
  }

  /** Stores rejected lines of an import, their values cut to what is kept. */
  async insertErrors(importId: string, lines: readonly RejectedLine[]): Promise<void> {
    if (lines.length === 0) return;
    await this.database.execute(INSERT_ERRORS, [
      importId,
      lines.map(({ line }) => line),
      lines.map(({ offset }) => offset),
      lines.map(({ column }) => column),
      lines.map(({ value }) => (value === null ? null : cut(value))),
      lines.map(({ code }) => code),
      lines.map(({ params }) => (params ? JSON.stringify(params) : null)),
    ]);
  }

  /** Keeps what an import has done so far, by which rules, beside the file: for longer than the job is kept. */
  async saveCounts(importId: string, counts: ImportCounts, rulesVersion: number): Promise<void> {
    await this.database.execute('update order_import set counts = $2, rules_version = $3 where id = $1', [
      importId,
      JSON.stringify(counts),
      rulesVersion,
    ]);
  }

  /** Notes that all of a file is imported. */
  async finish(importId: string): Promise<void> {
    await this.database.execute('update order_import set ended_at = now() where id = $1', [importId]);
  }

  /**
   * Removes some of what an import keeps only while it runs, and returns whether there may be more. In portions, so that
   * no transaction is long.
   */
  async forgetSome(importId: string): Promise<boolean> {
    const seen = await this.database.execute(FORGET_SEEN, [importId, PORTION]);
    const held = await this.database.execute(FORGET_HELD, [importId, PORTION]);
    return Math.max(seen, held) === PORTION;
  }

  /** Imports that have not ended and still keep something that is needed only while they run, with their jobs. */
  async findUnfinished(): Promise<{ id: string; jobId: string }[]> {
    return this.database.query<{ id: string; jobId: string }>(UNFINISHED);
  }
}

/** The beginning of a text, not cut within a character. */
function cut(text: string): string {
  const short = text.slice(0, MAX_KEPT_VALUE);
  return /[\ud800-\udbff]$/.test(short) ? short.slice(0, -1) : short;
}
