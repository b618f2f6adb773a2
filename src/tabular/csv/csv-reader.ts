import { type CsvEncoding, type CsvItem, faultOf } from './csv-item.js';
import { CsvBlock, type CsvDialect } from './csv-records.js';
import { CsvDelimiterError, CsvEncodingError } from '../tabular.errors.js';

/** Bytes read before records are taken out of them; about what a batch of records comes from. */
const BLOCK = 64 * 1024;
const LF = 0x0a;
const CR = 0x0d;
const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const UTF16_MARKS = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

export interface CsvReaderOptions {
  /** One ASCII character; a comma by default. */
  readonly delimiter?: string;
  /**
   * `strict` (default): quotes as in RFC 4180, any other quote is a fault of its record. `lenient`: a quote is
   * special only as the first character of a field and kept anywhere else, as Python's csv module has it: `a"b"` is
   * itself and `"a"b` is `ab`. `none`: a quote is a character like any other.
   */
  readonly quoting?: CsvDialect['quoting'];
  /** Whether a quoted field may go on over several lines, true by default. If not, an open quote ends with its line. */
  readonly multiline?: boolean;
  /** Whether a blank line is a record of one empty field; it is passed over by default. */
  readonly keepBlankLines?: boolean;
  /** Longest record, bytes; 1 MiB by default. A longer one is a fault, and reading goes on with the line after its first. */
  readonly maxRecordBytes?: number;
  /**
   * `utf-8` (default), or `detect`: a text that is no UTF-8 is read as Windows-1252, which holds Latin-1. The first
   * record that is not ASCII decides for the whole text; after it a record that is no UTF-8 is at fault.
   */
  readonly encoding?: 'utf-8' | 'detect';
  /**
   * Where the source begins when it is not at its beginning: `endOffset`, `nextLine` and, if it is detected, `encoding`
   * of the last record read.
   */
  readonly from?: { readonly offset: number; readonly line: number; readonly encoding?: CsvEncoding };
}

/**
 * Reads a delimited text in batches of records, in their order. Lines end in LF, CRLF or CR; a byte order mark
 * is passed over. Records may differ in how many fields they have. A record that cannot be read comes as an item with
 * an `error`, and reading goes on with the line after it.
 * @param source the bytes, from `options.from.offset` on; it is destroyed when the caller stops early
 * @throws CsvEncodingError, CsvDelimiterError, the error of the source
 */
export async function* readCsv(
  source: AsyncIterable<Uint8Array>,
  options: CsvReaderOptions = {},
): AsyncGenerator<CsvItem[], void> {
  const dialect = dialectOf(options);
  let { offset, line } = options.from ?? { offset: 0, line: 1 };
  let encoding = options.encoding === 'detect' ? (options.from?.encoding ?? null) : 'utf-8';
  /** The bytes read after the last record taken, which begins at `offset`. */
  let pending: Buffer = Buffer.alloc(0);

  /** The line that is being passed over, because it is too long to be held. */
  let overlong: { readonly offset: number; readonly line: number; readonly text: string } | undefined;

  const take = (bytes: Buffer, isLast: boolean): CsvItem[] => {
    if (!overlong) return takeRecords(bytes, isLast);
    const end = afterLineBreak(bytes, isLast);
    if (end === undefined) return dropLine(bytes);
    offset += end;
    line += 1;
    const place = { ...overlong, nextLine: line, endOffset: offset, encoding };
    overlong = undefined;
    const items = takeRecords(bytes.subarray(end), isLast);
    return [{ ...faultOf('CSV_RECORD_TOO_LARGE'), ...place }, ...items];
  };

  const takeRecords = (bytes: Buffer, isLast: boolean): CsvItem[] => {
    const mark = offset === 0 ? lengthOfMark(bytes) : 0;
    if (mark > 0) encoding = 'utf-8';
    const block = new CsvBlock(bytes.subarray(mark), isLast, line, dialect, encoding);
    const items = block.take(offset + mark);
    pending = bytes.subarray(mark + block.position);
    offset += mark + block.position;
    ({ line, encoding } = block);
    if (block.overlong) {
      overlong = { offset, line, text: block.readable(block.position, bytes.length) };
      dropLine(pending);
    }
    return items;
  };

  /** Forgets bytes of a line that is passed over, but not what may be the first half of a line break. */
  const dropLine = (bytes: Buffer): CsvItem[] => {
    pending = bytes.subarray(bytes.at(-1) === CR ? -1 : bytes.length);
    offset += bytes.length - pending.length;
    return [];
  };

  let gathered: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += BLOCK) {
      const piece = chunk.subarray(at, at + BLOCK);
      gathered.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
      size += piece.length;
      // A long record is begun anew with each block, so the blocks grow with it.
      if (size < Math.max(BLOCK, pending.length)) continue;
      const items = take(Buffer.concat([pending, ...gathered]), false);
      gathered = [];
      size = 0;
      if (items.length > 0) yield items;
    }
  }
  const items = take(Buffer.concat([pending, ...gathered]), true);
  if (items.length > 0) yield items;
}

/** Where the line after the first line break begins; undefined if the bytes do not show it. */
function afterLineBreak(bytes: Buffer, isLast: boolean): number | undefined {
  const [lf, cr] = [bytes.indexOf(LF), bytes.indexOf(CR)];
  if (cr === -1 || (lf !== -1 && lf < cr)) return lf === -1 ? (isLast ? bytes.length : undefined) : lf + 1;
  if (cr + 1 === bytes.length && !isLast) return undefined;
  return bytes[cr + 1] === LF ? cr + 2 : cr + 1;
}

function dialectOf(options: CsvReaderOptions): CsvDialect {
  const delimiter = options.delimiter ?? ',';
  checkDelimiter(delimiter);
  return {
    delimiter,
    quoting: options.quoting ?? 'strict',
    multiline: options.multiline ?? true,
    keepBlankLines: options.keepBlankLines ?? false,
    maxRecordBytes: options.maxRecordBytes ?? 1024 * 1024,
  };
}

/** @throws CsvDelimiterError unless it is one ASCII character that means nothing else in a CSV text */
export function checkDelimiter(delimiter: string): void {
  const code = delimiter.length === 1 ? delimiter.charCodeAt(0) : 0;
  if (code < 1 || code > 0x7f || ['"', '\r', '\n'].includes(delimiter)) throw new CsvDelimiterError();
}

function lengthOfMark(bytes: Buffer): number {
  if (UTF16_MARKS.some((mark) => bytes.subarray(0, 2).equals(mark))) throw new CsvEncodingError();
  return bytes.subarray(0, 3).equals(UTF8_MARK) ? 3 : 0;
}
