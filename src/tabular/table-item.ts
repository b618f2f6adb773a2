/** One record of a table: the texts of its cells, in the order of the columns, as many as it has. */
export interface TableRecord {
  /** Line of a CSV file or number of the row in a sheet, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
  readonly error?: undefined;
}

/** A record that cannot be read; reading goes on after it. */
export interface TableFault {
  readonly line: number;
  readonly error: { readonly code: string; readonly message: string };
  /** What stands there, as far as it can be read. */
  readonly text: string;
  readonly fields?: undefined;
}

/** What the readers of all formats give, in batches. The reader of CSV files adds where in the file a record lies. */
export type TableItem = TableRecord | TableFault;
