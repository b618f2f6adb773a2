import type { TableItem } from '../table-item.js';
import { type NumberKind, serialToIso } from './cell-dates.js';
import { joined, type SharedStrings, TextCollector, unescaped } from './shared-strings.js';
import { XlsxError } from './xlsx.errors.js';
import type { XmlHandler } from './xml-reader.js';

/** A sheet could have 16,384, but a table that wide is a mistake. */
const MAX_COLUMNS = 10_000;
const MAX_ROWS = 1_048_576;
/** Most characters of a row: a few bytes of a cell may stand for a long text that many cells share. */
const MAX_ROW_LENGTH = 4_000_000;

/** What the cells of a sheet refer to. */
export interface CellContext {
  readonly strings: SharedStrings;
  readonly styles: readonly NumberKind[];
  readonly is1904: boolean;
}

/** Makes rows of the cells of a sheet. */
export class SheetRows implements XmlHandler {
  /** Rows that are whole and have not been taken yet. */
  items: TableItem[] = [];
  /** How many cells they have. */
  cells = 0;
  /** How many characters they have. */
  length = 0;
  #row = 0;
  #fields: string[] = [];
  #filled = 0;
  #rowLength = 0;
  #column = -1;
  #type = '';
  #style = 0;
  #value = '';
  #isInValue = false;
  #hasFormula = false;
  #fault: string | undefined;
  readonly #inline = new TextCollector();

  constructor(private readonly context: CellContext) {}

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name === 'c') this.#openCell(attributes);
    else if (name === 'v') this.#isInValue = true;
    else if (name === 'row') this.#openRow(attributes['r']);
    else if (name === 'f') this.#hasFormula = true;
    this.#inline.open(name);
  }

  text(text: string): void {
    if (this.#isInValue) this.#value = joined(this.#value, text);
    else this.#inline.text(text);
  }

  close(name: string): void {
    this.#inline.close(name);
    if (name === 'v') this.#isInValue = false;
    else if (name === 'c') this.#closeCell();
    else if (name === 'row') this.#closeRow();
  }

  #openRow(reference: string | undefined): void {
    const row = reference === undefined ? this.#row + 1 : Number(reference);
    if (!Number.isSafeInteger(row) || row <= this.#row)
      throw XlsxError.damaged('its rows are not in their order');
    if (row > MAX_ROWS) throw XlsxError.tooLarge(`it has more than ${MAX_ROWS} rows`);
    this.#row = row;
    this.#fields = [];
    this.#filled = 0;
    this.#rowLength = 0;
    this.#column = -1;
    this.#fault = undefined;
  }

  #openCell(attributes: Readonly<Record<string, string>>): void {
    const reference = attributes['r'];
    const column = reference === undefined ? this.#column + 1 : columnOf(reference);
    if (column >= MAX_COLUMNS) throw XlsxError.tooLarge(`it has more than ${MAX_COLUMNS} columns`);
    if (column <= this.#column)
      throw XlsxError.damaged(`the cells of row ${this.#row} are not in their order`);
    this.#column = column;
    this.#type = attributes['t'] ?? 'n';
    this.#style = Number(attributes['s'] ?? 0);
    this.#value = '';
    this.#hasFormula = false;
    this.#inline.clear();
  }

  #closeCell(): void {
    const text = this.#cellText();
    if (text === '') {
      if (this.#hasFormula && this.#value === '' && this.#type !== 'str')
        this.#fault ??= nameOf(this.#column);
      return;
    }
    const fields = this.#fields;
    while (fields.length < this.#column) fields.push('');
    fields.push(text);
    this.#rowLength += text.length;
    if (this.#rowLength > MAX_ROW_LENGTH)
      throw XlsxError.tooLarge(`row ${this.#row} has more than ${MAX_ROW_LENGTH} characters`);
    this.#filled += 1;
  }

  #cellText(): string {
    const value = this.#value;
    switch (this.#type) {
      case 's':
        return value === '' ? '' : this.#shared(Number(value));
      case 'inlineStr':
        return this.#inline.value;
      case 'b':
        return value === '' ? '' : value === '1' || value === 'true' ? 'true' : 'false';
      case 'n':
        return value === '' ? '' : this.#numberText(unescaped(value));
      default:
        // The result of a formula, an error such as #DIV/0!, or a date in ISO 8601.
        return unescaped(value);
    }
  }

  #shared(index: number): string {
    const text = this.context.strings.get(index);
    if (text === undefined) throw XlsxError.damaged(`row ${this.#row} refers to a text that is not there`);
    return text;
  }

  /** The shortest text that stands for the same number, so that 0.1 is no 0.10000000000000001. */
  #numberText(value: string): string {
    const number = Number(value);
    if (!Number.isFinite(number)) return value;
    const kind = this.context.styles[this.#style] ?? 'number';
    const date = kind === 'number' ? undefined : serialToIso(number, kind, this.context.is1904);
    return date ?? String(number);
  }

  #closeRow(): void {
    const line = this.#row;
    if (this.#fault !== undefined) {
      const cell = `${this.#fault}${line}`;
      const message = `The cell ${cell} holds a formula without its result. Open the workbook in a spreadsheet program and save it.`;
      this.items.push({ line, text: '', error: { code: 'XLSX_NO_RESULT', message } });
      this.cells += 1;
    } else if (this.#filled > 0) {
      this.items.push({ line, fields: this.#fields });
      this.cells += this.#fields.length;
      this.length += this.#rowLength;
    }
  }
}

/** The number of the column, from 0, in a reference such as `AB12`. */
function columnOf(reference: string): number {
  let column = 0;
  for (let at = 0; at < reference.length && at < 4; at++) {
    const letter = reference.charCodeAt(at) - 64;
    if (letter < 1 || letter > 26) break;
    column = column * 26 + letter;
  }
  if (column === 0) throw XlsxError.damaged('a cell has no column');
  return column - 1;
}

function nameOf(column: number): string {
  const letter = String.fromCharCode(65 + (column % 26));
  return column < 26 ? letter : nameOf(Math.floor(column / 26) - 1) + letter;
}
