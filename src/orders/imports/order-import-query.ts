import { validate as isUuid } from 'uuid';
import { COLUMNS, type Column, type ColumnMap } from '../order-columns.js';
import { normalized } from './order-dialect.js';
import { DUPLICATE_POLICIES, type ImportOptions } from './order-import-options.js';
import { OrderQueryError } from '../orders.errors.js';
import { booleanOf, oneOf, pageSize, type Parameters, readerOf, wholeNumber } from '../query-reader.js';

/** How a file is to be imported, and whether even if it was the last one that was. */
export interface ImportQuery extends ImportOptions {
  readonly again: boolean;
}

const MOST_NAMES = 100;
const columnOf = oneOf(COLUMNS);

/**
 * Reads the parameters of an import; unknown ones are ignored.
 * @throws OrderQueryError that names every parameter that is not valid
 */
export function parseImportQuery(query: Parameters): ImportQuery {
  const { read, wrong } = readerOf(query);
  const dryRun = read('dry_run', booleanOf) ?? false;
  const onDuplicate = read('on_duplicate', oneOf(DUPLICATE_POLICIES)) ?? 'skip';
  const map = read('map', parseMap) ?? {};
  const again = read('again', booleanOf) ?? false;
  if (wrong.length > 0) throw new OrderQueryError(wrong);
  return { dryRun, onDuplicate, map, again };
}

/** Which imports to list. */
export interface HistoryPageQuery {
  readonly limit: number;
  /** Id of the import that all of the page are older than; nothing for the first page. */
  readonly after: string | undefined;
}

/**
 * Reads the parameters of the list of imports.
 * @param maxPage the limit when none is given, and the most that a limit may be; larger ones are cut
 * @throws OrderQueryError
 */
export function parseHistoryPage(query: Parameters, maxPage: number): HistoryPageQuery {
  const { read, wrong } = readerOf(query);
  const limit = read('limit', wholeNumber);
  const after = read('after', (text) => (isUuid(text) ? text : undefined), 'import_after');
  if (wrong.length > 0) throw new OrderQueryError(wrong);
  return { limit: pageSize(limit, maxPage), after };
}

/** `Customer:name,Colour:-` by its names; a name may hold a colon, a column does not. */
function parseMap(text: string): ColumnMap | undefined {
  const map: Record<string, Column | null> = Object.create(null) as Record<string, Column | null>;
  const pairs = text.split(',');
  const seen = new Set<string>();
  if (pairs.length > MOST_NAMES || text.includes('\0')) return undefined;
  for (const pair of pairs) {
    const colon = pair.lastIndexOf(':');
    const word = pair.slice(colon + 1).trim();
    const column = word === '-' ? null : columnOf(word);
    const name = pair.slice(0, Math.max(colon, 0)).trim();
    if (column === undefined || name === '' || seen.has(normalized(name))) return undefined;
    seen.add(normalized(name));
    map[name] = column;
  }
  return { ...map };
}
