import { Injectable } from '@nestjs/common';
import { databaseErrorCode } from '../../platform/database/database-errors.js';
import { Database } from '../../platform/database/database.js';
import type { CellValue } from '../../tabular/index.js';
import { inDataSchema, quoted, ROW_ID } from './data-table.js';
import type { PackageTable } from './package-table.entity.js';
import { RowsTooSlowError } from './tables.errors.js';

/** A row of a table, its values in the order of the columns as Table Schema writes them. */
export interface TableRow {
  readonly id: number;
  readonly values: readonly CellValue[];
}

/** Which rows are wanted, besides those after some number. */
export interface RowCondition {
  /** SQL whose parameters begin with `$4`. */
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Some rows, which may be none, and after which number to go on; null at the end of the table. */
export interface RowPortion {
  readonly rows: readonly TableRow[];
  readonly next: number | null;
}

export interface PortionOptions {
  /** Most rows of a portion. */
  readonly limit?: number;
  readonly where?: RowCondition | undefined;
  readonly signal?: AbortSignal;
}

/** Characters of rows that are held in memory at once, roughly: one row may have a million. */
const CHARACTERS = 8_000_000;
/** Rows of a stream that are read at once. */
const STREAMED = 2_000;
/** Characters that a value takes besides itself. */
const AROUND_VALUE = 10;
/** Rows among which those are looked for that fulfil a condition: at first, and where that takes too long. */
const [LOOKED_THROUGH, FEWEST] = [20_000, 100];
/** What may be looked through grows while that takes less than the one, and shrinks where it takes more than the other. */
const [QUICK_MS, TIMEOUT_MS] = [100, 2_000];
/** How long a page may take; then it is shorter. */
const PAGE_MS = 2_000;
const STATEMENT_TIMED_OUT = '57014';

/**
 * Reads the tables that hold the rows of packages, whoever asks: so it never holds much of a table in memory, and never
 * keeps the database at one statement for long. A condition is looked for part by part of the table.
 */
@Injectable()
export class TableRows {
  constructor(private readonly database: Database) {}

  /**
   * The next rows after the one of this number, in the order of the file; fewer than `limit` where rows are long or
   * the wanted ones are far between.
   */
  async page(table: PackageTable, after: number, limit: number, where?: RowCondition): Promise<RowPortion> {
    const wanted = rowsAtOnce(table, limit);
    const until = performance.now() + PAGE_MS;
    const rows: TableRow[] = [];
    let next: number | null = null;
    for await (const portion of this.portions(table, after, { limit: wanted, where })) {
      const taken = portion.rows.slice(0, wanted - rows.length);
      rows.push(...taken);
      next = taken.length < portion.rows.length ? taken.at(-1)!.id : portion.next;
      if (rows.length === wanted || performance.now() > until) break;
    }
    return { rows, next };
  }

  /** All rows after the one of this number, in the order of the file, portion by portion, until nobody wants them. */
  async *portions(
    table: PackageTable,
    after: number,
    { limit = STREAMED, where, signal }: PortionOptions,
  ): AsyncGenerator<RowPortion> {
    const most = rowsAtOnce(table, limit);
    let through = where ? LOOKED_THROUGH : table.rows;
    for (let last = after; last < table.rows && !signal?.aborted;) {
      const end = Math.min(last + through, table.rows);
      const begun = performance.now();
      const rows = await this.between(table, last, end, most, where);
      if (!rows) {
        through = Math.ceil((end - last) / 10);
        if (through < FEWEST) throw new RowsTooSlowError();
        continue;
      }
      last = rows.length === most ? rows.at(-1)!.id : end;
      yield { rows, next: last < table.rows ? last : null };
      if (performance.now() - begun < QUICK_MS) through *= 4;
    }
  }

  /** The first rows after one number up to another one; undefined where that takes too long. */
  private async between(
    table: PackageTable,
    after: number,
    end: number,
    limit: number,
    where: RowCondition | undefined,
  ): Promise<TableRow[] | undefined> {
    const values = table.columns.map(({ name, type }, index) => `${textOf(quoted(name), type)} as c${index}`);
    const sql = `select ${[`${ROW_ID}::float8 as id`, ...values].join(', ')} from ${inDataSchema(table.name)}
       where ${ROW_ID} > $1 and ${ROW_ID} <= $2 and ${where?.sql ?? 'true'} order by ${ROW_ID} limit $3`;
    const parameters = [after, end, limit, ...(where?.parameters ?? [])];
    const rows = where ? await this.queryInTime(sql, parameters) : await this.query(sql, parameters);
    const names = table.columns.map((_, index) => `c${index}`);
    return rows?.map((row) => ({ id: row.id, values: names.map((name) => row[name]!) }));
  }

  private async queryInTime(sql: string, parameters: readonly unknown[]): Promise<Row[] | undefined> {
    try {
      return await this.database.transaction(async () => {
        await this.database.query(`set local statement_timeout = ${TIMEOUT_MS}`);
        return this.query(sql, parameters);
      });
    } catch (error) {
      if (databaseErrorCode(error) !== STATEMENT_TIMED_OUT) throw error;
      return undefined;
    }
  }

  private query(sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    return this.database.query<Row>(sql, parameters);
  }
}

type Row = Record<string, CellValue> & { id: number };

/** How many rows may be held at once: each may be as long as the longest, and has all names beside it in JSON. */
function rowsAtOnce({ widestRow, columns }: PackageTable, wanted: number): number {
  const around = columns.reduce((sum, { field }) => sum + field.length + AROUND_VALUE, AROUND_VALUE);
  return Math.max(1, Math.min(wanted, Math.floor(CHARACTERS / (widestRow + around))));
}

/** Moments are kept in UTC, without saying so. */
function textOf(column: string, type: string): string {
  return type === 'datetime' ? `replace(${column}::text, ' ', 'T') || 'Z'` : `${column}::text`;
}
