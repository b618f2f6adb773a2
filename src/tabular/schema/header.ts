import { shown } from '../problem.js';
import type { TableError } from './table-error.js';
import type { TableSchema } from './table-schema.js';

/** Where in a record the fields of a schema stand. */
export interface TableLayout {
  /** For each field of the schema the index of its cell. */
  readonly sources: readonly number[];
  /** How many cells a record has. */
  readonly width: number;
}

/** The layout of a table without a header: the fields in their order. */
export function layoutByOrder(schema: TableSchema): TableLayout {
  return { sources: schema.fields.map((_, index) => index), width: schema.fields.length };
}

/**
 * Finds the fields of a schema in the header of a table, in any order. Blanks around names do not count, and case does
 * not where no other column differs by it alone, unless `isCaseSensitive`. Blank names at the end are passed over.
 * @param row line or row of the header
 */
export function layoutByHeader(
  schema: TableSchema,
  header: readonly string[],
  row: number,
  isCaseSensitive = false,
): { layout: TableLayout; errors: TableError[] } {
  const names = header.map((name) => name.trim());
  while (names.at(-1) === '') names.pop();
  const errors: TableError[] = [];
  const report = (code: TableError['code'], column: number | null, field: string | null, message: string) =>
    errors.push({
      code,
      row,
      column,
      field,
      value: column === null ? null : shown(names[column - 1]),
      message,
    });

  const exact = positions(names, (name) => name);
  const folded = isCaseSensitive ? exact : positions(names, fold);
  const taken = new Set<number>();
  const sources = schema.fields.map(({ name }) => {
    const [index] = exact.get(name.trim()) ?? soleOf(folded.get(fold(name))) ?? [];
    if (index === undefined) {
      const message = `The column "${shown(name)}" is missing. Add it, or remove the field from the schema.`;
      report('missing-header', null, name, message);
      return -1;
    }
    taken.add(index);
    return index;
  });
  for (const [index, name] of names.entries()) {
    const first = exact.get(name)![0]!;
    if (name === '') {
      report('blank-header', index + 1, null, `Column ${index + 1} has no name. Give it one.`);
    } else if (first !== index) {
      const message = `Columns ${first + 1} and ${index + 1} are both named "${shown(name)}". Rename one.`;
      report('duplicate-header', index + 1, name, message);
    } else if (!taken.has(index)) {
      const message = `The column "${shown(name)}" is not in the schema. Remove it, or add a field for it.`;
      report('extra-header', index + 1, name, message);
    }
  }
  return { layout: { sources, width: names.length }, errors };
}

function fold(name: string): string {
  return name.trim().toLowerCase();
}

function soleOf(indexes: readonly number[] | undefined): readonly number[] | undefined {
  return indexes?.length === 1 ? indexes : undefined;
}

function positions(names: readonly string[], keyOf: (name: string) => string): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [index, name] of names.entries()) {
    const key = keyOf(name);
    const indexes = found.get(key);
    if (indexes) indexes.push(index);
    else found.set(key, [index]);
  }
  return found;
}
