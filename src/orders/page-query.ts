import { OrderQueryError } from './orders.errors.js';

/** A page of a list: at most `limit` rows, those after a number, or the first ones. */
export interface PageQuery {
  readonly limit: number;
  readonly after: number | undefined;
}

type Parameters = Readonly<Record<string, unknown>>;

const DIGITS = /^\d+$/;
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, 1: true, false: false, 0: false };

/**
 * Reads `limit` and `after`; a limit of 0 means that it was not given.
 * @param maxPage the limit when none is given, and the most that a limit may be; larger ones are cut
 * @throws OrderQueryError that names every parameter that is not valid
 */
export function parsePageQuery({ limit, after }: Parameters, maxPage: number): PageQuery {
  const wrong = Object.entries({ limit, after }).filter(
    ([, value]) => value !== undefined && !isDigits(value),
  );
  if (wrong.length > 0) throw new OrderQueryError(wrong.map(([name]) => name));
  return {
    limit: Math.min(Number(limit ?? 0) || maxPage, maxPage),
    after: after === undefined ? undefined : Math.min(Number(after), Number.MAX_SAFE_INTEGER),
  };
}

/**
 * Reads a parameter that is `true`, `false`, `1` or `0`; false where it is not given.
 * @throws OrderQueryError
 */
export function parseFlag(query: Parameters, name: string): boolean {
  const text = query[name];
  if (text === undefined) return false;
  const key = typeof text === 'string' ? text.toLowerCase() : '';
  if (!Object.hasOwn(BOOLEANS, key)) throw new OrderQueryError([name]);
  return BOOLEANS[key]!;
}

/**
 * Whether `format` asks for CSV; JSON where it is not given.
 * @throws OrderQueryError if it is neither
 */
export function asksForCsv({ format = 'json' }: Parameters): boolean {
  if (format !== 'json' && format !== 'csv') throw new OrderQueryError(['format']);
  return format === 'csv';
}

function isDigits(value: unknown): value is string {
  return typeof value === 'string' && DIGITS.test(value);
}
