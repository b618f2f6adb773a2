import { Database } from '../../src/platform/database/database.js';
import type { TestApp } from './app.js';

/** An order as a test stores it. */
export interface StoredOrder {
  id: number;
  name: string;
  email: string;
  state: string;
  zipcode: string;
  /** As YYYY-MM-DD. */
  birthday: string;
  valid: boolean;
  errors: { rule: string; params?: Record<string, string | number> }[] | null;
}

const INSERT = `
  insert into orders (id, name, email, state, zipcode, birthday, valid, errors)
  select id, name, email, state, zipcode, birthday, valid, errors
  from jsonb_to_recordset($1::jsonb) as given
    (id int, name text, email text, state text, zipcode text, birthday date, valid boolean, errors jsonb)`;

/** Stores orders without a file, as only tests do. */
export async function storeOrders({ app }: TestApp, orders: readonly StoredOrder[]): Promise<void> {
  // A JSON null is no null of the database: an order that breaks no rule leaves its errors out.
  const rows = orders.map(({ errors, ...order }) => (errors === null ? order : { ...order, errors }));
  await app.get(Database).execute(INSERT, [JSON.stringify(rows)]);
}

/** An order that breaks no rule, but for what is said of it. */
export function anOrder(id: number, said: Partial<StoredOrder> = {}): StoredOrder {
  return {
    id,
    name: `Customer ${id}`,
    email: `customer${id}@example.com`,
    state: 'NY',
    zipcode: '11111',
    birthday: '1963-02-27',
    valid: true,
    errors: null,
    ...said,
  };
}

/** The address of the next page; nothing after the last one. */
export function nextPage({ headers }: Response): string | undefined {
  return /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
}
