import { addAbortSignal } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Injectable } from '@nestjs/common';
import { defineJob, type HandlesJob, JobHandler, type JobRun } from '../../jobs/index.js';
import { ObjectStore } from '../../storage/index.js';
import { MAX_HEADER, readHead } from './order-dialect.js';
import { type FilePlace, type OrderBatch, readOrders } from './order-file.js';
import { type ImportCounts, type ImportOptions, NO_COUNTS, plus } from './order-import-options.js';
import { OrderImportRepository } from './order-import.repository.js';
import { OrderIntake } from './order-intake.js';
import { OrderRenumbering } from './order-renumbering.js';
import { OrderRulesService, type RuleSet } from '../rules/order-rules.service.js';
import { OrdersConfig } from '../orders.config.js';

export interface ImportPayload extends ImportOptions {
  readonly importId: string;
  readonly objectKey: string;
  /** Of the stored file, in bytes. */
  readonly size: number;
  /** As its sender calls it. */
  readonly fileName: string;
}

/** Up to where the file is imported, and what was found until there. */
export interface ImportCheckpoint {
  /** Null for a file without a line. */
  readonly place: FilePlace | null;
  /** The date that ages are reckoned at: that on which the import began, whenever it ends. YYYY-MM-DD in UTC. */
  readonly today: string;
  /** The rules that held when the import began. */
  readonly rules: RuleSet;
  readonly counts: ImportCounts;
}

/** What an import did, in lines of the file. */
export interface ImportResult extends ImportCounts {
  readonly invalid: number;
}

/** Imports an uploaded file of orders. */
export const IMPORT_ORDERS = defineJob<ImportPayload, ImportResult>('orders.import');

type ImportRun = JobRun<ImportPayload, ImportCheckpoint>;

/** Reads the file batch by batch; each is committed together with the place where the next one begins. */
@Injectable()
@JobHandler(IMPORT_ORDERS)
export class ImportOrdersJob implements HandlesJob<ImportPayload, ImportResult, ImportCheckpoint> {
  constructor(
    private readonly store: ObjectStore,
    private readonly repository: OrderImportRepository,
    private readonly intake: OrderIntake,
    private readonly renumbering: OrderRenumbering,
    private readonly rules: OrderRulesService,
    private readonly config: OrdersConfig,
  ) {}

  /**
   * Imports what the checkpoint does not know of. A line that is no order is counted and passed over.
   * @throws what `readHead` and `readOrders` throw: the file is at fault, trying again does not help
   */
  async run(job: ImportRun): Promise<ImportResult> {
    const start = job.checkpoint ?? (await this.begin(job.payload));
    const read = start.place ? await this.readFile(job, start, start.place) : start;
    const end = await this.renumber(job, read);
    const { importId, dryRun } = job.payload;
    while (await this.repository.forgetSome(importId)) job.throwIfInterrupted();
    const progress = progressOf(end.counts, dryRun);
    const finish = async () => {
      await this.repository.saveCounts(importId, end.counts, end.rules.version);
      await this.repository.finish(importId);
    };
    await job.commit(end, finish, { ...progress, total: progress.current });
    return { ...end.counts, invalid: end.counts.imported + end.counts.updated - end.counts.valid };
  }

  private async begin({ objectKey, map }: ImportPayload): Promise<ImportCheckpoint> {
    const stream = await this.store.get(objectKey, { start: 0, end: MAX_HEADER - 1 });
    const head = await readHead(await buffer(stream), map);
    return {
      place: head ? { ...head, forerunner: null } : null,
      today: new Date().toISOString().slice(0, 10),
      rules: await this.rules.current(),
      counts: NO_COUNTS,
    };
  }

  private async readFile(
    job: ImportRun,
    start: ImportCheckpoint,
    from: FilePlace,
  ): Promise<ImportCheckpoint> {
    const file = await this.store.get(job.payload.objectKey, { start: from.offset });
    addAbortSignal(job.signal, file);
    // While one batch is being stored the next one is read and judged.
    let stored = Promise.resolve(start);
    try {
      for await (const batch of readOrders(file, from, start.rules.settings, start.today)) {
        const before = await stored;
        stored = this.storeBatch(job, before, batch);
        stored.catch(() => undefined); // told by the next await, which comes after a while
      }
    } finally {
      await Promise.allSettled([stored]);
    }
    return stored;
  }

  /** Commits one batch and returns the checkpoint after it. */
  private async storeBatch(
    job: ImportRun,
    before: ImportCheckpoint,
    { orders, rejected, end }: OrderBatch,
  ): Promise<ImportCheckpoint> {
    const { importId } = job.payload;
    const room = Math.max(0, this.config.ORDERS_MAX_IMPORT_ERRORS - before.counts.rejected);
    const after = { ...before, place: end };
    // How many orders are new is known once they are stored; the checkpoint is written after that.
    await job.commit(after, async () => {
      const { counts, taken } = await this.intake.store(orders, {
        ...job.payload,
        jobId: job.id,
        actor: job.owner,
      });
      const unread = [...rejected, ...taken].sort((a, b) => a.line - b.line);
      await this.repository.insertErrors(importId, unread.slice(0, room));
      after.counts = plus(before.counts, {
        ...counts,
        read: orders.length + rejected.length,
        rejected: unread.length,
      });
      await this.repository.saveCounts(importId, after.counts, after.rules.version);
    });
    job.progress(progressOf(after.counts, job.payload.dryRun));
    return after;
  }

  /** Stores, under new ids, what was kept until the end of the file. */
  private async renumber(job: ImportRun, read: ImportCheckpoint): Promise<ImportCheckpoint> {
    const { importId, onDuplicate, dryRun } = job.payload;
    if (onDuplicate !== 'renumber' || dryRun) return read;
    let end = read;
    for (let more = true; more;) {
      const after = { ...end };
      await job.commit(after, async () => {
        const stored = await this.renumbering.storeSome(importId, { jobId: job.id, actor: job.owner });
        after.counts = plus(end.counts, stored);
        more = stored.imported !== undefined;
      });
      end = after;
      job.progress(progressOf(end.counts, dryRun));
    }
    return end;
  }
}

function progressOf({ imported, updated, read }: ImportCounts, dryRun: boolean) {
  return dryRun ? { current: read, unit: 'lines' } : { current: imported + updated, unit: 'orders' };
}
