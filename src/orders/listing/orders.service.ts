import { Injectable } from '@nestjs/common';
import type { Language } from '../../platform/i18n/messages.js';
import { Messages } from '../../platform/i18n/messages.js';
import type { OrderDto, OrderListItemDto } from './dto/order.dto.js';
import { type OrderQuery, parseOrderQuery } from './order-query.js';
import { writeCursor } from './order-sort.js';
import { tellBrokenRules } from '../order-told.js';
import { isOrderId } from '../order-values.js';
import { type OrderRow, OrderRepository, type Placed } from './order.repository.js';
import { OrdersConfig } from '../orders.config.js';
import { OrderAddressError, OrderNotFoundError } from '../orders.errors.js';

/** A page of the list. */
export interface OrderPage {
  readonly orders: (OrderListItemDto | OrderDto)[];
  /** Query of the page after it; absent where the page is not full. */
  readonly next?: string;
}

/** Reading orders. They belong to nobody: who may read orders may read all of them. */
@Injectable()
export class OrdersService {
  constructor(
    private readonly repository: OrderRepository,
    private readonly messages: Messages,
    private readonly config: OrdersConfig,
  ) {}

  /**
   * A page of the orders that the parameters ask for, by id unless they name another sort. Broken rules, where they are
   * asked for, are told in the language.
   * @throws OrderQueryError if a parameter is not valid
   */
  async list(parameters: Readonly<Record<string, unknown>>, language: () => Language): Promise<OrderPage> {
    const query = parseOrderQuery(parameters, this.config.ORDERS_MAX_PAGE);
    const rows = await this.repository.list(query);
    const orders = this.shown(rows, query, language);
    return rows.length === query.limit ? { orders, next: nextQuery(query, rows.at(-1)!) } : { orders };
  }

  /**
   * One order, its broken rules told in the language.
   * @param id as it stands in the address
   * @throws OrderAddressError if it is no whole number, OrderNotFoundError
   */
  async get(id: string, language: () => Language): Promise<OrderDto> {
    const number = parseId(id);
    const row = isOrderId(number) ? await this.repository.find(number) : undefined;
    if (!row) throw new OrderNotFoundError(id);
    return this.told(row, language);
  }

  private shown(
    rows: (OrderListItemDto | OrderRow)[],
    { full, sort }: OrderQuery,
    language: () => Language,
  ): OrderPage['orders'] {
    if (full) return rows.map((row) => this.told(row as OrderRow, language));
    // By id, rows are the items already.
    return sort.key ? rows.map(({ id, valid, name }) => ({ id, valid, name })) : rows;
  }

  private told(
    { id, valid, name, email, state, zipcode, errors, birthday }: OrderRow,
    language: () => Language,
  ) {
    const told = errors === null ? [] : tellBrokenRules(errors, this.messages, language());
    return { id, valid, name, email, state, zipcode, errors: told, birthday };
  }
}

/** Whether an id in an address asks for the list: the original takes 0 for none. */
export function isNoId(id: string): boolean {
  return parseId(id) === 0;
}

/**
 * The number that an id in an address is; it may be one that no order can have.
 * @throws OrderAddressError if it is no whole number
 */
export function parseId(id: string): number {
  if (!/^-?\d+$/.test(id)) throw new OrderAddressError();
  return Number(id);
}

/** What asks for the page after the one that ends in `last`. */
function nextQuery(query: OrderQuery, last: OrderListItemDto & Placed): string {
  const { limit, valid, state, import: task, filters, sort, full } = query;
  const after = sort.key ? writeCursor(sort, { value: last.place!, id: last.id }) : last.id;
  const others = new URLSearchParams(filters.map(({ name, text }): [string, string] => [name, text]));
  if (task !== undefined) others.append('import', task);
  if (sort.name !== 'id') others.append('sort', sort.name);
  if (full) others.append('fields', 'all');
  return (
    `limit=${limit}&after=${after}` +
    (valid === undefined ? '' : `&valid=${valid}`) +
    (state === undefined ? '' : `&state=${state}`) +
    (others.size === 0 ? '' : `&${others.toString()}`)
  );
}
