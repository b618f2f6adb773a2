import { addAbortSignal } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { defineJob, type HandlesJob, JobHandler, type JobRun } from '../jobs/index.js';
import { ObjectStore } from '../storage/index.js';
import { FILE_START, type FilePlace, type OrderBatch, readOrders } from './order-file.js';
import { OrderImportRepository } from './order-import.repository.js';
import type { RuleSettings } from './order-rules.js';
import { OrdersConfig } from './orders.config.js';

export interface ImportPayload {
  readonly importId: string;
  readonly objectKey: string;
  /** Of the file, in bytes. */
  readonly size: number;
}

interface Counts {
  /** Lines that hold data. */
  readonly read: number;
  /** Orders stored; the lines that are neither imported nor rejected had an id that was taken. */
  readonly imported: number;
  /** Orders stored that are valid. */
  readonly valid: number;
  /** Lines that are no order. */
  readonly rejected: number;
}

/** Up to where the file is imported, and what was found until there. */
export interface ImportCheckpoint {
  readonly place: FilePlace;
  /** The date that ages are reckoned at: that on which the import began, whenever it ends. YYYY-MM-DD in UTC. */
  readonly today: string;
  readonly counts: Counts;
}

/** What an import did, in lines of the file. */
export interface ImportResult extends Counts {
  readonly invalid: number;
  readonly duplicate: number;
}

/** Imports an uploaded file of orders. */
export const IMPORT_ORDERS = defineJob<ImportPayload, ImportResult>('orders.import');

/** Reads the file batch by batch; each is committed together with the place where the next one begins. */
@Injectable()
@JobHandler(IMPORT_ORDERS)
export class ImportOrdersJob implements HandlesJob<ImportPayload, ImportResult, ImportCheckpoint> {
  private readonly rules: RuleSettings;

  constructor(
    private readonly store: ObjectStore,
    private readonly repository: OrderImportRepository,
    private readonly config: OrdersConfig,
  ) {
    this.rules = {
      allowedAge: config.ALLOWED_AGE,
      invalidStates: config.INVALID_STATES,
      validators: config.VALIDATORS,
    };
  }

  /**
   * Imports what the checkpoint does not know of. A line that is no order is counted and passed over.
   * @throws what `readOrders` throws: the file is at fault, trying again does not help
   */
  async run(job: JobRun<ImportPayload, ImportCheckpoint>): Promise<ImportResult> {
    const start = job.checkpoint ?? beginning();
    const file = await this.store.get(job.payload.objectKey, { start: start.place.offset });
    addAbortSignal(job.signal, file);
    // While one batch is being stored the next one is read and judged.
    let stored = Promise.resolve(start);
    try {
      for await (const batch of readOrders(file, start.place, this.rules, start.today)) {
        const before = await stored;
        stored = this.storeBatch(job, before, batch);
        stored.catch(() => undefined); // told by the next await, which comes after a while
      }
    } finally {
      await Promise.allSettled([stored]);
    }
    const end = await stored;
    const { read, imported, valid, rejected } = end.counts;
    await job.commit(end, undefined, { current: imported, total: imported, unit: 'orders' });
    return {
      read,
      imported,
      valid,
      invalid: imported - valid,
      duplicate: read - imported - rejected,
      rejected,
    };
  }

  /** Commits one batch and returns the checkpoint after it. */
  private async storeBatch(
    job: JobRun<ImportPayload, ImportCheckpoint>,
    { counts, today }: ImportCheckpoint,
    { orders, rejected, end }: OrderBatch,
  ): Promise<ImportCheckpoint> {
    const { importId } = job.payload;
    const room = Math.max(0, this.config.ORDERS_MAX_IMPORT_ERRORS - counts.rejected);
    const after = { place: end, today, counts };
    // How many orders are new is known once they are inserted; the checkpoint is written after that.
    await job.commit(after, async () => {
      const inserted = await this.repository.insertOrders(importId, orders);
      await this.repository.insertErrors(importId, rejected.slice(0, room));
      after.counts = {
        read: counts.read + orders.length + rejected.length,
        imported: counts.imported + inserted.count,
        valid: counts.valid + inserted.valid,
        rejected: counts.rejected + rejected.length,
      };
    });
    job.progress({ current: after.counts.imported, unit: 'orders' });
    return after;
  }
}

function beginning(): ImportCheckpoint {
  const today = new Date().toISOString().slice(0, 10);
  return { place: FILE_START, today, counts: { read: 0, imported: 0, valid: 0, rejected: 0 } };
}
