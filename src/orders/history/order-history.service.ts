import { Injectable } from '@nestjs/common';
import { type Actor, ANONYMOUS } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { type Language, Messages } from '../../platform/i18n/messages.js';
import type { OrderEventDto, OrderFieldsDto } from './dto/order-history.dto.js';
import type { ChangeCause, OrderFields } from './order-change.entity.js';
import { parsePageQuery } from '../page-query.js';
import { tellBrokenRules } from '../order-told.js';
import { isOrderId } from '../order-values.js';
import { OrdersConfig } from '../orders.config.js';
import { OrderNotFoundError } from '../orders.errors.js';
import { parseId } from '../listing/orders.service.js';

/** A page of what happened to an order. */
export interface OrderHistoryPage {
  readonly events: OrderEventDto[];
  /** Query of the page after it; absent where it ends with the oldest event. */
  readonly next?: string;
}

interface OriginRow {
  readonly at: string;
  readonly actor: string | null;
  readonly taskId: string | null;
  readonly fileName: string | null;
}

interface ChangeRow extends OriginRow {
  /** A text: the driver's way with numbers of 64 bits. */
  readonly id: string;
  readonly cause: ChangeCause;
  readonly before: OrderFields | null;
  readonly after: OrderFields;
}

const isoOf = (column: string) =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at`;
const ORIGIN = `
  select ${isoOf('orders.created_at')}, owner as actor, job_id as "taskId", file_name as "fileName"
  from orders left join order_import on order_import.id = import_id where orders.id = $1`;
// A change knows the task that made it, and the task's import knows the file.
const CHANGES = `
  select order_change.id::text, cause, ${isoOf('at')}, actor, order_change.job_id as "taskId",
    file_name as "fileName", before, after
  from order_change left join order_import on order_import.job_id = order_change.job_id
  where order_id = $1 and applied and order_change.id < $2::bigint order by order_change.id desc limit $3`;

/** What happened to orders since they were imported. */
@Injectable()
export class OrderHistoryService {
  constructor(
    private readonly database: Database,
    private readonly messages: Messages,
    private readonly config: OrdersConfig,
  ) {}

  /**
   * A page of what happened to an order, the newest first; the oldest is that it was imported. Broken rules are told in
   * the language.
   * @param id as it stands in the address
   * @param parameters those of the address; `limit` and `after` count
   * @throws OrderAddressError if the id is no whole number, OrderNotFoundError; OrderQueryError if a parameter is not
   * valid
   */
  async history(
    actor: Actor,
    id: string,
    parameters: Readonly<Record<string, unknown>>,
    language: Language,
  ): Promise<OrderHistoryPage> {
    const number = parseId(id);
    const { limit, after } = parsePageQuery(parameters, this.config.ORDERS_MAX_PAGE);
    const [origin] = isOrderId(number) ? await this.database.query<OriginRow>(ORIGIN, [number]) : [];
    if (!origin) throw new OrderNotFoundError(id);
    const before = after ?? Number.MAX_SAFE_INTEGER;
    const changes = await this.database.query<ChangeRow>(CHANGES, [number, before, limit]);
    const show = actor.isNobody ? withoutPeople : (event: OrderEventDto) => event;
    const events = changes.map((change) => show(this.change(change, language)));
    if (changes.length === limit) return { events, next: `limit=${limit}&after=${changes.at(-1)!.id}` };
    return { events: [...events, show(creation(origin))] };
  }

  private change(change: ChangeRow, language: Language): OrderEventDto {
    const { id, cause, at, actor, taskId, fileName, before, after } = change;
    return {
      id: Number(id),
      cause,
      at,
      actor,
      task_id: taskId,
      file_name: fileName,
      before: before && this.told(before, language),
      after: this.told(after, language),
    };
  }

  private told({ errors, ...fields }: OrderFields, language: Language): OrderFieldsDto {
    return errors ? { ...fields, errors: tellBrokenRules(errors, this.messages, language) } : fields;
  }
}

/** An event as nobody may see it: who signed in here, and what he did, is told to those only who signed in too. */
function withoutPeople(event: OrderEventDto): OrderEventDto {
  return event.actor === ANONYMOUS ? event : { ...event, actor: null, task_id: null, file_name: null };
}

function creation({ at, actor, taskId, fileName }: OriginRow): OrderEventDto {
  return {
    id: null,
    cause: 'created',
    at,
    actor,
    task_id: taskId,
    file_name: fileName,
    before: null,
    after: null,
  };
}
