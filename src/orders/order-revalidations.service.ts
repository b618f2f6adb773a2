import { pipeline, Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { type Job, type JobState, JobsService } from '../jobs/index.js';
import type { Actor } from '../platform/access/actor.js';
import { Database } from '../platform/database/database.js';
import { type Language, Messages } from '../platform/i18n/messages.js';
import { type CsvRow, csvWriter } from '../tabular/index.js';
import type {
  OrderStateDto,
  RevalidationChangeDto,
  RevalidationStatusDto,
} from './dto/order-revalidation.dto.js';
import type { OrderFields } from './order-change.entity.js';
import { type FoundChange, OrderRevalidationRepository } from './order-revalidation.repository.js';
import { NO_COUNTS } from './order-revision.js';
import { OrdersConfig } from './orders.config.js';
import { OrderAddressError } from './orders.errors.js';
import { parseFlag, parsePageQuery } from './page-query.js';
import {
  REVALIDATE_ORDERS,
  type RevalidationCheckpoint,
  type RevalidationPayload,
} from './revalidate-orders.job.js';

/** A page of what a re-validation changed. */
export interface RevalidationChangePage {
  readonly changes: RevalidationChangeDto[];
  /** Query of the page after it; absent where the page is not full. */
  readonly next?: string;
}

type Parameters = Readonly<Record<string, unknown>>;

const STATUS_OF_STATE: Readonly<Record<JobState, RevalidationStatusDto['status']>> = {
  queued: 'PENDING',
  running: 'PROGRESS',
  succeeded: 'SUCCESS',
  failed: 'FAILURE',
  cancelled: 'FAILURE',
  unknown: 'FAILURE',
};
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

/** Judging stored orders again, telling how far that is and what it changed. */
@Injectable()
export class OrderRevalidationsService {
  constructor(
    private readonly jobs: JobsService,
    private readonly database: Database,
    private readonly messages: Messages,
    private readonly repository: OrderRevalidationRepository,
    private readonly config: OrdersConfig,
  ) {}

  /**
   * Makes a job that judges all orders again by the rules that hold when it begins, and returns its id.
   * @param parameters those of the address; `dry_run` counts
   * @throws OrderQueryError if it is not valid
   */
  async start(
    actor: Actor,
    parameters: Parameters,
    requestId: string,
  ): Promise<{ jobId: string; dryRun: boolean }> {
    const dryRun = parseFlag(parameters, 'dry_run');
    const jobId = await this.database.transaction(() =>
      this.jobs.enqueue(REVALIDATE_ORDERS, { dryRun }, { owner: actor.userid, requestId }),
    );
    return { jobId, dryRun };
  }

  /**
   * How far a re-validation of the actor's is.
   * @throws JobNotFoundError, for others' too; OrderAddressError where the job does something else
   */
  async status(actor: Actor, jobId: string, language: Language): Promise<RevalidationStatusDto> {
    const job = await this.jobOf(actor, jobId);
    const checkpoint = job.checkpoint as RevalidationCheckpoint | null | undefined;
    const { total = null, rulesVersion = null, counts = NO_COUNTS } = checkpoint ?? {};
    return {
      // Between two tries a job waits, but it has begun.
      status: job.state === 'queued' && checkpoint ? 'PROGRESS' : STATUS_OF_STATE[job.state as JobState],
      message: this.message(job, { total: total ?? 0, ...counts }, language),
      dry_run: (job.payload as RevalidationPayload).dryRun,
      rules_version: rulesVersion,
      percent: job.state === 'succeeded' ? 100 : percent(counts.checked, total ?? 0),
      total,
      ...counts,
    };
  }

  /**
   * A page of the changes that a re-validation made or would make, by the orders' ids, while it goes on too.
   * @param parameters those of the address; `limit` and `after` count
   * @throws what `status` throws; OrderQueryError if a parameter is not valid
   */
  async changes(
    actor: Actor,
    jobId: string,
    parameters: Parameters,
    language: Language,
  ): Promise<RevalidationChangePage> {
    const { limit, after = 0 } = parsePageQuery(parameters, this.config.ORDERS_MAX_PAGE);
    const { id } = await this.jobOf(actor, jobId);
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
   * @throws what `status` throws
   */
  async changesAsCsv(actor: Actor, jobId: string, language: Language): Promise<Readable> {
    const { id } = await this.jobOf(actor, jobId);
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
      ...(errors && {
        errors: errors.map(({ rule, params }) => ({
          rule,
          message: this.messages.translate(language, `orders.${rule}_error_msg`, params),
        })),
      }),
    };
  }

  /** The job of a re-validation; `OrderAddressError` where it does something else. */
  private async jobOf(actor: Actor, jobId: string): Promise<Job> {
    const job = await this.jobs.get(actor, jobId);
    if (job.kind !== REVALIDATE_ORDERS.name) throw new OrderAddressError();
    return job;
  }

  private message(
    { state, checkpoint, error, payload }: Job,
    { checked, changed, total }: Readonly<Record<'checked' | 'changed' | 'total', number>>,
    language: Language,
  ): string {
    const say = (what: string) =>
      this.messages.translate(language, `orders.revalidate_${what}_msg`, { checked, changed, total });
    if (state === 'succeeded') return say((payload as RevalidationPayload).dryRun ? 'tried' : 'success');
    if (state === 'cancelled') return say('cancelled');
    if (state === 'failed' || state === 'unknown') return error?.message ?? '';
    return checkpoint ? say('progress') : say('starting');
  }
}

function percent(checked: number, total: number): number {
  return total === 0 ? 0 : Math.min(100, Math.floor((checked / total) * 100));
}
