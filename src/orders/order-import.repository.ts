import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { ImportedOrder, RejectedLine } from './order-file.js';
import { MAX_KEPT_VALUE } from './order-import-error.entity.js';

/** A rejected line as it is kept. */
export interface KeptLine {
  readonly line: number;
  readonly column: string | null;
  readonly value: string | null;
  readonly code: string;
  readonly params: Readonly<Record<string, string | number>> | null;
}

/** How many orders were new, and how many of those are valid. */
export interface InsertedOrders {
  readonly count: number;
  readonly valid: number;
}

// In the order of the ids, so that two imports of the same orders cannot lock each other out; of two lines with one
// id the first wins.
const INSERT_ORDERS = `
  with inserted as (
    insert into orders (id, name, email, state, zipcode, birthday, valid, errors, import_id)
    select id, name, email, state, zipcode, birthday, valid, errors::jsonb, $9
    from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::bool[], $8::text[])
      with ordinality as line (id, name, email, state, zipcode, birthday, valid, errors, place)
    order by id, place
    on conflict (id) do nothing
    returning valid)
  select count(*)::int as count, (count(*) filter (where valid))::int as valid from inserted`;

const INSERT_ERRORS = `
  insert into order_import_error (import_id, line, "column", value, code, params)
  select $1, line, name, value, code, params::jsonb
  from unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[]) as error (line, name, value, code, params)
  on conflict do nothing`;

const LIST_ERRORS = `
  select line, "column", value, code, params from order_import_error
  where import_id = $1 and line > $2::bigint order by line limit $3`;

/** The statements of an import: one for all orders of a batch, one for all its rejected lines. */
@Injectable()
export class OrderImportRepository {
  constructor(private readonly database: Database) {}

  /** Stores the orders whose id is not taken yet. Of two with one id the first is stored. */
  async insertOrders(importId: string, orders: readonly ImportedOrder[]): Promise<InsertedOrders> {
    if (orders.length === 0) return { count: 0, valid: 0 };
    const [inserted] = await this.database.query<InsertedOrders>(INSERT_ORDERS, [
      orders.map(({ id }) => id),
      orders.map(({ name }) => name),
      orders.map(({ email }) => email),
      orders.map(({ state }) => state),
      orders.map(({ zipcode }) => zipcode),
      orders.map(({ birthday }) => birthday),
      orders.map(({ valid }) => valid),
      orders.map(({ errors }) => (errors.length === 0 ? null : JSON.stringify(errors))),
      importId,
    ]);
    return inserted!;
  }

  /** Rejected lines of an import in the order of the file, at most `limit` of those after a line. */
  async listErrors(importId: string, after: number, limit: number): Promise<KeptLine[]> {
    return this.database.query<KeptLine>(LIST_ERRORS, [importId, after, limit]);
  }

  /** Stores rejected lines of an import, their values cut to what is kept. */
  async insertErrors(importId: string, lines: readonly RejectedLine[]): Promise<void> {
    if (lines.length === 0) return;
    await this.database.execute(INSERT_ERRORS, [
      importId,
      lines.map(({ line }) => line),
      lines.map(({ column }) => column),
      lines.map(({ value }) => (value === null ? null : cut(value))),
      lines.map(({ code }) => code),
      lines.map(({ params }) => (params ? JSON.stringify(params) : null)),
    ]);
  }
}

/** The beginning of a text, not cut within a character. */
function cut(text: string): string {
  const short = text.slice(0, MAX_KEPT_VALUE);
  return /[\ud800-\udbff]$/.test(short) ? short.slice(0, -1) : short;
}
