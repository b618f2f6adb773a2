import type { TableItem, TableSchema } from '../../tabular/index.js';

const BATCH = 500;

/**
 * The rows of a resource that stand in its descriptor, as if they had been read from a file: the header first. They are
 * lists whose first one is the header, or objects.
 * @param after number of the row after which to go on; the header is row 1
 */
export function* inlineRows(data: unknown, schema: TableSchema, after: number): Generator<TableItem[], void> {
  const rows = data as readonly unknown[];
  const names = schema.fields.map(({ name }) => name);
  const missing = schema.missingValues[0] ?? '';
  const ofObject = (row: object): unknown[] => names.map((name) => (row as Record<string, unknown>)[name]);
  const isList = Array.isArray(rows[0]);
  const all = isList ? rows : [names, ...rows];
  for (let from = after; from < all.length; from += BATCH) {
    yield all.slice(from, from + BATCH).map((row, index): TableItem => {
      const line = from + index + 1;
      if (row === null || typeof row !== 'object') {
        const message = 'The row is neither a list nor an object. Make it one.';
        return { line, text: String(row), error: { code: 'INLINE_ROW_INVALID', message } };
      }
      const values: readonly unknown[] = Array.isArray(row) ? row : ofObject(row);
      return { line, fields: values.map((value) => textOf(value, missing)) };
    });
  }
}

function textOf(value: unknown, missing: string): string {
  if (value === null || value === undefined) return missing;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
