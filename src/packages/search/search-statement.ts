import type { Viewer } from '../registry/package-access.js';
import { passes } from './record-filters.js';
import type { SearchQuery } from './search-query.js';
import { StatementValues } from './statement.js';
import { visibleTo } from './visibility.js';
import { anyWord, foundIn } from './words.js';

/** The statement for the ids of the packages that are searched for, in their order. */
export function searchStatement(viewer: Viewer, query: SearchQuery): { sql: string; values: unknown[] } {
  const values = new StatementValues();
  const { words, filters, size, from } = query;
  const conditions = [visibleTo(viewer, values), ...filters.map((filter) => passes(filter, values))];
  let order = 'last_update desc, id';
  if (words) {
    const any = anyWord(words, values);
    conditions.push(foundIn(any, words, values));
    order = `ts_rank(search, ${any}) desc, ${order}`;
  }
  const limits = `limit ${values.add(size)}::int offset ${values.add(from)}::int`;
  const sql = `select id from package where ${conditions.join(' and ')} order by ${order} ${limits}`;
  return { sql, values: values.all };
}
