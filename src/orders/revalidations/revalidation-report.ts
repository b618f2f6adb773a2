import { pipeline, Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { type Language, Messages } from '../../platform/i18n/messages.js';
import { type CsvRow, csvWriter } from '../../tabular/index.js';
import type { OrderStateDto, RevalidationChangeDto } from './dto/order-revalidation.dto.js';
import type { OrderFields } from '../history/order-change.entity.js';
import { type FoundChange, OrderRevalidationRepository } from './order-revalidation.repository.js';
import { OrderRevalidationsService } from './order-revalidations.service.js';
import { tellBrokenRules } from '../order-told.js';
import { OrdersConfig } from '../orders.config.js';
import { parsePageQuery } from '../page-query.js';
import type { Parameters } from '../query-reader.js';

/** A page of what a re-validation changed. */
export interface RevalidationChangePage {
  readonly changes: RevalidationChangeDto[];
  /** Query of the page after it; absent where the page is not full. */
  readonly next?: string;
}

const CSV_COLUMNS = [
  'order_id',
  'valid_before',
  'valid_after',
  'zipcode_before',
  'zipcode_after',
  'errors_before',
  'errors_after',
];
/** Changes that are read at a time while a download goes on. */
const CSV_BATCH = 1000;

/** What judging orders again changed, or would change. */
@Injectable()
export class RevalidationReport {
  constructor(
    private readonly revalidations: OrderRevalidationsService,
    private readonly repository: OrderRevalidationRepository,
    private readonly messages: Messages,
    private readonly config: OrdersConfig,
  ) {}

  /**
   * A page of the changes that a re-validation made or would make, by the orders' ids, while it goes on too.
   * @param parameters those of the address; `limit` and `after` count
   * @throws what `OrderRevalidationsService.jobOf` throws; OrderQueryError if a parameter is not valid
   */
  async list(
    actor: Actor,
    jobId: string,
    parameters: Parameters,
    language: Language,
  ): Promise<RevalidationChangePage> {
    const { limit, after = 0 } = parsePageQuery(parameters, this.config.ORDERS_MAX_PAGE);
    const { id } = await this.revalidations.jobOf(actor, jobId);
    const found = await this.repository.listChanges(id, after, limit);
    const changes = found.map((change) => ({
      id: change.id,
      order_id: change.orderId,
      before: this.told(change.before, language),
      after: this.told(change.after, language),
    }));
    return changes.length === limit
      ? { changes, next: `limit=${limit}&after=${changes.at(-1)!.id}` }
      : { changes };
  }

  /**
   * All changes that a re-validation has made so far, or would make, as CSV in UTF-8, read as they are sent.
   * @throws what `OrderRevalidationsService.jobOf` throws; the stream fails with what the database throws
   */
  async csv(actor: Actor, jobId: string, language: Language): Promise<Readable> {
    const { id } = await this.revalidations.jobOf(actor, jobId);
    const writer = csvWriter({ columns: CSV_COLUMNS });
    // Whoever reads the writer sees how it ends.
    return pipeline(Readable.from(this.csvRows(id, language)), writer, () => undefined);
  }

  private async *csvRows(jobId: string, language: Language): AsyncGenerator<CsvRow> {
    let after = 0;
    for (;;) {
      const changes = await this.repository.listChanges(jobId, after, CSV_BATCH);
      for (const change of changes) yield this.csvRow(change, language);
      if (changes.length < CSV_BATCH) return;
      after = changes.at(-1)!.id;
    }
  }

  private csvRow({ orderId, before, after }: FoundChange, language: Language): CsvRow {
    const [old, now] = [this.told(before, language), this.told(after, language)];
    const text = ({ errors }: OrderStateDto) => errors?.map(({ message }) => message).join('; ');
    return [orderId, old.valid, now.valid, old.zipcode, now.zipcode, text(old), text(now)];
  }

  /** What an order was or is, its broken rules told in the language. */
  private told({ valid, zipcode, errors }: OrderFields, language: Language): OrderStateDto {
    return {
      ...(valid !== undefined && { valid }),
      ...(zipcode !== undefined && { zipcode }),
      ...(errors && { errors: tellBrokenRules(errors, this.messages, language) }),
    };
  }
}
