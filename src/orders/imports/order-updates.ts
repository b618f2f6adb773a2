import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { ImportedOrder } from './order-file.js';
import type { ImportCounts } from './order-import-options.js';
import { LINES, OrderWriter, parametersOf } from './order-writer.js';

// The rows are locked in the order of their ids, as every import does, and all of them before any is replaced: what was
// there is noted.
const REPLACE = `
  with line as (select * from ${LINES}),
  old as (select * from orders where id = any($2::int[]) order by id for update),
  replaced as (
    update orders as o set name = line.name, email = line.email, state = line.state, zipcode = line.zipcode,
      birthday = line.birthday, valid = line.valid, auto_valid = line.auto_valid, errors = line.errors::jsonb
    from line join old using (id) where o.id = line.id),
  fields as (
    select line.id, field.* from line join old using (id), lateral (values
      ('name', to_jsonb(old.name), to_jsonb(line.name)), ('email', to_jsonb(old.email), to_jsonb(line.email)),
      ('state', to_jsonb(old.state), to_jsonb(line.state)),
      ('zipcode', to_jsonb(old.zipcode), to_jsonb(line.zipcode)),
      ('birthday', to_jsonb(old.birthday), to_jsonb(line.birthday)),
      ('valid', to_jsonb(old.valid), to_jsonb(line.valid)),
      ('errors', coalesce(old.errors, '[]'), coalesce(line.errors::jsonb, '[]'))) as field (name, before, after)
    where before <> after)
  insert into order_change (order_id, cause, job_id, actor, before, after)
  select id, 'import', $11, $12, jsonb_object_agg(name, before), jsonb_object_agg(name, after)
  from fields where $1::uuid is not null group by id order by id`;

/** Who changes orders, by which job. */
export interface Changer {
  readonly jobId: string;
  /** A userid; null where it is nobody. */
  readonly actor: string | null;
}

/** Replaces orders by those of a file. */
@Injectable()
export class OrderUpdates {
  constructor(
    private readonly database: Database,
    private readonly writer: OrderWriter,
  ) {}

  /**
   * Stores orders; one whose id is taken replaces the order that had it, which goes down in the history of that. Of
   * several with one id the last counts. Call it in a transaction.
   */
  async upsert(
    importId: string,
    orders: readonly ImportedOrder[],
    { jobId, actor }: Changer,
  ): Promise<Partial<ImportCounts>> {
    if (orders.length === 0) return {};
    const last = [...new Map(orders.map((order) => [order.id, order])).values()];
    // First the new ones: what others are storing at the same time is waited for, and then seen.
    const taken = await this.writer.insertUntaken(importId, last);
    if (taken.length > 0) {
      await this.database.execute(REPLACE, [...parametersOf(importId, taken), jobId, actor]);
    }
    const imported = last.length - taken.length;
    return {
      imported,
      updated: orders.length - imported,
      valid: orders.filter(({ valid }) => valid).length,
    };
  }
}
