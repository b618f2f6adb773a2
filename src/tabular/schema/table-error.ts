import { shown } from '../problem.js';

/** What is wrong with a table. The codes are those of goodtables, which reports of data packages use. */
export type TableErrorCode =
  | 'type-or-format-error'
  | 'required-constraint'
  | 'unique-constraint'
  | 'minimum-constraint'
  | 'maximum-constraint'
  | 'minimum-length-constraint'
  | 'maximum-length-constraint'
  | 'pattern-constraint'
  | 'enumerable-constraint'
  | 'missing-value'
  | 'extra-value'
  | 'missing-header'
  | 'extra-header'
  | 'duplicate-header'
  | 'blank-header'
  | 'source-error';

/** One fault in a table: where it is, what stands there, and a sentence that says what to do. */
export interface TableError {
  readonly code: TableErrorCode;
  /** Line of the file or number of the row; null where the table as a whole is at fault. */
  readonly row: number | null;
  /** Number of the column in the file, from 1. */
  readonly column: number | null;
  readonly field: string | null;
  /** The beginning of what stands there, safe to be shown. */
  readonly value: string | null;
  readonly message: string;
}

/** The first errors of a table, and how many there are in all. */
export class TableErrors {
  readonly list: TableError[] = [];
  total = 0;

  /** @param limit how many are kept */
  constructor(private readonly limit = 100) {}

  /** Counts an error and keeps it while there is room. */
  add(error: TableError): void {
    this.total += 1;
    if (this.list.length < this.limit) this.list.push(error);
  }

  /** Counts an error of a cell; it is only put into words while there is room for it. */
  addCell(
    code: TableErrorCode,
    place: { row: number; column: number; field: string; text: string },
    say: () => string,
  ): void {
    this.total += 1;
    if (this.list.length >= this.limit) return;
    const { row, column, field, text } = place;
    const value = shown(text);
    const message = `Row ${row}, column "${shown(field)}": '${value}' ${say()}`;
    this.list.push({ code, row, column, field, value, message });
  }
}
