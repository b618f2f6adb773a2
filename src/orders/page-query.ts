import { bounded } from './order-values.js';
import { OrderQueryError } from './orders.errors.js';
import { booleanOf, oneOf, pageSize, type Parameters, readerOf, wholeNumber } from './query-reader.js';

/** A page of a list: at most `limit` rows, those after a number, or the first ones. */
export interface PageQuery {
  readonly limit: number;
  readonly after: number | undefined;
}

/**
 * Reads `limit` and `after`; a limit of 0 means that it was not given.
 * @param maxPage the limit when none is given, and the most that a limit may be; larger ones are cut
 * @throws OrderQueryError that names every parameter that is not valid
 */
export function parsePageQuery(query: Parameters, maxPage: number): PageQuery {
  const { read, wrong } = readerOf(query);
  const limit = read('limit', wholeNumber);
  const after = read('after', wholeNumber);
  if (wrong.length > 0) throw new OrderQueryError(wrong);
  return { limit: pageSize(limit, maxPage), after: after === undefined ? undefined : bounded(after) };
}

/**
 * Reads a parameter that is `true`, `false`, `1` or `0`; false where it is not given.
 * @throws OrderQueryError
 */
export function parseFlag(query: Parameters, name: string): boolean {
  const { read, wrong } = readerOf(query);
  const flag = read(name, booleanOf) ?? false;
  if (wrong.length > 0) throw new OrderQueryError(wrong);
  return flag;
}

/**
 * Whether `format` asks for CSV; JSON where it is not given.
 * @throws OrderQueryError if it is neither
 */
export function asksForCsv(query: Parameters): boolean {
  const { read, wrong } = readerOf(query);
  const format = read('format', oneOf(['json', 'csv']));
  if (wrong.length > 0) throw new OrderQueryError(wrong);
  return format === 'csv';
}
