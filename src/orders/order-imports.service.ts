import { Injectable, Logger } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { type Job, type JobState, JobsService } from '../jobs/index.js';
import type { Actor } from '../platform/access/actor.js';
import { Database } from '../platform/database/database.js';
import { type Language, Messages } from '../platform/i18n/messages.js';
import { ObjectStore } from '../storage/index.js';
import type { ImportStatusDto, RejectedLineDto } from './dto/order-import.dto.js';
import { IMPORT_ORDERS, type ImportCheckpoint, type ImportPayload } from './import-orders.job.js';
import { OrderImport } from './order-import.entity.js';
import { OrderImportRepository } from './order-import.repository.js';
import { parseRejectedLineQuery } from './order-query.js';
import { OrderUploads } from './order-uploads.js';
import { OrdersConfig } from './orders.config.js';
import { OrderAddressError } from './orders.errors.js';

/** A page of the lines of a file that became no orders. */
export interface RejectedLinePage {
  readonly lines: RejectedLineDto[];
  /** Query of the page after it; absent where the page is not full. */
  readonly next?: string;
}

const STATUS_OF_STATE: Readonly<Record<JobState, ImportStatusDto['status']>> = {
  queued: 'PENDING',
  running: 'PROGRESS',
  succeeded: 'SUCCESS',
  failed: 'FAILURE',
  cancelled: 'FAILURE',
  unknown: 'FAILURE',
};

/** Starting imports and telling how far they are. */
@Injectable()
export class OrderImportsService {
  private readonly logger = new Logger(OrderImportsService.name);

  constructor(
    private readonly uploads: OrderUploads,
    private readonly store: ObjectStore,
    private readonly jobs: JobsService,
    private readonly database: Database,
    private readonly messages: Messages,
    private readonly repository: OrderImportRepository,
    private readonly config: OrdersConfig,
  ) {}

  /**
   * Stores the file of a request and makes the job that imports it. Returns the job's id.
   * @throws what `OrderUploads.receive` throws; then nothing is left of the file
   */
  async start(actor: Actor, request: FastifyRequest): Promise<string> {
    const id = uuidv7();
    const { fileName, key, size, sha256 } = await this.uploads.receive(request, `orders/imports/${id}.csv`);
    try {
      return await this.database.transaction(async (em) => {
        const payload: ImportPayload = { importId: id, objectKey: key, size };
        const jobId = await this.jobs.enqueue(IMPORT_ORDERS, payload, {
          owner: actor.userid,
          requestId: request.id,
        });
        em.persist(
          em.create(OrderImport, { id, owner: actor.userid, fileName, size, sha256, objectKey: key, jobId }),
        );
        return jobId;
      });
    } catch (error) {
      await this.forget(id, key);
      throw error;
    }
  }

  /**
   * How far an import of the actor's is.
   * @throws JobNotFoundError, for others' imports too; OrderAddressError where no id is given
   */
  async status(actor: Actor, jobId: string, language: Language): Promise<ImportStatusDto> {
    const job = await this.jobOf(actor, jobId);
    const checkpoint = job.checkpoint as ImportCheckpoint | null | undefined;
    const { read, imported, valid, rejected } = checkpoint?.counts ?? {
      read: 0,
      imported: 0,
      valid: 0,
      rejected: 0,
    };
    const { size } = job.payload as ImportPayload;
    const ended = job.state === 'succeeded';
    return {
      // Between two tries a job waits, but it has begun.
      status: job.state === 'queued' && checkpoint ? 'PROGRESS' : STATUS_OF_STATE[job.state as JobState],
      current: imported,
      message: this.message(job, imported, language),
      total: ended ? read : null,
      percent: ended ? 100 : Math.floor(((checkpoint?.place.offset ?? 0) / Math.max(size, 1)) * 100),
      read,
      imported,
      valid,
      invalid: imported - valid,
      duplicate: read - imported - rejected,
      rejected,
    };
  }

  /**
   * A page of the lines that became no orders, in the order of the file, while the import goes on too.
   * @param parameters those of the address; `limit` and `after` count
   * @throws what `status` throws; OrderQueryError if a parameter is not valid
   */
  async rejectedLines(
    actor: Actor,
    jobId: string,
    parameters: Readonly<Record<string, unknown>>,
    language: Language,
  ): Promise<RejectedLinePage> {
    const { limit, after } = parseRejectedLineQuery(parameters, this.config.ORDERS_MAX_PAGE);
    const { importId } = (await this.jobOf(actor, jobId)).payload as ImportPayload;
    const kept = await this.repository.listErrors(importId, after, limit);
    const lines = kept.map(({ params, ...line }) => ({
      ...line,
      message: this.messages.translate(language, `orders.${line.code}`, params ?? {}),
    }));
    return kept.length === limit ? { lines, next: `limit=${limit}&after=${kept.at(-1)!.line}` } : { lines };
  }

  /** The job of an import; `OrderAddressError` where it does something else. */
  private async jobOf(actor: Actor, jobId: string): Promise<Job> {
    if (jobId === '') throw new OrderAddressError();
    const job = await this.jobs.get(actor, jobId);
    if (job.kind !== IMPORT_ORDERS.name) throw new OrderAddressError();
    return job;
  }

  private message({ state, checkpoint, error }: Job, imported: number, language: Language): string {
    const say = (key: string) => this.messages.translate(language, `orders.${key}`, { imported });
    if (state === 'succeeded') return say('import_success_msg');
    if (state === 'cancelled') return say('import_cancelled_msg');
    if (state === 'failed' || state === 'unknown') return error?.message ?? '';
    return checkpoint || state === 'running' ? say('import_progress_msg') : say('import_starting_msg');
  }

  /** Removes a file whose import was not recorded. The answer to a commit may get lost: then it was. */
  private async forget(id: string, key: string): Promise<void> {
    try {
      const recorded = await this.database.query('select 1 from order_import where id = $1', [id]);
      if (recorded.length === 0) await this.store.delete(key);
    } catch (error) {
      this.logger.warn(
        `${key} stays in the object store although nothing refers to it: ${(error as Error).message}`,
      );
    }
  }
}
