import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { ImportedOrder } from './order-file.js';
import type { ImportCounts } from './order-import-options.js';
import { ID_RANGE } from './order-line.js';
import type { Changer } from './order-updates.js';
import { LINES, parametersOf } from './order-writer.js';
import { OrderIdsExhaustedError } from '../orders.errors.js';

const HOLD = `
  insert into order_import_held
    (import_id, line, order_id, name, email, state, zipcode, birthday, valid, auto_valid, errors)
  select $1, file_line, id, name, email, state, zipcode, birthday, valid, auto_valid, errors::jsonb
  from ${LINES} join unnest($11::int[]) with ordinality as place (file_line, line) using (line)`;

// Ids above all others, else below all others, else in the first gap between them.
const FREE = [
  `select top.id + 1 as first, ${ID_RANGE.max} - top.id as room
   from (select greatest(0, coalesce(max(id), 0))::float8 as id from orders) as top`,
  `select 1 as first, min(id) - 1 as room from orders where id > 0`,
  `select id + 1 as first, (select min(id) from orders where id > o.id) - id - 1 as room from orders as o
   where id > 0 and id < ${ID_RANGE.max} and not exists (select from orders where id = o.id + 1) order by id limit 1`,
];

const STORE = `
  with held as (
    delete from order_import_held where (import_id, line) in
      (select import_id, line from order_import_held where import_id = $1 order by line limit $2)
    returning *),
  numbered as (select $3::int - 1 + row_number() over (order by line)::int as id, held.* from held),
  stored as (
    insert into orders (id, name, email, state, zipcode, birthday, valid, auto_valid, errors, import_id)
    select id, name, email, state, zipcode, birthday, valid, auto_valid, errors, import_id from numbered order by id
    returning valid),
  noted as (
    insert into order_change (order_id, cause, job_id, actor, before, after)
    select id, 'renumber', $4, $5, jsonb_build_object('id', order_id), jsonb_build_object('id', id)
    from numbered order by id)
  select count(*)::int as imported, (count(*) filter (where valid))::int as valid from stored`;

/** Most orders that get a new id in one transaction. */
const BATCH = 2000;

/** Gives new ids to orders whose own was taken. */
@Injectable()
export class OrderRenumbering {
  constructor(private readonly database: Database) {}

  /** Keeps orders until their file has been read to its end: an id given earlier could be one of a line to come. */
  async hold(importId: string, orders: readonly ImportedOrder[]): Promise<void> {
    if (orders.length === 0) return;
    await this.database.execute(HOLD, [...parametersOf(importId, orders), orders.map(({ line }) => line)]);
  }

  /**
   * Stores some of the held orders under new ids, the first lines first, and counts them; none are left when it
   * counts none. Call it in a transaction.
   * @throws OrderIdsExhaustedError
   */
  async storeSome(importId: string, { jobId, actor }: Changer): Promise<Partial<ImportCounts>> {
    const [held] = await this.database.query('select 1 from order_import_held where import_id = $1 limit 1', [
      importId,
    ]);
    if (!held) return {};
    // Nobody else may store an order under an id that was found free: not until the end of the transaction.
    await this.database.execute('lock table orders in share row exclusive mode');
    const { first, room } = await this.free();
    const [stored] = await this.database.query<{ imported: number; valid: number }>(STORE, [
      importId,
      Math.min(BATCH, room),
      first,
      jobId,
      actor,
    ]);
    return { ...stored!, renumbered: stored!.imported };
  }

  private async free(): Promise<{ first: number; room: number }> {
    for (const sql of FREE) {
      const [found] = await this.database.query<{ first: number; room: number }>(sql);
      if (found && found.room > 0) return found;
    }
    throw new OrderIdsExhaustedError();
  }
}
