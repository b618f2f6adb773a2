import { setImmediate } from 'node:timers/promises';
import { isObject } from '../problem.js';
import type { TableItem } from '../table-item.js';

/** A batch ends when it has this many cells: one name at the end of a long header makes a row wide. */
const BATCH_CELLS = 20_000;

/**
 * Reads data that stands in a descriptor, in batches: lists, the first of which is the header, or objects, the names of
 * the first of which are. Rows are numbered as they would be in a file, the header being 1; values that are left out at
 * the end of a row are so here too. Cast them with `typedCells`.
 */
export async function* inlineTable(data: readonly unknown[]): AsyncGenerator<TableItem[], void> {
  const [first] = data;
  const names = isObject(first) ? Object.keys(first) : undefined;
  let batch: TableItem[] = names ? [{ line: 1, fields: names }] : [];
  let cells = 0;
  const indexOf = new Map(names?.map((name, index) => [name, index]));
  for (const [index, row] of data.entries()) {
    const fields = names ? fieldsOf(row, indexOf) : Array.isArray(row) ? row.map(textOf) : undefined;
    const line = index + (names ? 2 : 1);
    batch.push(fields ? { line, fields } : faultAt(line, row));
    cells += fields?.length ?? 1;
    if (cells < BATCH_CELLS) continue;
    yield batch;
    [batch, cells] = [[], 0];
    // Others get their turn between two batches.
    await setImmediate();
  }
  if (batch.length > 0) yield batch;
}

/** The values of an object in the order of the header; undefined where it has others, or is none. */
function fieldsOf(row: unknown, indexOf: ReadonlyMap<string, number>): string[] | undefined {
  if (!isObject(row)) return undefined;
  const fields: string[] = [];
  for (const [name, value] of Object.entries(row)) {
    const index = indexOf.get(name);
    if (index === undefined) return undefined;
    while (fields.length < index) fields.push('');
    fields[index] = textOf(value);
  }
  return fields;
}

function faultAt(line: number, row: unknown): TableItem {
  const message =
    'The row is of another kind than the first, or has names that the first has not. Make it like that one.';
  return { line, text: textOf(row), error: { code: 'INLINE_ROW_INVALID', message } };
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
