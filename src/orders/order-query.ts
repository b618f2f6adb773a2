import { OrderQueryError } from './orders.errors.js';

/** Which orders to list. */
export interface OrderQuery {
  readonly limit: number;
  readonly offset: number;
  /** Id that all orders of the page are greater than; nothing for the first page. */
  readonly after: number | undefined;
  readonly valid: boolean | undefined;
  /** Two letters that the state must hold, in this case. */
  readonly state: string | undefined;
}

type Parameters = Readonly<Record<string, unknown>>;

const DIGITS = /^\d+$/;
const INTEGER = /^-?\d+$/;
const TWO_LETTERS = /^[A-Za-z]{2}$/;
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/**
 * Reads the parameters of the list; unknown ones are ignored. A limit or an offset of 0 means that it was not given.
 * Done by hand: it runs for every request of a hot path.
 * @param maxPage the limit when none is given, and the most that a limit may be; larger ones are cut
 * @throws OrderQueryError that names every parameter that is not valid
 */
export function parseOrderQuery(query: Parameters, maxPage: number): OrderQuery {
  const { read, wrong } = reader(query);
  const limit = read('limit', number(DIGITS));
  const offset = read('offset', number(DIGITS));
  const after = read('after', number(INTEGER));
  const valid = read('valid', (text) => BOOLEANS.get(text.toLowerCase()));
  const state = read('state', (text) => (TWO_LETTERS.test(text) ? text : undefined));
  if (wrong.length > 0) throw new OrderQueryError(wrong);
  return {
    limit: pageSize(limit, maxPage),
    offset: bounded(offset ?? 0),
    after: after === undefined ? undefined : bounded(after),
    valid,
    state,
  };
}

/** Which rejected lines of a file to list. */
export interface RejectedLineQuery {
  readonly limit: number;
  /** Number of the line that all lines of the page come after. */
  readonly after: number;
}

/**
 * Reads the parameters of the list of rejected lines, as `parseOrderQuery` does.
 * @throws OrderQueryError
 */
export function parseRejectedLineQuery(query: Parameters, maxPage: number): RejectedLineQuery {
  const { read, wrong } = reader(query);
  const limit = read('limit', number(DIGITS));
  const after = read('after', number(DIGITS));
  if (wrong.length > 0) throw new OrderQueryError(wrong);
  return { limit: pageSize(limit, maxPage), after: bounded(after ?? 0) };
}

/** Reads parameters one by one and collects the names of those that are not valid. */
function reader(query: Parameters) {
  const wrong: string[] = [];
  const read = <T>(name: string, parse: (text: string) => T | undefined): T | undefined => {
    const text = query[name];
    if (text === undefined) return undefined;
    const value = typeof text === 'string' ? parse(text) : undefined;
    if (value === undefined) wrong.push(name);
    return value;
  };
  return { read, wrong };
}

function number(pattern: RegExp) {
  return (text: string) => (pattern.test(text) ? Number(text) : undefined);
}

function pageSize(limit: number | undefined, maxPage: number): number {
  return Math.min(limit || maxPage, maxPage);
}

/** The nearest number that the database can compare with. */
function bounded(value: number): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(value, Number.MAX_SAFE_INTEGER));
}
