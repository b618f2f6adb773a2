import type { CellValue } from '../schema/column.js';
import { multiply } from '../schema/decimals.js';
import type { TableSchema } from '../schema/table-schema.js';
import { CodeTooLongError } from '../tabular.errors.js';
import type { FactColumn } from './fiscal-model.js';

/** Turns a row of the resource into one of the table of facts. */
export type FactRow = (row: readonly CellValue[]) => CellValue[];

/** Longest code, characters. It is put together from those of its parents, any of which many columns may have. */
const MAX_CODE = 1000;

/**
 * What makes the rows of a table of facts: measures times their factor, codes behind those of their parents. They throw
 * `CodeTooLongError`.
 */
export function factRows(columns: readonly FactColumn[], schema: TableSchema): FactRow {
  const indexOf = new Map(schema.fields.map(({ name }, index) => [name, index]));
  const makers = columns.map(({ field, factor, parents }): ((row: readonly CellValue[]) => CellValue) => {
    const index = indexOf.get(field)!;
    if (parents !== undefined) {
      const indexes = [...parents.map((parent) => indexOf.get(parent)!), index];
      return (row) =>
        row[index] === null
          ? null
          : codeOf(
              indexes.map((one) => row[one] ?? ''),
              field,
            );
    }
    if (factor !== undefined) {
      return (row) => (row[index] === null ? null : multiply(row[index]!, factor));
    }
    return (row) => row[index]!;
  });
  return (row) => makers.map((make) => make(row));
}

function codeOf(parts: readonly string[], field: string): string {
  if (parts.reduce((sum, part) => sum + part.length, 0) > MAX_CODE)
    throw new CodeTooLongError(field, MAX_CODE);
  return parts.join(' - ');
}
