import { Injectable } from '@nestjs/common';
import { copyText } from '../../platform/database/copy-text.js';
import { isUniqueViolation } from '../../platform/database/database-errors.js';
import { Database } from '../../platform/database/database.js';
import type { ImportedOrder } from './order-file.js';
import type { ImportCounts } from './order-import-options.js';

const COLUMNS = 'id, name, email, state, zipcode, birthday, valid, auto_valid, errors, import_id';

/** The orders of a batch as rows, `line` counting them from 1; see `parametersOf`. */
export const LINES = `
  unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::date[], $8::bool[], $9::bool[], $10::text[])
    with ordinality as line (id, name, email, state, zipcode, birthday, valid, auto_valid, errors, line)`;

// In the order of the ids, so that two imports of the same orders cannot lock each other out; of two lines with one
// id the first wins.
const INSERT = `
  insert into orders (${COLUMNS})
  select id, name, email, state, zipcode, birthday, valid, auto_valid, errors::jsonb, $1 from ${LINES}
  order by id, line
  on conflict (id) do nothing
  returning`;
const INSERT_AND_COUNT = `
  with inserted as (${INSERT} valid)
  select count(*)::int as imported, (count(*) filter (where valid))::int as valid from inserted`;
const NOTE_SEEN = `
  with seen as (
    insert into order_import_seen (import_id, order_id) select $1::uuid, id from unnest($2::int[]) as line (id)
    on conflict do nothing returning order_id)
  select order_id as id from seen where not exists (select from orders where id = order_id)`;

/** Batches that are not copied after one that could not be. */
const COPY_PAUSE = 10;

/** Stores orders that are new, batch by batch. */
@Injectable()
export class OrderWriter {
  /** Batches to come that are likely to hold ids that are taken: those of one import, mostly. */
  private pause = 0;

  constructor(private readonly database: Database) {}

  /**
   * Stores the orders whose id is not taken yet; of two with one id, the first. Counts what it stored and passed over.
   * Call it in a transaction.
   */
  async insertNew(importId: string, orders: readonly ImportedOrder[]): Promise<Partial<ImportCounts>> {
    if (orders.length === 0) return {};
    if (!this.database.embedded && --this.pause < 0 && (await this.copy(importId, orders))) {
      return { imported: orders.length, valid: orders.filter(({ valid }) => valid).length };
    }
    const [counts] = await this.database.query<{ imported: number; valid: number }>(
      INSERT_AND_COUNT,
      parametersOf(importId, orders),
    );
    return { ...counts!, duplicate: orders.length - counts!.imported };
  }

  /** Stores orders as `insertNew` does, and returns those whose id was taken. */
  async insertUntaken(importId: string, orders: readonly ImportedOrder[]): Promise<ImportedOrder[]> {
    if (orders.length === 0) return [];
    const stored = await this.database.query<{ id: number }>(`${INSERT} id`, parametersOf(importId, orders));
    return withoutFirst(orders, stored);
  }

  /** The orders that `insertUntaken` would return, where nothing is to be stored. */
  async findTaken(importId: string, orders: readonly ImportedOrder[]): Promise<ImportedOrder[]> {
    if (orders.length === 0) return [];
    const free = await this.database.query<{ id: number }>(NOTE_SEEN, [importId, orders.map(({ id }) => id)]);
    return withoutFirst(orders, free);
  }

  /** Whether all of the orders were new, and so are stored. COPY knows no ON CONFLICT, but is twice as fast. */
  private async copy(importId: string, orders: readonly ImportedOrder[]): Promise<boolean> {
    await this.database.execute('savepoint copied');
    try {
      // By their ids, for the reason above.
      await this.database.copy(
        `orders (${COLUMNS})`,
        rowsOf(
          importId,
          orders.toSorted((a, b) => a.id - b.id),
        ),
      );
      return true;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      await this.database.execute('rollback to savepoint copied');
      this.pause = COPY_PAUSE;
      return false;
    }
  }
}

/** The orders as parameters of `LINES`, behind the id of their import. */
export function parametersOf(importId: string, orders: readonly ImportedOrder[]): unknown[] {
  return [
    importId,
    orders.map(({ id }) => id),
    orders.map(({ name }) => name),
    orders.map(({ email }) => email),
    orders.map(({ state }) => state),
    orders.map(({ zipcode }) => zipcode),
    orders.map(({ birthday }) => birthday),
    orders.map(({ valid }) => valid),
    orders.map(({ autoValid }) => autoValid),
    orders.map(errorsOf),
  ];
}

function rowsOf(importId: string, orders: readonly ImportedOrder[]): string {
  let rows = '';
  for (const order of orders) {
    const { id, name, email, state, zipcode, birthday, valid, autoValid } = order;
    rows += `${id}\t${copyText(name)}\t${copyText(email)}\t${copyText(state)}\t${copyText(zipcode)}\t${birthday}\t${valid}\t${autoValid}\t${copyText(errorsOf(order))}\t${importId}\n`;
  }
  return rows;
}

function errorsOf({ errors }: ImportedOrder): string | null {
  return errors.length === 0 ? null : JSON.stringify(errors);
}

/** The orders without the first one of each of these ids. */
function withoutFirst(orders: readonly ImportedOrder[], found: readonly { id: number }[]): ImportedOrder[] {
  const ids = new Set(found.map(({ id }) => id));
  return orders.filter(({ id }) => !ids.delete(id));
}
