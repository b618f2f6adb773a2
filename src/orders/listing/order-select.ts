import { BEFORE_ALL_IDS } from '../imports/order-line.js';
import type { OrderQuery, OrderSearch } from './order-query.js';
import type { OrderPlace } from './order-sort.js';

/** A statement that reads orders. One with a name is worth preparing. */
export interface OrderStatement {
  readonly name?: string;
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** What a page of orders is, whatever is read of each. */
export interface PageOfOrders {
  readonly search: Omit<OrderSearch, 'import'>;
  /** Id of the import that brought them; nothing for all orders. */
  readonly importId: string | undefined;
  /** The order before the page; nothing for the first page. */
  readonly place: OrderPlace | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** What the list tells of an order, and all that there is to tell. */
export const BRIEF = 'id, valid, name';
export const FULL = `id, valid, name, email, state, zipcode, errors, to_char(birthday, 'FMMonth DD, YYYY') as birthday`;

/**
 * The statement of a page of the list. The list by id, whole or by `valid` and `state`, is asked for all the time.
 * @param importId that of the task that the query names, if it names one
 */
export function listStatement(query: OrderQuery, importId: string | undefined): OrderStatement {
  const { limit, offset, after, full, sort, filters } = query;
  if (!full && sort.name === 'id' && filters.length === 0 && importId === undefined)
    return plainStatement(query);
  const place = after === undefined ? query.place : { id: after };
  return pageStatement(full ? FULL : BRIEF, { search: query, importId, place, limit, offset });
}

function plainStatement({ limit, offset, after = BEFORE_ALL_IDS, valid, state }: OrderQuery): OrderStatement {
  // One text per set of filters: each gets the plan that fits it.
  let name = 'orders.list';
  let filter = '';
  const values: unknown[] = [limit, offset, after];
  if (valid !== undefined) {
    name += '.valid';
    filter += ` and valid = $${values.push(valid)}`;
  }
  if (state !== undefined) {
    // A state has two letters at most, so holding these two is being them.
    name += '.state';
    filter += ` and state = $${values.push(state)}`;
  }
  const sql = `select id, valid, name from orders where id > $3::bigint${filter} order by id limit $1 offset $2`;
  return { name, sql, values };
}

/**
 * The statement of a page in any sort. Its rows also hold `place`, the value of the sort's key, where the sort has one.
 * Not worth preparing: there are too many of them, and a plan for any value would read no index of beginnings.
 */
export function pageStatement(columns: string, page: PageOfOrders): OrderStatement {
  const { search, importId, place, limit, offset } = page;
  const { key, descending } = search.sort;
  const values: unknown[] = [];
  const add = (value: unknown) => `$${values.push(value)}`;
  const conditions = search.filters.map(({ condition }) => condition(add));
  if (search.valid !== undefined) conditions.push(`valid = ${add(search.valid)}::boolean`);
  if (search.state !== undefined) conditions.push(`state = ${add(search.state)}::text`);
  if (importId !== undefined) conditions.push(`import_id = ${add(importId)}::uuid`);
  if (place) {
    const beyond = descending ? '<' : '>';
    conditions.push(
      key
        ? `(${key.expression}, id) ${beyond} (${add(place.value)}::${key.type}, ${add(place.id)}::int)`
        : `id ${beyond} ${add(place.id)}::bigint`,
    );
  }
  const where = conditions.length > 0 ? ` where ${conditions.join(' and ')}` : '';
  const direction = descending ? ' desc' : '';
  const order = `${key ? `${key.expression}${direction}, ` : ''}id${direction}`;
  const selected = key ? `${columns}, ${key.told} as place` : columns;
  const sql = `select ${selected} from orders${where} order by ${order} limit ${add(limit)} offset ${add(offset)}`;
  return { sql, values };
}
