import { withoutNeutralizer } from '../../tabular/index.js';
import type { Column, Dialect } from '../order-columns.js';

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

export type LineFaultCode =
  'FIELD_COUNT' | 'ID_NOT_INTEGER' | 'ID_OUT_OF_RANGE' | 'BIRTHDAY_INVALID' | 'VALUE_TOO_LONG';

/** Why a line cannot become an order. `value` may be long. */
export interface LineFault {
  readonly code: LineFaultCode;
  readonly column: Column | null;
  readonly value: string;
  /** What its message is filled with. */
  readonly params?: Readonly<Record<string, string | number>>;
}

/** Most characters of each text. */
export const MAX_LENGTH = { name: 255, email: 320, state: 2, zipcode: 12 } as const;
/** The range of the ids that the database keeps. */
export const ID_RANGE = { min: -(2 ** 31), max: 2 ** 31 - 1 } as const;
/** Where a walk through all orders begins: after this. */
export const BEFORE_ALL_IDS = ID_RANGE.min - 1;

const INTEGER = /^\s*[+-]?\d+\s*$/;
const BIRTHDAY = /^\s*([a-z]{3})\s+(\d{1,2})(?:\s*,\s*|\s+)(\d{4})\s*$/i;
const ISO_DATE = /^\s*(\d{4})-(\d{2})-(\d{2})\s*$/;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads a line. In the original's form, `|`, a comma separates nothing, it is the space that the birthday has after it:
 * the pieces between commas are joined by spaces before the line is split at `|`.
 * @param fields the line as the CSV reader gives it
 */
export function parseLine(fields: readonly string[], dialect: Dialect): OrderLine | LineFault {
  const { delimiter, layout, mended, width } = dialect;
  const values = valuesOf(fields, dialect);
  if (values.length !== width) {
    return fieldCount(values.length, width, fields.join(delimiter === '|' ? ' ' : delimiter));
  }
  const rest = (mended && values[mended.rest]) ?? '';
  return rest === '' ? orderOf(values, layout) : fieldCount(width + 1, width, rest);
}

/** The values of a line; as many as the header has names, unless the line is at fault. */
export function valuesOf(fields: readonly string[], dialect: Dialect): readonly string[] {
  const values = splitLine(fields, dialect);
  return dialect.mended ? values.map(withoutNeutralizer) : values;
}

function splitLine(fields: readonly string[], { delimiter, layout, width }: Dialect): readonly string[] {
  if (delimiter === '|') return (fields.length === 1 ? fields[0]! : fields.join(' ')).split(delimiter);
  return delimiter === ',' && fields.length === width + 1 ? withBirthdayJoined(fields, layout) : fields;
}

function orderOf(values: readonly string[], layout: Dialect['layout']): OrderLine | LineFault {
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

function fieldCount(found: number, expected: number, value: string): LineFault {
  return { code: 'FIELD_COUNT', column: null, value, params: { expected, found } };
}

/** Where commas separate, `Feb 27, 1963` without quotes is two values. */
function withBirthdayJoined(values: readonly string[], { birthday }: Dialect['layout']): readonly string[] {
  const joined = `${values[birthday]},${values[birthday + 1]}`;
  return parseBirthday(joined) === undefined ? values : values.toSpliced(birthday, 2, joined);
}

/** The fault of a text that its column is too short for; nothing where it fits. */
export function longerThan(column: keyof typeof MAX_LENGTH, value: string): LineFault | undefined {
  const max = MAX_LENGTH[column];
  // The database counts code points; each is one or two of the units that `length` counts.
  if (value.length <= max || (value.length <= 2 * max && [...value].length <= max)) return undefined;
  return { code: 'VALUE_TOO_LONG', column, value, params: { max } };
}

/**
 * Reads a date such as `Feb 27, 1963` (the first three letters of an English month, day, year of four digits, with or
 * without the comma) or `1963-02-27`. Returns it as YYYY-MM-DD, or nothing where it is no such date.
 */
export function parseBirthday(text: string): string | undefined {
  const match = BIRTHDAY.exec(text);
  if (match) return date(match[3]!, MONTHS.indexOf(match[1]!.toLowerCase()) + 1, Number(match[2]));
  const iso = ISO_DATE.exec(text);
  return iso ? date(iso[1]!, Number(iso[2]), Number(iso[3])) : undefined;
}

function date(year: string, month: number, day: number): string | undefined {
  if (month < 1 || month > 12 || Number(year) < 1) return undefined;
  if (day < 1 || day > daysOf(month, Number(year))) return undefined;
  return `${year}-${twoDigits(month)}-${twoDigits(day)}`;
}

function daysOf(month: number, year: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 && isLeap ? 29 : DAYS[month - 1]!;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
