import { XlsxError } from './xlsx.errors.js';
import type { XmlHandler } from './xml-reader.js';

/** Texts in all, bytes. They have to be held, since the cells ask for them in any order. */
const MAX_BYTES = 128 * 1024 * 1024;
/** More than a sheet has rows, four times. */
const MAX_COUNT = 4_000_000;
const PAGE = 4 * 1024 * 1024;
/** Longest text of a cell, characters, as spreadsheet programs have it. */
const MAX_TEXT = 32_767;
/** As it is written it may be longer: `_x000D_` is one character. */
const MAX_WRITTEN = 7 * MAX_TEXT;

/** The texts that cells refer to by number. They are held outside of the heap, so that a limit in bytes is one. */
export class SharedStrings {
  readonly #pages: Buffer[] = [];
  readonly #places: number[] = [];
  #used = PAGE;

  /** Remembers the next text. */
  add(text: string): void {
    const length = Buffer.byteLength(text);
    if (this.#used + length + 4 > PAGE) {
      if (this.#pages.length * PAGE >= MAX_BYTES) {
        throw XlsxError.tooLarge(`its texts have more than ${MAX_BYTES / 1024 / 1024} MiB`);
      }
      this.#pages.push(Buffer.allocUnsafeSlow(PAGE));
      this.#used = 0;
    }
    if (this.#places.length >= MAX_COUNT) throw XlsxError.tooLarge(`it has more than ${MAX_COUNT} texts`);
    const page = this.#pages.at(-1)!;
    this.#places.push((this.#pages.length - 1) * PAGE + this.#used);
    page.writeUInt32LE(length, this.#used);
    page.write(text, this.#used + 4);
    this.#used += length + 4;
  }

  /** The text of a number; undefined where there is none. */
  get(index: number): string | undefined {
    const place = this.#places[index];
    if (place === undefined) return undefined;
    const page = this.#pages[Math.floor(place / PAGE)]!;
    const start = (place % PAGE) + 4;
    return page.toString('utf8', start, start + page.readUInt32LE(start - 4));
  }
}

/** Collects the texts of `t` elements, those of rich text one after the other; how Japanese is spoken is left out. */
export class TextCollector {
  #text = '';
  #isOpen = false;
  #phonetic = 0;

  /** Begins anew. */
  clear(): void {
    this.#text = '';
  }

  get value(): string {
    return unescaped(this.#text);
  }

  open(name: string): void {
    if (name === 'rPh') this.#phonetic += 1;
    this.#isOpen = name === 't' && this.#phonetic === 0;
  }

  text(text: string): void {
    if (this.#isOpen) this.#text = joined(this.#text, text);
  }

  close(name: string): void {
    if (name === 'rPh') this.#phonetic -= 1;
    this.#isOpen = false;
  }
}

/** What reads the part with the shared texts. */
export function sharedStringsHandler(strings: SharedStrings): XmlHandler {
  const collector = new TextCollector();
  return {
    open(name) {
      if (name === 'si') collector.clear();
      collector.open(name);
    },
    text: (text) => collector.text(text),
    close(name) {
      collector.close(name);
      if (name === 'si') strings.add(collector.value);
    },
  };
}

/**
 * A text and the next piece of it: any number of them may make one text.
 * @throws XlsxError as soon as it is too long for a cell
 */
export function joined(text: string, piece: string): string {
  if (text.length + piece.length > MAX_WRITTEN) throw tooLong();
  return text + piece;
}

function tooLong(): XlsxError {
  return XlsxError.tooLarge(`it has a cell with more than ${MAX_TEXT} characters`);
}

const ESCAPE = /_x([\dA-Fa-f]{4})_/g;

/**
 * Characters that XML does not have are written as `_x0007_`. A NUL, which no table takes, becomes U+FFFD.
 * @throws XlsxError where the text is too long for a cell
 */
export function unescaped(text: string): string {
  const plain = text.includes('_x') ? withoutEscapes(text) : text;
  if (plain.length > MAX_TEXT) throw tooLong();
  return plain;
}

function withoutEscapes(text: string): string {
  return text
    .replace(ESCAPE, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16) || 0xfffd))
    .toWellFormed();
}
