import { addAbortSignal } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { defineJob, type HandlesJob, JobHandler, type JobRun } from '../jobs/index.js';
import { Database } from '../platform/database/database.js';
import { ObjectStore } from '../storage/index.js';
import { type CsvItem, readCsv } from '../tabular/index.js';
import { MAX_KEPT_VALUE } from './order-import-error.entity.js';
import { type Layout, type LineFault, longerThan, type OrderLine, parseHeader, parseLine } from './order-line.js';
import { type Forerunner, OrderJudge, type RuleSettings, type Verdict } from './order-rules.js';
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
