import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { OrderListItemDto } from './dto/order.dto.js';
import type { OrderQuery, OrderSearch } from './order-query.js';
import type { BrokenRule } from '../rules/order-rules.js';
import { FULL, listStatement, pageStatement } from './order-select.js';
import type { OrderPlace } from './order-sort.js';

/** An order as the statements give it. */
export interface OrderRow extends OrderListItemDto {
  readonly email: string;
  readonly state: string;
  readonly zipcode: string;
  readonly birthday: string;
  readonly errors: readonly BrokenRule[] | null;
}

/** A row of a page that is sorted by something else than the id. */
export interface Placed {
  /** The value of what is sorted by. */
  readonly place?: string | boolean;
}

const DETAIL = `select ${FULL} from orders where id = $1`;
const EXPORTED = `id, name, email, state, zipcode, to_char(birthday, 'YYYY-MM-DD') as birthday, valid, errors`;
const IMPORT_OF_TASK = 'select id from order_import where job_id = $1';

/** The statements that read orders. */
@Injectable()
export class OrderRepository {
  constructor(private readonly database: Database) {}

  /** The order with this id; its birthday in words, like `February 27, 1963`. */
  async find(id: number): Promise<OrderRow | undefined> {
    return (await this.database.prepared<OrderRow>('orders.get', DETAIL, [id]))[0];
  }

  /** A page of the list: all fields of the orders, as `find` gives them, where the query asks for them. */
  async list(query: OrderQuery): Promise<((OrderListItemDto | OrderRow) & Placed)[]> {
    const importId = query.import === undefined ? undefined : await this.importOf(query.import);
    if (importId === null) return [];
    const { name, sql, values } = listStatement(query, importId);
    return name === undefined ? this.database.query(sql, values) : this.database.prepared(name, sql, values);
  }

  /** The next `limit` orders of a search after a place; birthdays as YYYY-MM-DD. */
  async exportPage(
    search: OrderSearch,
    place: OrderPlace | undefined,
    limit: number,
  ): Promise<(OrderRow & Placed)[]> {
    const importId = search.import === undefined ? undefined : await this.importOf(search.import);
    if (importId === null) return [];
    const { sql, values } = pageStatement(EXPORTED, { search, importId, place, limit, offset: 0 });
    return this.database.query(sql, values);
  }

  /** The id of a task's import; null where there is none. Looked up first, so that the plan knows how much it brought. */
  private async importOf(taskId: string): Promise<string | null> {
    const [found] = await this.database.query<{ id: string }>(IMPORT_OF_TASK, [taskId]);
    return found?.id ?? null;
  }
}
