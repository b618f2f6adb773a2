import { type CsvItem, readCsv } from '../tabular/index.js';
import { type Layout, longerThan, type OrderLine, parseHeader, parseLine } from './order-line.js';
import { type Forerunner, OrderJudge, type RuleSettings, type Verdict } from './order-rules.js';
import { OrderHeaderUnreadableError } from './orders.errors.js';

/** An order as it is stored. */
export type ImportedOrder = OrderLine & Verdict;

/** A line that is no order, and why. `value` may be long. */
export interface RejectedLine {
  readonly line: number;
  readonly code: string;
  readonly column: string | null;
  readonly value: string | null;
  readonly params?: Readonly<Record<string, string | number>>;
}

/** A place between two lines of a file, and what must be known of the lines before it to go on there. */
export interface FilePlace {
  /** Bytes before it. */
  readonly offset: number;
  /** Number of the line after it, from 1. */
  readonly line: number;
  /** What the header says; null before it was read. */
  readonly layout: Layout | null;
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

/** Where a file begins. */
export const FILE_START: FilePlace = { offset: 0, line: 1, layout: null, forerunner: null };

/**
 * Reads and judges the orders of a file. Blank lines are passed over; a line that is no order is told of.
 * @param source the bytes after the place
 * @param today the date that ages are reckoned at, YYYY-MM-DD
 * @throws OrderHeaderError, OrderHeaderUnreadableError, what `readCsv` throws
 */
export async function* readOrders(
  source: AsyncIterable<Uint8Array>,
  from: FilePlace,
  rules: RuleSettings,
  today: string,
): AsyncGenerator<OrderBatch, void> {
  const judge = new OrderJudge(rules, today, from.forerunner);
  const { offset, line } = from;
  let { layout } = from;
  const lines = readCsv(source, { quoting: 'lenient', multiline: false, from: { offset, line } });
  for await (const batch of batchesOf(lines, offset)) {
    const { endOffset, nextLine } = batch.at(-1)!;
    layout ??= readHeader(batch.shift()!);
    const judged = judgeLines(batch, layout, judge);
    yield { ...judged, end: { offset: endOffset, line: nextLine, layout, forerunner: judge.forerunner } };
  }
}

function judgeLines(lines: readonly CsvItem[], layout: Layout, judge: OrderJudge) {
  const orders: ImportedOrder[] = [];
  const rejected: RejectedLine[] = [];
  const reject = (line: RejectedLine) => {
    rejected.push(line);
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
  return { orders, rejected };
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
