import { isAscii, isUtf8 } from 'node:buffer';
import { type CsvEncoding, type CsvFaultCode, type CsvItem, faultOf } from './csv-item.js';

export interface CsvDialect {
  readonly delimiter: string;
  readonly quoting: 'strict' | 'lenient' | 'none';
  readonly multiline: boolean;
  readonly keepBlankLines: boolean;
  readonly maxRecordBytes: number;
}

/** Bytes that are told of a record that is too large. */
const TOLD_OF_LARGE = 1000;
const LATIN = new TextDecoder('windows-1252');
const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

/** A record or a part of it, and where it ends; undefined: the block ends before it does. */
type Found<T> = { value?: T; fault?: CsvFaultCode; end: number } | undefined;

/** The next place of a byte in a buffer; the positions asked for do not go back, so each byte is looked at once. */
class ByteFinder {
  #found = -1;

  constructor(
    private readonly bytes: Buffer,
    private readonly byte: number,
  ) {}

  /** Index of the byte at or after the position; the length of the buffer if there is none. */
  from(position: number): number {
    if (this.#found < position) {
      const index = this.bytes.indexOf(this.byte, position);
      this.#found = index === -1 ? this.bytes.length : index;
    }
    return this.#found;
  }

  /** Lets the positions go back, this once. */
  restart(): void {
    this.#found = -1;
  }
}

/** Takes the records out of one block of a CSV text. */
export class CsvBlock {
  /** Where the first record not taken yet begins. */
  position = 0;
  /** Whether the line at `position` is longer than a record may be, and does not end in this block. */
  overlong = false;
  readonly #quotes: ByteFinder;
  readonly #lineFeeds: ByteFinder;
  readonly #carriageReturns: ByteFinder;
  readonly #delimiters: ByteFinder;
  readonly #nuls: ByteFinder;
  readonly #delimiter: number;
  /** Up to here the block is known to be UTF-8, and up to there to be ASCII. */
  readonly #validUpTo: number;
  readonly #asciiUpTo: number;

  /**
   * @param bytes the text from the beginning of a record on
   * @param isLast whether the text ends with this block
   * @param line number of the line at `position`
   * @param encoding what the text before it is written in. While that is open, the first record that is not ASCII
   * decides: one that is no UTF-8 makes it Windows-1252, which holds Latin-1.
   */
  constructor(
    private readonly bytes: Buffer,
    private readonly isLast: boolean,
    public line: number,
    private readonly dialect: CsvDialect,
    public encoding: CsvEncoding = 'utf-8',
  ) {
    this.#delimiter = dialect.delimiter.charCodeAt(0);
    this.#quotes = new ByteFinder(bytes, QUOTE);
    this.#lineFeeds = new ByteFinder(bytes, LF);
    this.#carriageReturns = new ByteFinder(bytes, CR);
    this.#delimiters = new ByteFinder(bytes, this.#delimiter);
    this.#nuls = new ByteFinder(bytes, 0);
    // The end of a block may lie inside of a character.
    const end = isLast ? bytes.length : bytes.lastIndexOf(LF) + 1;
    const whole = bytes.subarray(0, end);
    this.#validUpTo = encoding === 'windows-1252' || isUtf8(whole) ? end : 0;
    this.#asciiUpTo = encoding === null && isAscii(whole) ? end : 0;
  }

  /**
   * Takes the records that are whole.
   * @param offset bytes of the source before this block
   */
  take(offset: number): CsvItem[] {
    const { bytes, dialect } = this;
    const items: CsvItem[] = [];
    while (this.position < bytes.length) {
      const start = this.position;
      const lineEnd = this.#lineEnd(start);
      let record = this.#record(start, lineEnd);
      if ((record?.end ?? bytes.length) - start > dialect.maxRecordBytes) {
        record = this.#tooLarge(lineEnd);
        if (!record) this.overlong = true;
      }
      if (!record) break;

      const line = this.line;
      this.position = record.end;
      this.line += this.#countLineBreaks(lineEnd, record.end);
      if (lineEnd === start && !dialect.keepBlankLines) continue;
      if (this.encoding === null && this.#decide(start, record.end)) {
        this.#goBack();
        record = { ...(record.fault ? record : this.#record(start, lineEnd)), end: record.end };
      }
      const fault = record.fault ?? this.#badBytes(start, record.end);
      const place = {
        line,
        nextLine: this.line,
        offset: offset + start,
        endOffset: offset + record.end,
        encoding: this.encoding,
      };
      items.push(
        fault
          ? { ...faultOf(fault), text: this.readable(start, record.end), ...place }
          : { fields: record.value!, ...place },
      );
    }
    return items;
  }

  #record(start: number, lineEnd: number): Found<string[]> {
    if (this.dialect.quoting !== 'none' && this.#quotes.from(start) < lineEnd)
      return this.#quotedRecord(start);
    const end = this.#afterBreak(lineEnd);
    return end === undefined
      ? undefined
      : { value: this.#text(start, lineEnd).split(this.dialect.delimiter), end };
  }

  /** A record with a quote on its first line, field by field. */
  #quotedRecord(start: number): Found<string[]> {
    const value: string[] = [];
    for (let at = start; ; at++) {
      const field = this.bytes[at] === QUOTE ? this.#quotedField(at) : this.#plainField(at);
      if (!field) return undefined;
      at = field.end;
      if (field.fault === undefined) value.push(field.value!);
      else at = this.#lineEnd(at);
      if (this.bytes[at] !== this.#delimiter) {
        const end = this.#afterBreak(at);
        return end === undefined ? undefined : { value, fault: field.fault, end };
      }
    }
  }

  #plainField(start: number): Found<string> {
    const end = this.#fieldEnd(start);
    if (this.dialect.quoting === 'strict' && this.#quotes.from(start) < end) {
      return { fault: 'CSV_QUOTE_INVALID', end };
    }
    return { value: this.#text(start, end), end };
  }

  #quotedField(start: number): Found<string> {
    const { bytes, dialect } = this;
    const isStrict = dialect.quoting === 'strict';
    const limit = dialect.multiline ? bytes.length : this.#lineEnd(start);
    let close = this.#quotes.from(start + 1);
    while (close < limit && bytes[close + 1] === QUOTE) close = this.#quotes.from(close + 2);
    // A quote that ends the block may be the first of a doubled one.
    if (!this.isLast && close + 1 >= bytes.length && limit === bytes.length) return undefined;

    if (close >= limit) {
      if (isStrict || dialect.multiline) return { fault: 'CSV_QUOTE_UNCLOSED', end: limit };
      return { value: this.#unescaped(start + 1, limit), end: limit };
    }
    const value = this.#unescaped(start + 1, close);
    const end = this.#fieldEnd(close + 1);
    if (end === close + 1) return { value, end };
    return isStrict
      ? { fault: 'CSV_QUOTE_INVALID', end }
      : { value: value + this.#text(close + 1, end), end };
  }

  #fieldEnd(position: number): number {
    return Math.min(this.#delimiters.from(position), this.#lineEnd(position));
  }

  #lineEnd(position: number): number {
    return Math.min(this.#lineFeeds.from(position), this.#carriageReturns.from(position));
  }

  /** Where the line after this line break begins; undefined if the block does not show it. */
  #afterBreak(lineEnd: number): number | undefined {
    const { bytes, isLast } = this;
    if (bytes[lineEnd] === LF) return lineEnd + 1;
    if (bytes[lineEnd + 1] === LF) return lineEnd + 2;
    if (lineEnd + 1 < bytes.length) return lineEnd + 1;
    return isLast ? bytes.length : undefined;
  }

  #countLineBreaks(from: number, to: number): number {
    let count = 0;
    for (let at = from; at < to; at++) {
      const byte = this.bytes[at];
      if (byte === LF || (byte === CR && this.bytes[at + 1] !== LF)) count++;
    }
    return count;
  }

  /** Whether this record shows that the text is not UTF-8, so that it must be read anew. */
  #decide(start: number, end: number): boolean {
    if (end <= this.#asciiUpTo) return false;
    const bytes = this.bytes.subarray(start, end);
    if (isAscii(bytes)) return false;
    this.encoding = end <= this.#validUpTo || isUtf8(bytes) ? 'utf-8' : 'windows-1252';
    return this.encoding === 'windows-1252';
  }

  /** Has the places of bytes be looked for again: what is read next lies before some that were found. */
  #goBack(): void {
    for (const finder of [this.#quotes, this.#lineFeeds, this.#carriageReturns, this.#delimiters]) {
      finder.restart();
    }
  }

  /** The first line of a record that is too large; the record may go on until the end of the file by mistake. */
  #tooLarge(lineEnd: number): Found<string[]> {
    this.#goBack();
    const end = this.#afterBreak(lineEnd);
    return end === undefined ? undefined : { fault: 'CSV_RECORD_TOO_LARGE', end };
  }

  #badBytes(start: number, end: number): CsvFaultCode | undefined {
    if (this.#nuls.from(start) < end) return 'CSV_NUL';
    if (this.encoding === 'windows-1252') return undefined;
    if (end > this.#validUpTo && !isUtf8(this.bytes.subarray(start, end))) return 'CSV_NOT_UTF8';
    return undefined;
  }

  #text(start: number, end: number): string {
    if (this.encoding === 'windows-1252') return LATIN.decode(this.bytes.subarray(start, end));
    return this.bytes.toString('utf8', start, end);
  }

  /** A record without its line break, in whichever encoding it is one; the beginning of a large one. */
  readable(start: number, end: number): string {
    const isLarge = end - start > this.dialect.maxRecordBytes;
    let last = isLarge ? start + TOLD_OF_LARGE : end;
    // Not by a pattern: it would look at each line break of a record of many anew.
    while (last > start && [LF, CR].includes(this.bytes[last - 1]!)) last--;
    const bytes = this.bytes.subarray(start, last);
    return isUtf8(bytes) ? bytes.toString() : LATIN.decode(bytes);
  }

  #unescaped(start: number, end: number): string {
    const text = this.#text(start, end);
    return text.includes('"') ? text.replaceAll('""', '"') : text;
  }
}
