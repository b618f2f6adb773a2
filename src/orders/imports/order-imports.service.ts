import { Injectable, Logger, type MessageEvent } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { v7 as uuidv7 } from 'uuid';
import { AuditLog } from '../../audit/index.js';
import { type Job, JobEvents, JobsService } from '../../jobs/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { type Language, Messages } from '../../platform/i18n/messages.js';
import { ObjectStore } from '../../storage/index.js';
import type { ImportStatusDto } from './dto/order-import.dto.js';
import { IMPORT_ORDERS, type ImportPayload } from './import-orders.job.js';
import { ImportHistory } from './order-import-history.js';
import { type ImportQuery, parseImportQuery } from './order-import-query.js';
import { importStatus } from './order-import-status.js';
import { OrderImport } from './order-import.entity.js';
import { OrderUploads, type UploadedFile } from './order-uploads.js';
import { OrderAddressError } from '../orders.errors.js';
import type { Parameters } from '../query-reader.js';

/** An import that was started, or the one that the file was imported by before. */
export interface StartedImport {
  readonly jobId: string;
  readonly isKnown: boolean;
}

/** Starting, watching, cancelling and resuming imports. */
@Injectable()
export class OrderImportsService {
  private readonly logger = new Logger(OrderImportsService.name);

  constructor(
    private readonly uploads: OrderUploads,
    private readonly store: ObjectStore,
    private readonly jobs: JobsService,
    private readonly jobEvents: JobEvents,
    private readonly history: ImportHistory,
    private readonly database: Database,
    private readonly messages: Messages,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Stores the file of a request and makes the job that imports it. A file that the actor has just sent, to be imported
   * in the same way, is not imported again: a client that did not get the answer may send it once more.
   * @throws what `OrderUploads.receive` throws; OrderQueryError if a parameter is not valid; then nothing is left of the
   * file
   */
  async start(actor: Actor, request: FastifyRequest, parameters: Parameters): Promise<StartedImport> {
    const query = parseImportQuery(parameters);
    const file = await this.uploads.receive(request, `orders/imports/${uuidv7()}.csv`);
    let id: string | undefined;
    let started: StartedImport | undefined;
    try {
      started = await this.database.transaction(async () => {
        const known = await this.history.findLatest(actor.userid, file.sha256, query);
        if (known !== undefined) return { jobId: known, isKnown: true };
        id = uuidv7(); // now, as no other import of the actor's can be recorded: ids are in the order of the imports
        return { jobId: await this.record(actor, request.id, id, file, query), isKnown: false };
      });
      return started;
    } finally {
      if (started?.isKnown !== false) await this.forget(id, file.key);
    }
  }

  /**
   * How far an import of the actor's is.
   * @throws JobNotFoundError, for others' imports too; OrderAddressError where no id is given
   */
  async status(actor: Actor, jobId: string, language: Language): Promise<ImportStatusDto> {
    return importStatus(await this.jobOf(actor, jobId), this.messages, language);
  }

  /**
   * How far an import of the actor's is, now, at each change and at its end.
   * @throws what `status` throws
   */
  async follow(actor: Actor, jobId: string, language: Language): Promise<Observable<MessageEvent>> {
    const job = await this.jobOf(actor, jobId);
    return this.jobEvents.follow(job, (seen) => importStatus(seen, this.messages, language));
  }

  /**
   * Stops an import; what it has stored stays.
   * @throws what `status` throws; JobNotCancellableError if it has ended
   */
  async cancel(actor: Actor, jobId: string, language: Language): Promise<ImportStatusDto> {
    await this.jobOf(actor, jobId);
    return importStatus(await this.jobs.cancel(actor, jobId), this.messages, language);
  }

  /**
   * Goes on with an import that was cancelled or failed, from where it stopped.
   * @throws what `status` throws; JobNotRetryableError unless it was cancelled or failed
   */
  async resume(actor: Actor, jobId: string, language: Language): Promise<ImportStatusDto> {
    await this.jobOf(actor, jobId);
    return importStatus(await this.jobs.retry(actor, jobId), this.messages, language);
  }

  /**
   * The job of an import of the actor's.
   * @throws JobNotFoundError, for others' imports too; OrderAddressError where the id is none, or of another job
   */
  async jobOf(actor: Actor, jobId: string): Promise<Job> {
    if (jobId === '') throw new OrderAddressError();
    const job = await this.jobs.get(actor, jobId);
    if (job.kind !== IMPORT_ORDERS.name) throw new OrderAddressError();
    return job;
  }

  private async record(
    actor: Actor,
    requestId: string,
    id: string,
    { key: objectKey, storedSize, fileName, size, sha256 }: UploadedFile,
    { dryRun, onDuplicate, map }: ImportQuery,
  ): Promise<string> {
    const { userid: owner } = actor;
    const payload: ImportPayload = {
      ...{ importId: id, objectKey, size: storedSize, fileName },
      ...{ dryRun, onDuplicate, map },
    };
    const jobId = await this.jobs.enqueue(IMPORT_ORDERS, payload, { owner, requestId });
    const em = this.database.reader();
    em.persist(
      em.create(OrderImport, {
        ...{ id, owner, fileName, size, sha256, objectKey, jobId },
        ...{ dryRun, onDuplicate, headerMap: map },
      }),
    );
    await em.flush();
    await this.audit.record({
      actor,
      action: 'orders.import',
      subject: `order-import:${id}`,
      details: { jobId, fileName, sha256, dryRun, onDuplicate },
      requestId,
    });
    return jobId;
  }

  /** Removes a file whose import was not recorded. The answer to a commit may get lost: then it was. */
  private async forget(id: string | undefined, key: string): Promise<void> {
    try {
      const recorded =
        id === undefined ? [] : await this.database.query('select 1 from order_import where id = $1', [id]);
      if (recorded.length === 0) await this.store.delete(key);
    } catch (error) {
      this.logger.warn(
        `${key} stays in the object store although nothing refers to it: ${(error as Error).message}`,
      );
    }
  }
}
