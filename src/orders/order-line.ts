import { OrderHeaderError } from './orders.errors.js';

/** The columns of an order file; the header names each of them once, in any order. */
export const COLUMNS = ['id', 'name', 'email', 'state', 'zipcode', 'birthday'] as const;
export type Column = (typeof COLUMNS)[number];

/** Where each column stands in a line. */
export type Layout = Readonly<Record<Column, number>>;

/** An order as a line of a file holds it, before it is judged. */
export interface OrderLine {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly state: string;
  readonly zipcode: string;
  /** As YYYY-MM-DD. */
  readonly birthday: string;
}

/** Why a line cannot become an order. `value` may be long. */
export interface LineFault {
  readonly code: 'FIELD_COUNT' | 'ID_NOT_INTEGER' | 'ID_OUT_OF_RANGE' | 'BIRTHDAY_INVALID' | 'VALUE_TOO_LONG';
  readonly column: Column | null;
  readonly value: string;
  /** What its message is filled with. */
  readonly params?: Readonly<Record<string, string | number>>;
}

/** Most characters of each text. */
export const MAX_LENGTH = { name: 255, email: 320, state: 2, zipcode: 12 } as const;
/** The range of the ids that the database keeps. */
export const ID_RANGE = { min: -(2 ** 31), max: 2 ** 31 - 1 } as const;

const SEPARATOR = '|';
const INTEGER = /^\s*[+-]?\d+\s*$/;
const BIRTHDAY = /^\s*([a-z]{3})\s+(\d{1,2})(?:\s*,\s*|\s+)(\d{4})\s*$/i;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads the header: a list of the columns between `|`, up to the first comma of the line.
 * @param fields the first line, split at its commas
 * @throws OrderHeaderError when a column is unknown, missing or named twice
 */
export function parseHeader(fields: readonly string[]): Layout {
  const names = fields[0]!.split(SEPARATOR).map((name) => name.trim());
  const unknown = names.filter((name) => !(COLUMNS as readonly string[]).includes(name));
  const missing = COLUMNS.filter((column) => !names.includes(column));
  const repeated = COLUMNS.filter((column) => names.indexOf(column) !== names.lastIndexOf(column));
  if (unknown.length + missing.length + repeated.length > 0) {
    throw new OrderHeaderError(COLUMNS.join(SEPARATOR), { unknown, missing, repeated });
  }
  return Object.fromEntries(COLUMNS.map((column) => [column, names.indexOf(column)])) as Record<
    Column,
    number
  >;
}

/**
 * Reads a line. A comma separates nothing here, it is the space that the birthday has after it: the pieces between
 * commas are joined by spaces before the line is split at `|`.
 * @param fields the line, split at its commas
 */
export function parseLine(fields: readonly string[], layout: Layout): OrderLine | LineFault {
  const text = fields.length === 1 ? fields[0]! : fields.join(' ');
  const values = text.split(SEPARATOR);
  if (values.length !== COLUMNS.length) {
    const params = { expected: COLUMNS.length, found: values.length };
    return { code: 'FIELD_COUNT', column: null, value: text, params };
  }
  const writtenId = values[layout.id]!;
  const id = INTEGER.test(writtenId) ? Number(writtenId) : Number.NaN;
  if (Number.isNaN(id)) return { code: 'ID_NOT_INTEGER', column: 'id', value: writtenId };
  if (id < ID_RANGE.min || id > ID_RANGE.max) {
    return { code: 'ID_OUT_OF_RANGE', column: 'id', value: writtenId, params: ID_RANGE };
  }
  const name = values[layout.name]!;
  const email = values[layout.email]!;
  const state = values[layout.state]!;
  const tooLong = longerThan('name', name) ?? longerThan('email', email) ?? longerThan('state', state);
  if (tooLong) return tooLong;
  const birthday = parseBirthday(values[layout.birthday]!);
  if (birthday === undefined) {
    return { code: 'BIRTHDAY_INVALID', column: 'birthday', value: values[layout.birthday]! };
  }
  return { id, name, email, state, zipcode: values[layout.zipcode]!, birthday };
}

/** The fault of a text that its column is too short for; nothing where it fits. */
export function longerThan(column: keyof typeof MAX_LENGTH, value: string): LineFault | undefined {
  const max = MAX_LENGTH[column];
  // The database counts code points; each is one or two of the units that `length` counts.
  if (value.length <= max || (value.length <= 2 * max && [...value].length <= max)) return undefined;
  return { code: 'VALUE_TOO_LONG', column, value, params: { max } };
}

/**
 * Reads a date such as `Feb 27, 1963`: the first three letters of an English month, day, year of four digits, with
 * or without the comma. Returns it as YYYY-MM-DD, or nothing where it is no such date.
 */
export function parseBirthday(text: string): string | undefined {
  const match = BIRTHDAY.exec(text);
  if (!match) return undefined;
  const month = MONTHS.indexOf(match[1]!.toLowerCase());
  const day = Number(match[2]);
  const year = Number(match[3]);
  if (month === -1 || day < 1 || day > daysOf(month, year) || year < 1) return undefined;
  return `${match[3]}-${twoDigits(month + 1)}-${twoDigits(day)}`;
}

function daysOf(month: number, year: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 1 && isLeap ? 29 : DAYS[month]!;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
