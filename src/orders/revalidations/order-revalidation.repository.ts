import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { OrderFields } from '../history/order-change.entity.js';
import type { OrderRevision, StoredOrder } from './order-revision.js';

/** A change that a re-validation made, or would make. */
export interface FoundChange {
  /** Number of the change; rises with the ids of the orders. */
  readonly id: number;
  readonly orderId: number;
  readonly before: OrderFields;
  readonly after: OrderFields;
}

const PAGE = `
  select id, email, state, zipcode, to_char(birthday, 'YYYY-MM-DD') as birthday, valid, auto_valid as "autoValid", errors,
    xmin::text as "rowVersion"
  from orders where id > $1::bigint order by id limit $2`;

// The rows are locked in the order of their ids, so that it cannot lock out an import. One that was written since it
// was read is left alone: whoever wrote it has judged it.
const UPDATE = `
  with revised as materialized (
    select * from unnest($1::int[], $2::text[], $3::bool[], $4::text[], $5::text[])
      as revision (id, row_version, valid, zipcode, errors)),
  locked as materialized (
    select orders.id from orders join revised on revised.id = orders.id
    where orders.xmin::text = revised.row_version order by orders.id for update of orders)
  update orders set valid = revised.valid, zipcode = revised.zipcode, errors = revised.errors::jsonb
  from revised join locked on locked.id = revised.id
  where orders.id = revised.id returning orders.id`;

const RECORD = `
  insert into order_change (order_id, cause, applied, job_id, actor, before, after)
  select order_id, 'revalidation', $1, $2, $3, before::jsonb, after::jsonb
  from unnest($4::int[], $5::text[], $6::text[]) as change (order_id, before, after) order by order_id`;

const LIST = `
  select id::float8 as id, order_id as "orderId", before, after from order_change
  where job_id = $1 and id > $2::bigint order by id limit $3`;

/** The statements of a re-validation: one to read a batch, one for all that changes in it, one to tell of that. */
@Injectable()
export class OrderRevalidationRepository {
  constructor(private readonly database: Database) {}

  /** How many orders there are. */
  async count(): Promise<number> {
    const [row] = await this.database.query<{ count: number }>('select count(*)::int as count from orders');
    return row!.count;
  }

  /** Orders by id, at most `limit` of those after an id. */
  async page(after: number, limit: number): Promise<StoredOrder[]> {
    return this.database.prepared<StoredOrder>('orders.revalidate', PAGE, [after, limit]);
  }

  /** Writes what orders are judged to be; returns those of the revisions whose order was still as it was read. */
  async apply(revisions: readonly OrderRevision[]): Promise<OrderRevision[]> {
    if (revisions.length === 0) return [];
    const written = await this.database.query<{ id: number }>(UPDATE, [
      revisions.map(({ order }) => order.id),
      revisions.map(({ order }) => order.rowVersion),
      revisions.map(({ verdict }) => verdict.valid),
      revisions.map(({ verdict }) => verdict.zipcode),
      revisions.map(({ verdict: { errors } }) => (errors.length === 0 ? null : JSON.stringify(errors))),
    ]);
    const ids = new Set(written.map(({ id }) => id));
    return revisions.filter(({ order }) => ids.has(order.id));
  }

  /**
   * Tells of changes of orders.
   * @param applied false where they were only tried
   */
  async record(
    { id, owner }: { readonly id: string; readonly owner: string | null },
    applied: boolean,
    revisions: readonly OrderRevision[],
  ): Promise<void> {
    if (revisions.length === 0) return;
    await this.database.execute(RECORD, [
      applied,
      id,
      owner,
      revisions.map(({ order }) => order.id),
      revisions.map(({ before }) => JSON.stringify(before)),
      revisions.map(({ after }) => JSON.stringify(after)),
    ]);
  }

  /** Changes that a job made or tried, in the order of the orders' ids, at most `limit` of those after a change. */
  async listChanges(jobId: string, after: number, limit: number): Promise<FoundChange[]> {
    return this.database.query<FoundChange>(LIST, [jobId, after, limit]);
  }
}
