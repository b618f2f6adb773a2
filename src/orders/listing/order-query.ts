import { ORDER_FILTERS, type OrderFilter } from './order-filters.js';
import { BY_ID, type OrderPlace, type OrderSort, parseSort, readCursor } from './order-sort.js';
import { bounded, parseInteger } from '../order-values.js';
import { OrderQueryError } from '../orders.errors.js';
import {
  booleanOf,
  oneOf,
  pageSize,
  type Parameters,
  type Read,
  readerOf,
  wholeNumber,
} from '../query-reader.js';

/** Which orders are meant, and in which order they come. */
export interface OrderSearch {
  readonly valid: boolean | undefined;
  /** Two letters that the state must hold, in this case. */
  readonly state: string | undefined;
  /** Task id of the import that brought the orders. */
  readonly import: string | undefined;
  /** All other filters that were given. */
  readonly filters: readonly OrderFilter[];
  readonly sort: OrderSort;
}

/** Which page of which orders to list. */
export interface OrderQuery extends OrderSearch {
  readonly limit: number;
  readonly offset: number;
  /** Id that the page goes on after where the sort is one by id; nothing for the first page. */
  readonly after: number | undefined;
  /** The same in every other sort. */
  readonly place: OrderPlace | undefined;
  /** Whether all fields of the orders are asked for. */
  readonly full: boolean;
}

/** What an export is written as. */
export type ExportFormat = 'csv' | 'json';

/** Which orders to export, and how. */
export interface ExportQuery extends OrderSearch {
  readonly format: ExportFormat;
}

const TWO_LETTERS = /^[A-Za-z]{2}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Reads the parameters of the list; unknown ones are ignored. A limit or an offset of 0 means that it was not given.
 * Done by hand: it runs for every request of a hot path.
 * @param maxPage the limit when none is given, and the most that a limit may be; larger ones are cut
 * @throws OrderQueryError that names every parameter that is not valid
 */
export function parseOrderQuery(query: Parameters, maxPage: number): OrderQuery {
  const { read, wrong } = readerOf(query);
  const limit = read('limit', wholeNumber);
  const offset = read('offset', wholeNumber);
  const { after, place } = readAfter(read, query);
  const search = readSearch(read, query);
  const full = read('fields', (text) => text === 'all' || undefined) ?? false;
  if (wrong.length > 0) throw new OrderQueryError(wrong);
  return { limit: pageSize(limit, maxPage), offset: bounded(offset ?? 0), after, place, full, ...search };
}

/**
 * Reads the parameters of an export: the filters and the sort of the list, and the format.
 * @throws OrderQueryError
 */
export function parseExportQuery(query: Parameters): ExportQuery {
  const { read, wrong } = readerOf(query);
  const search = readSearch(read, query);
  const format = read('format', oneOf(['csv', 'json'])) ?? 'csv';
  if (wrong.length > 0) throw new OrderQueryError(wrong);
  return { ...search, format };
}

/** What a page goes on after: an id, or a place in the sort that is asked for. */
function readAfter(read: Read, { sort: name }: Parameters): Pick<OrderQuery, 'after' | 'place'> {
  const sort = name === undefined ? BY_ID : typeof name === 'string' ? parseSort(name) : undefined;
  if (!sort) return { after: undefined, place: undefined }; // the sort is refused, and says nothing of this
  if (!sort.key) return { after: read('after', parseInteger), place: undefined };
  return { after: undefined, place: read('after', (text) => readCursor(sort, text), 'cursor') };
}

function readSearch(read: Read, query: Parameters): OrderSearch {
  const valid = read('valid', booleanOf);
  const state = read('state', (text) => (TWO_LETTERS.test(text) ? text : undefined));
  const sort = read('sort', parseSort) ?? BY_ID;
  const task = read('import', (text) => (UUID.test(text) ? text : undefined));
  const filters: OrderFilter[] = [];
  for (const [name, parse] of ORDER_FILTERS) {
    if (query[name] === undefined) continue;
    const condition = read(name, parse);
    if (condition) filters.push({ name, text: query[name] as string, condition });
  }
  return { valid, state, import: task, filters, sort };
}
