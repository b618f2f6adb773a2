import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Language } from '../platform/i18n/messages.js';
import { Messages } from '../platform/i18n/messages.js';
import type { OrderDto, OrderListItemDto } from './dto/order.dto.js';
import { ID_RANGE } from './order-line.js';
import { parseOrderQuery, type OrderQuery } from './order-query.js';
import type { BrokenRule } from './order-rules.js';
import { OrdersConfig } from './orders.config.js';
import { OrderAddressError, OrderNotFoundError } from './orders.errors.js';

/** A page of the list. */
export interface OrderPage {
  readonly orders: OrderListItemDto[];
  /** Query of the page after it; absent where the page is not full. */
  readonly next?: string;
}

interface OrderRow extends Omit<OrderDto, 'errors'> {
  readonly errors: readonly BrokenRule[] | null;
}

/** Below every id. */
const BEFORE_ALL = ID_RANGE.min - 1;
const DETAIL = `select id, valid, name, email, state, zipcode, errors, to_char(birthday, 'FMMonth DD, YYYY') as birthday from orders where id = $1`;

/** Reading orders. They belong to nobody: who may read orders may read all of them. */
@Injectable()
export class OrdersService {
  constructor(
    private readonly database: Database,
    private readonly messages: Messages,
    private readonly config: OrdersConfig,
  ) {}

  /**
   * A page of the orders that the parameters ask for, by id.
   * @throws OrderQueryError if a parameter is not valid
   */
  async list(parameters: Readonly<Record<string, unknown>>): Promise<OrderPage> {
    const query = parseOrderQuery(parameters, this.config.ORDERS_MAX_PAGE);
    const { limit, offset, after = BEFORE_ALL, valid, state } = query;
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
    const orders = await this.database.prepared<OrderListItemDto>(name, sql, values);
    return orders.length === limit ? { orders, next: nextQuery(query, orders.at(-1)!.id) } : { orders };
  }

  /**
   * One order, its broken rules told in the language.
   * @param id as it stands in the address
   * @throws OrderAddressError if it is no whole number, OrderNotFoundError
   */
  async get(id: string, language: () => Language): Promise<OrderDto> {
    const number = parseId(id);
    const isId = number >= ID_RANGE.min && number <= ID_RANGE.max;
    const [row] = isId ? await this.database.prepared<OrderRow>('orders.get', DETAIL, [number]) : [];
    if (!row) throw new OrderNotFoundError(id);
    const { birthday, errors, ...order } = row;
    return { ...order, errors: errors === null ? [] : this.translated(errors, language()), birthday };
  }

  private translated(errors: readonly BrokenRule[], language: Language): OrderDto['errors'] {
    return errors.map(({ rule, params }) => ({
      rule,
      message: this.messages.translate(language, `orders.${rule}_error_msg`, params),
    }));
  }
}

/** Whether an id in an address asks for the list: the original takes 0 for none. */
export function isNoId(id: string): boolean {
  return parseId(id) === 0;
}

function parseId(id: string): number {
  if (!/^-?\d+$/.test(id)) throw new OrderAddressError();
  return Number(id);
}

function nextQuery({ limit, valid, state }: OrderQuery, last: number): string {
  const filters =
    (valid === undefined ? '' : `&valid=${valid}`) + (state === undefined ? '' : `&state=${state}`);
  return `limit=${limit}&after=${last}${filters}`;
}
