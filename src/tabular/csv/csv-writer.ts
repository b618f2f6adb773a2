import { type CastingContext, Stringifier } from 'csv-stringify';
import type { Transform, TransformCallback } from 'node:stream';
import { checkDelimiter } from './csv-reader.js';
import { CsvColumnCountError } from '../tabular.errors.js';

/** A value of a cell. Dates are written as ISO 8601 in UTC, objects and arrays as JSON, null as nothing. */
export type CsvValue = string | number | bigint | boolean | Date | object | null | undefined;

/** The values in the order of the columns, or by the names of the columns. */
export type CsvRow = readonly CsvValue[] | Readonly<Record<string, CsvValue>>;

export interface CsvWriterOptions {
  /** Names of the columns, in the order in which they are written. */
  readonly columns: readonly string[];
  /** Whether the names are written as the first record, true by default. */
  readonly header?: boolean;
  /** One ASCII character; a comma by default. */
  readonly delimiter?: string;
  /**
   * Whether a text that a spreadsheet would run as a formula gets an apostrophe in front: one that begins with
   * `=`, `+`, `-`, `@`, a tab or a carriage return, the names of the columns too. True by default; a number is a
   * number, but a text that looks like one is a text. False only where programs read the file.
   */
  readonly neutralizeFormulas?: boolean;
  /**
   * Indexes of columns whose texts are numbers, such as have more digits than a number of JavaScript: a minus in front of
   * one begins no formula. None by default.
   */
  readonly numeric?: ReadonlySet<number>;
}

/**
 * A stream that takes rows and gives CSV text in UTF-8 with CRLF (RFC 4180). An object gives nothing for a column
 * that it does not have itself; what it has besides the columns is left out.
 * @throws CsvDelimiterError; the stream fails with CsvColumnCountError for an array of another length
 */
export function csvWriter(options: CsvWriterOptions): Transform {
  return new CsvWriter(options);
}

/** What a formula begins with, also in the wide forms that spreadsheets take. */
const NEUTRALIZED = /^'+[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

/** A text of a file that `csvWriter` wrote, without the apostrophe that keeps it from being run as a formula. */
export function withoutNeutralizer(text: string): string {
  return NEUTRALIZED.test(text) ? text.slice(1) : text;
}

/** Without this, a text that has the apostrophe by itself could not be told from one that was given it. */
function escapeApostrophe(text: string): string {
  return NEUTRALIZED.test(text) ? `'${text}` : text;
}

const NEGATIVE = /^-\d+(?:\.\d+)?$/;

/** How texts are written where formulas are to be kept from running. */
function neutralCast(numeric: ReadonlySet<number>) {
  return (text: string, { index, header }: CastingContext) =>
    !header && numeric.has(index) && NEGATIVE.test(text)
      ? { value: text, escape_formulas: false }
      : escapeApostrophe(text);
}

class CsvWriter extends Stringifier {
  readonly #columns: readonly string[];
  #rows = 0;

  constructor(options: CsvWriterOptions) {
    const {
      columns,
      header = true,
      delimiter = ',',
      neutralizeFormulas = true,
      numeric = new Set(),
    } = options;
    checkDelimiter(delimiter);
    super({
      columns: columns.map((name, index) => ({ key: String(index), header: name })),
      header,
      delimiter,
      record_delimiter: '\r\n',
      // A part of CRLF ends a record for readers too.
      quote_record_delimiter: true,
      escape_formulas: neutralizeFormulas,
      // A record of one empty field would else be a blank line, which readers pass over.
      quoted_empty: columns.length === 1,
      cast: {
        boolean: String,
        date: (date) => date.toISOString(),
        ...(neutralizeFormulas && { string: neutralCast(numeric) }),
      },
    });
    this.#columns = columns;
  }

  override _transform(row: CsvRow, encoding: BufferEncoding, callback: TransformCallback): void {
    const columns = this.#columns;
    this.#rows += 1;
    if (!isArray(row)) {
      const values = columns.map((name) => (Object.hasOwn(row, name) ? row[name] : undefined));
      super._transform(values, encoding, callback);
    } else if (row.length === columns.length) {
      super._transform(row, encoding, callback);
    } else {
      callback(new CsvColumnCountError(this.#rows, row.length, columns.length));
    }
  }
}

// Array.isArray does not know a readonly array.
function isArray(row: CsvRow): row is readonly CsvValue[] {
  return Array.isArray(row);
}
