import { type CsvEncoding, type CsvFaultCode, type CsvItem, readCsv } from '../../tabular/index.js';
import type { Dialect } from '../order-columns.js';
import { csvOptions } from './order-dialect.js';
import { type LineFaultCode, longerThan, type OrderLine, parseLine } from './order-line.js';
import { type Forerunner, OrderJudge, type RuleSettings, type Verdict } from '../rules/order-rules.js';

/** Where a line is in its file. */
export interface LinePlace {
  /** Number of the line, from 1. */
  readonly line: number;
  /** Bytes before it. */
  readonly offset: number;
}

/** An order as it is stored. */
export type ImportedOrder = OrderLine & Verdict & LinePlace;

/** A line that is no order, and why. `value` may be long. */
export interface RejectedLine extends LinePlace {
  readonly code: LineFaultCode | CsvFaultCode | 'ID_TAKEN';
  readonly column: string | null;
  readonly value: string | null;
  readonly params?: Readonly<Record<string, string | number>>;
}

/** A place between two lines of a file, and what must be known of the lines before it to go on there. */
export interface FilePlace extends LinePlace {
  readonly encoding: CsvEncoding;
  readonly dialect: Dialect;
  readonly forerunner: Forerunner | null;
}

/** Some lines of a file, one after the other. */
export interface OrderBatch {
  readonly orders: readonly ImportedOrder[];
  readonly rejected: readonly RejectedLine[];
  /** The place after them. */
  readonly end: FilePlace;
}

/** A batch ends at whichever comes first: it is what is held in memory, judged at a stretch and lost by a crash. */
const BATCH_LINES = 2000;
const BATCH_BYTES = 1024 * 1024;

/**
 * Reads and judges the orders of a file. Blank lines are passed over; a line that is no order is told of.
 * @param source the bytes after the place
 * @param today the date that ages are reckoned at, YYYY-MM-DD
 * @throws what `readCsv` throws
 */
export async function* readOrders(
  source: AsyncIterable<Uint8Array>,
  from: FilePlace,
  rules: RuleSettings,
  today: string,
): AsyncGenerator<OrderBatch, void> {
  const judge = new OrderJudge(rules, today, from.forerunner);
  const { dialect } = from;
  const lines = readCsv(source, { ...csvOptions(dialect.delimiter), from });
  for await (const batch of batchesOf(lines, from.offset)) {
    const { endOffset: offset, nextLine: line, encoding } = batch.at(-1)!;
    const judged = judgeLines(batch, dialect, judge);
    yield { ...judged, end: { offset, line, encoding, dialect, forerunner: judge.forerunner } };
  }
}

function judgeLines(lines: readonly CsvItem[], dialect: Dialect, judge: OrderJudge) {
  const orders: ImportedOrder[] = [];
  const rejected: RejectedLine[] = [];
  const reject = (line: RejectedLine) => {
    rejected.push(line);
    judge.passOver();
  };
  for (const item of lines) {
    const { line, offset } = item;
    if (item.error) {
      const { code } = item.error;
      const value = code === 'CSV_RECORD_TOO_LARGE' ? null : item.text.replaceAll('\0', '') || null;
      reject({ line, offset, code, column: null, value });
      continue;
    }
    const parsed = parseLine(item.fields, dialect);
    if ('code' in parsed) {
      reject({ line, offset, ...parsed });
      continue;
    }
    const verdict = judge.judge(parsed);
    const fault = longerThan('zipcode', verdict.zipcode);
    if (fault) reject({ line, offset, ...fault });
    else orders.push({ ...parsed, ...verdict, line, offset });
  }
  return { orders, rejected };
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
