import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { CellValue } from '../../tabular/index.js';
import { type DataTable, inDataSchema, quoted, ROW_ID } from './data-table.js';

/** A row of a table, its values in the order of the columns as Table Schema writes them. */
export interface TableRow {
  readonly id: number;
  readonly values: readonly CellValue[];
}

/** Which rows are wanted, besides those after some number. */
export interface RowCondition {
  /** SQL whose parameters begin with `$3`. */
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Reads the tables that hold the rows of packages. */
@Injectable()
export class TableRows {
  constructor(private readonly database: Database) {}

  /** The next rows after the one of this number, in the order of the file. */
  async after(table: DataTable, id: number, limit: number, where?: RowCondition): Promise<TableRow[]> {
    const values = table.columns.map(({ name, type }, index) => `${textOf(quoted(name), type)} as c${index}`);
    const rows = await this.database.query<Record<string, CellValue> & { id: number }>(
      `select ${[`${ROW_ID}::float8 as id`, ...values].join(', ')} from ${inDataSchema(table.name)}
       where ${ROW_ID} > $1 and ${where?.sql ?? 'true'} order by ${ROW_ID} limit $2`,
      [id, limit, ...(where?.parameters ?? [])],
    );
    const names = table.columns.map((_, index) => `c${index}`);
    return rows.map((row) => ({ id: row.id, values: names.map((name) => row[name]!) }));
  }
}

/** Moments are kept in UTC, without saying so. */
function textOf(column: string, type: string): string {
  return type === 'datetime' ? `replace(${column}::text, ' ', 'T') || 'Z'` : `${column}::text`;
}
