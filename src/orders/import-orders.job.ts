import { addAbortSignal } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { defineJob, type HandlesJob, JobHandler, type JobRun } from '../jobs/index.js';
import { ObjectStore } from '../storage/index.js';
import { type CsvItem, readCsv } from '../tabular/index.js';
import { type ImportedOrder, OrderImportRepository, type RejectedLine } from './order-import.repository.js';
import { type Layout, longerThan, parseHeader, parseLine } from './order-line.js';
import { type Forerunner, OrderJudge, type RuleSettings } from './order-rules.js';
import { OrdersConfig } from './orders.config.js';
import { OrderHeaderUnreadableError } from './orders.errors.js';

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

export interface ImportCheckpoint {
  /** Where to go on in the file: byte and line. */
  readonly offset: number;
  readonly line: number;
  /** What the header says; null before it was read. */
  readonly layout: Layout | null;
  readonly forerunner: Forerunner | null;
  /** The date that ages are reckoned at: that on which the import began, whenever it ends. YYYY-MM-DD in UTC. */
  readonly today: string;
  readonly counts: Counts;
}

/** What an import did, in lines of the file. */
export interface ImportResult {
  readonly read: number;
  readonly imported: number;
  readonly valid: number;
  readonly invalid: number;
  readonly duplicate: number;
  readonly rejected: number;
}

/** Imports an uploaded file of orders. */
export const IMPORT_ORDERS = defineJob<ImportPayload, ImportResult>('orders.import');

/** A batch ends at whichever comes first: it is what is lost by a crash, held in memory and judged at a stretch. */
const BATCH_LINES = 2000;
const BATCH_BYTES = 1024 * 1024;

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
   * @throws OrderHeaderError, OrderHeaderUnreadableError and what `readCsv` throws: the file is at fault
   */
  async run(job: JobRun<ImportPayload, ImportCheckpoint>): Promise<ImportResult> {
    let checkpoint = job.checkpoint ?? beginning();
    const { offset, line } = checkpoint;
    const file = await this.store.get(job.payload.objectKey, { start: offset });
    const lines = readCsv(addAbortSignal(job.signal, file), {
      quoting: 'lenient',
      multiline: false,
      from: { offset, line },
    });
    for await (const batch of batchesOf(lines, offset)) {
      checkpoint = await this.importBatch(job, checkpoint, batch);
    }
    const { read, imported, valid, rejected } = checkpoint.counts;
    await job.commit(checkpoint, undefined, { current: imported, total: imported, unit: 'orders' });
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
  private async importBatch(
    job: JobRun<ImportPayload, ImportCheckpoint>,
    before: ImportCheckpoint,
    batch: readonly CsvItem[],
  ): Promise<ImportCheckpoint> {
    const layout = before.layout ?? readHeader(batch[0]!);
    const lines = before.layout ? batch : batch.slice(1);
    const { orders, rejected, forerunner } = this.judge(lines, layout, before);
    const counts = {
      ...before.counts,
      read: before.counts.read + lines.length,
      rejected: before.counts.rejected + rejected.length,
    };
    const { endOffset: offset, nextLine: line } = batch.at(-1)!;
    const after = { ...before, offset, line, layout, forerunner, counts };
    const { importId } = job.payload;
    // How many orders are new is known once they are inserted; the checkpoint is written after that.
    await job.commit(after, async () => {
      const inserted = await this.repository.insertOrders(importId, orders);
      after.counts = {
        ...counts,
        imported: before.counts.imported + inserted.count,
        valid: before.counts.valid + inserted.valid,
      };
      const room = Math.max(0, this.config.ORDERS_MAX_IMPORT_ERRORS - before.counts.rejected);
      await this.repository.insertErrors(importId, rejected.slice(0, room));
    });
    job.progress({ current: after.counts.imported, unit: 'orders' });
    return after;
  }

  private judge(lines: readonly CsvItem[], layout: Layout, { today, forerunner }: ImportCheckpoint) {
    const judge = new OrderJudge(this.rules, today, forerunner);
    const orders: ImportedOrder[] = [];
    const rejected: RejectedLine[] = [];
    const reject = (fault: RejectedLine) => {
      rejected.push(fault);
      judge.passOver();
    };
    for (const { fields, error, line } of lines) {
      if (error) {
        reject({ line, code: error.code, column: null, value: null });
        continue;
      }
      const parsed = parseLine(fields, layout);
      if ('code' in parsed) {
        reject({ line, ...parsed });
        continue;
      }
      const verdict = judge.judge(parsed);
      const fault = longerThan('zipcode', verdict.zipcode);
      if (fault) reject({ line, ...fault });
      else orders.push({ ...parsed, ...verdict });
    }
    return { orders, rejected, forerunner: judge.forerunner };
  }
}

function beginning(): ImportCheckpoint {
  const today = new Date().toISOString().slice(0, 10);
  const counts = { read: 0, imported: 0, valid: 0, rejected: 0 };
  return { offset: 0, line: 1, layout: null, forerunner: null, today, counts };
}

function readHeader({ fields, error }: CsvItem): Layout {
  if (error) throw new OrderHeaderUnreadableError(error.message);
  return parseHeader(fields);
}

async function* batchesOf(reader: AsyncIterable<CsvItem[]>, offset: number): AsyncGenerator<CsvItem[]> {
  let batch: CsvItem[] = [];
  let start = offset;
  for await (const items of reader) {
    for (const item of items) {
      batch.push(item);
      if (batch.length < BATCH_LINES && item.endOffset - start < BATCH_BYTES) continue;
      yield batch;
      batch = [];
      start = item.endOffset;
    }
  }
  if (batch.length > 0) yield batch;
}
