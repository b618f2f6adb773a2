import { type CsvEncoding, type CsvFault, type CsvReaderOptions, readCsv } from '../../tabular/index.js';
import {
  COLUMNS,
  type Column,
  type ColumnMap,
  type Delimiter,
  DELIMITERS,
  type Dialect,
} from '../order-columns.js';
import { OrderHeaderError, OrderHeaderUnreadableError } from '../orders.errors.js';

/** What a file begins with. */
export interface FileHead {
  readonly dialect: Dialect;
  /** Bytes of it. */
  readonly offset: number;
  /** Number of the line after it, from 1. */
  readonly line: number;
  readonly encoding: CsvEncoding;
}

/** The columns that a list of rejected lines has besides those of an order. */
export const MEND_COLUMNS = {
  line: 'rejected_line',
  column: 'rejected_column',
  reason: 'rejected_reason',
  rest: 'rejected_rest',
} as const;

/** Where the first line of a file must end, bytes. */
export const MAX_HEADER = 64 * 1024;

/**
 * How the CSV reader is to take a file of this delimiter. `|` is the original's form: there a comma separates too, and
 * a quote is special only after one. The others are RFC 4180. No value of an order goes on over a line's end.
 */
export function csvOptions(delimiter: Delimiter): CsvReaderOptions {
  const common = { multiline: false, encoding: 'detect' } as const;
  return delimiter === '|' ? { ...common, quoting: 'lenient' } : { ...common, quoting: 'strict', delimiter };
}

/**
 * Reads the header of a file. Of the delimiters that counts by which most columns are found. Names may come in any
 * order and case, with spaces, hyphens or underscores. A file without a line has no head.
 * @param head the first bytes of the file, `MAX_HEADER` if it has as many
 * @param map what names of this file mean, where they are not ours
 * @throws OrderHeaderError when a column is unknown, missing or named twice, OrderHeaderUnreadableError where it is
 * no line of text or not within `MAX_HEADER` bytes
 */
export async function readHead(head: Buffer, map: ColumnMap = {}): Promise<FileHead | undefined> {
  const readings = await Promise.all(DELIMITERS.map((delimiter) => readWith(delimiter, head, map)));
  const first = readings[0];
  if (first === undefined) {
    // Where blank lines go on for longer than is looked at, nobody knows that the file has no others.
    if (head.length < MAX_HEADER) return undefined;
    throw unreadable(`There is none within ${MAX_HEADER} bytes, only blank lines.`, 'header_blank_msg');
  }
  const best = readings.reduce((a, b) => (known(b!) > known(a!) ? b : a))!;
  if (best.error !== undefined) throw unreadable(best.error.message, best.error.code);
  if (best.endOffset > MAX_HEADER - 1) {
    throw unreadable(
      `It is longer than ${MAX_HEADER} bytes. Is this a file of orders?`,
      'header_too_long_msg',
    );
  }
  const { names, columns, delimiter, endOffset: offset, nextLine: line, encoding } = best;
  return { dialect: dialectOf(names, columns, delimiter), offset, line, encoding };
}

function unreadable(why: string, message: string): OrderHeaderUnreadableError {
  return new OrderHeaderUnreadableError(why, `orders.${message}`, MAX_HEADER);
}

type Meaning = Column | keyof typeof MEND_COLUMNS | null | undefined;

interface Reading {
  readonly delimiter: Delimiter;
  readonly names: readonly string[];
  /** What each name means; undefined: nobody knows. */
  readonly columns: readonly Meaning[];
  readonly error?: CsvFault['error'] | undefined;
  readonly endOffset: number;
  readonly nextLine: number;
  readonly encoding: CsvEncoding;
}

async function readWith(delimiter: Delimiter, head: Buffer, map: ColumnMap): Promise<Reading | undefined> {
  const mapped = new Map(Object.entries(map).map(([name, column]) => [normalized(name), column]));
  const options = { ...csvOptions(delimiter), maxRecordBytes: MAX_HEADER };
  for await (const [item] of readCsv(sourceOf(head), options)) {
    const { fields = [''], error, ...place } = item!;
    // In the original's form the header ends at the first comma.
    const names = delimiter === '|' ? fields[0]!.split('|') : fields;
    const columns = names.map((name) => meaning(normalized(name), mapped));
    return { ...place, delimiter, names, columns, error };
  }
  return undefined;
}

async function* sourceOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function known({ columns }: Reading): number {
  return columns.filter((column) => column !== undefined).length;
}

function meaning(name: string, mapped: ReadonlyMap<string, Column | null>): Meaning {
  if (mapped.has(name)) return mapped.get(name);
  const column = COLUMNS.find((column) => column === name);
  return column ?? MEND_NAMES.get(name);
}

const MEND_NAMES = new Map(
  Object.entries(MEND_COLUMNS).map(([key, name]) => [normalized(name), key as keyof typeof MEND_COLUMNS]),
);

/** A heading as it is compared: without case, spaces, hyphens and underscores. */
export function normalized(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, '');
}

function dialectOf(names: readonly string[], columns: readonly Meaning[], delimiter: Delimiter): Dialect {
  const unknown = names.filter((_, index) => columns[index] === undefined).map((name) => name.trim());
  const missing = COLUMNS.filter((column) => !columns.includes(column));
  const repeated = COLUMNS.filter((column) => columns.indexOf(column) !== columns.lastIndexOf(column));
  if (unknown.length + missing.length + repeated.length > 0) {
    throw new OrderHeaderError(COLUMNS.join('|'), { unknown, missing, repeated });
  }
  const layout = Object.fromEntries(COLUMNS.map((column) => [column, columns.indexOf(column)]));
  return {
    delimiter,
    width: names.length,
    layout: layout as Record<Column, number>,
    ...(columns.includes('line') && { mended: { rest: columns.indexOf('rest') } }),
  };
}
