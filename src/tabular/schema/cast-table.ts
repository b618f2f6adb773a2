import { setImmediate } from 'node:timers/promises';
import { shown } from '../problem.js';
import type { TableItem } from '../table-item.js';
import type { CellValue } from './column.js';
import { layoutByHeader, layoutByOrder, type TableLayout } from './header.js';
import { TableCaster, type TableCasterOptions } from './table-caster.js';
import type { TableErrors } from './table-error.js';
import type { TableSchema } from './table-schema.js';

export interface CastTableOptions extends TableCasterOptions {
  /** Whether the first record names the columns, true by default. A `layout` says that it has been read already. */
  readonly header?: boolean;
  readonly caseSensitiveHeader?: boolean;
}

/** After so many milliseconds of casting others get their turn: a row may take long by its patterns. */
const TURN = 20;

/** Some rows of a table, one after the other. */
export interface CastBatch<T> {
  readonly rows: readonly (readonly CellValue[])[];
  /** For each row its line in the file. */
  readonly lines: readonly number[];
  /** The last record read, good or not: after it reading can be taken up again, with this `layout`. */
  readonly last: T;
  readonly layout: TableLayout;
}

/**
 * Reads a table with its schema: the header, then the rows, batch by batch. Rows at fault are left out and told of in
 * `errors`; where the header is at fault, or there is none, nothing comes.
 * @throws TableUniqueLimitError, what the reader throws
 */
export async function* castTable<T extends TableItem>(
  batches: AsyncIterable<readonly T[]>,
  schema: TableSchema,
  errors: TableErrors,
  options: CastTableOptions = {},
): AsyncGenerator<CastBatch<T>, void> {
  let layout = options.layout ?? (options.header === false ? layoutByOrder(schema) : undefined);
  let caster = layout && new TableCaster(schema, { ...options, layout });
  let begun = performance.now();
  for await (const items of batches) {
    const rows: CellValue[][] = [];
    const lines: number[] = [];
    for (const item of items) {
      if (item.error !== undefined) {
        addFault(item, errors);
        if (caster === undefined) return;
      } else if (caster === undefined) {
        const found = layoutByHeader(schema, item.fields, item.line, options.caseSensitiveHeader);
        found.errors.forEach((error) => errors.add(error));
        if (found.errors.length > 0) return;
        ({ layout } = found);
        caster = new TableCaster(schema, { ...options, layout });
      } else {
        const row = caster.cast(item.fields, item.line, errors);
        if (performance.now() - begun > TURN) {
          await setImmediate();
          begun = performance.now();
        }
        if (row === undefined) continue;
        rows.push(row);
        lines.push(item.line);
      }
    }
    const last = items.at(-1);
    if (last !== undefined && layout !== undefined) yield { rows, lines, last, layout };
  }
  if (caster !== undefined) return;
  const message = 'The table is empty. Give it a header that names its columns.';
  errors.add({ code: 'source-error', row: null, column: null, field: null, value: null, message });
}

function addFault(item: TableItem & { error: { message: string } }, errors: TableErrors): void {
  const message = `Row ${item.line}: ${item.error.message}`;
  const value = 'text' in item ? shown(item.text) : null;
  errors.add({ code: 'source-error', row: item.line, column: null, field: null, value, message });
}

/** A row as a line of the text format of PostgreSQL's COPY. */
export function toCopyLine(row: readonly CellValue[]): string {
  let line = '';
  for (let index = 0; index < row.length; index++) {
    const value = row[index]!;
    if (index > 0) line += '\t';
    line += value === null ? '\\N' : ESCAPED.test(value) ? value.replace(ALL_ESCAPED, escaped) : value;
  }
  return `${line}\n`;
}

const ESCAPED = /[\\\t\n\r]/;
const ALL_ESCAPED = /[\\\t\n\r]/g;

function escaped(character: string): string {
  return { '\t': '\\t', '\n': '\\n', '\r': '\\r' }[character] ?? '\\\\';
}
