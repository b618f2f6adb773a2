import { shown } from '../problem.js';
import { type CellValue, Column } from './column.js';
import { type TableLayout, layoutByOrder } from './header.js';
import { PatternSteps } from './pattern-limits.js';
import type { TableErrors } from './table-error.js';
import type { TableSchema } from './table-schema.js';
import { UniqueKeys } from './unique-keys.js';

export interface TableCasterOptions {
  /** Where the fields stand in a record; in the order of the schema by default. */
  readonly layout?: TableLayout;
  /**
   * Whether the cells have types of their own, as those of a workbook: dates in ISO 8601 and numbers with a point are
   * taken whatever the format of the field, and empty cells at the end of a row may be left out.
   */
  readonly typedCells?: boolean;
  /** How many different values are remembered to check `unique` and the primary key; 0 leaves that to a database. */
  readonly maxUnique?: number;
}

/** About 100 MB of values. */
const MAX_UNIQUE = 1_000_000;

const TOO_LONG =
  'cannot be compared with the pattern of the field: the row has too long texts for its patterns. Shorten them, or use minLength and maxLength.';

interface UniqueRule {
  readonly indexes: readonly number[];
  readonly isPrimary: boolean;
  readonly keys: UniqueKeys;
}

/** Turns records of texts into rows of values, as a schema has it. */
export class TableCaster {
  readonly columns: readonly Column[];
  readonly #sources: readonly number[];
  readonly #width: number;
  readonly #isTyped: boolean;
  readonly #missing: ReadonlySet<string>;
  readonly #uniques: readonly UniqueRule[];
  readonly #patternSteps: PatternSteps;

  constructor(schema: TableSchema, options: TableCasterOptions = {}) {
    const { sources, width } = options.layout ?? layoutByOrder(schema);
    this.columns = schema.fields.map((field) => new Column(field));
    this.#sources = sources;
    this.#width = width;
    this.#isTyped = options.typedCells ?? false;
    this.#missing = new Set(schema.missingValues);
    this.#patternSteps = new PatternSteps(this.columns.flatMap(({ pattern }) => pattern ?? []));
    this.#uniques = uniqueRules(schema, options.maxUnique ?? MAX_UNIQUE);
  }

  /**
   * The values of a record in the order of the schema; undefined where one of them is at fault. All cells are looked at.
   * @param row line or row number, for the errors
   * @throws TableUniqueLimitError
   */
  cast(fields: readonly string[], row: number, errors: TableErrors): CellValue[] | undefined {
    if (fields.length !== this.#width && !this.#fits(fields, row, errors)) return undefined;
    this.#patternSteps.beginRow();
    const { columns } = this;
    const values = new Array<CellValue>(columns.length);
    let isGood = true;
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index]!;
      const text = fields[this.#sources[index]!] ?? '';
      let value: CellValue | undefined = this.#missing.has(text) ? null : column.type.cast(text);
      if (value === undefined) value = this.#castLeniently(column, text);
      if (value === undefined) {
        errors.addCell('type-or-format-error', this.#place(index, row, text), () =>
          column.type.explain(text),
        );
        isGood = false;
      } else if (value === null) {
        if (column.isRequired) isGood = this.#reportMissing(index, row, text, errors);
      } else if (column.checks.length > 0) {
        isGood = this.#check(index, value, text, row, errors) && isGood;
      }
      values[index] = value ?? null;
    }
    if (this.#uniques.length > 0 && isGood) isGood = this.#checkUnique(values, row, errors);
    return isGood ? values : undefined;
  }

  /** A row as an object of JSON. */
  toJson(values: readonly CellValue[]): string {
    const parts = this.columns.map(
      (column, index) => `${JSON.stringify(column.name)}:${column.toJson(values[index]!)}`,
    );
    return `{${parts.join(',')}}`;
  }

  /** Passes over blanks around a value, and takes a cell of a workbook as what it is. */
  #castLeniently({ type }: Column, text: string): CellValue | undefined {
    const trimmed = type.isTrimmed ? text.trim() : text;
    if (trimmed !== text) {
      if (this.#missing.has(trimmed)) return null;
      const value = type.cast(trimmed);
      if (value !== undefined) return value;
    }
    return this.#isTyped ? type.castTyped?.(trimmed) : undefined;
  }

  #check(index: number, value: string, text: string, row: number, errors: TableErrors): boolean {
    let isGood = true;
    for (const check of this.columns[index]!.checks) {
      const isTooLong = check.pattern !== undefined && !this.#patternSteps.take(check.pattern, text);
      if (!isTooLong && check.holds(value, text)) continue;
      errors.addCell(check.code, this.#place(index, row, text), () => (isTooLong ? TOO_LONG : check.advice));
      isGood = false;
    }
    return isGood;
  }

  #reportMissing(index: number, row: number, text: string, errors: TableErrors): false {
    const say = () => 'stands for no value, but the field needs one. Fill the cell.';
    errors.addCell('required-constraint', this.#place(index, row, text), say);
    return false;
  }

  /** Too many cells are no fault while the others are empty; too few are, where a cell is not empty by being left out. */
  #fits(fields: readonly string[], row: number, errors: TableErrors): boolean {
    const width = this.#width;
    if (fields.length < width && this.#isTyped) return true;
    const extra = fields.findIndex((text, index) => index >= width && text !== '');
    if (fields.length > width && extra === -1) return true;
    const counts = `Row ${row} has ${fields.length} cells instead of ${width}.`;
    if (extra === -1) {
      const message = `${counts} Add the missing ones, or check its delimiters and quotes.`;
      errors.add({
        code: 'missing-value',
        row,
        column: fields.length + 1,
        field: null,
        value: null,
        message,
      });
    } else {
      const message = `${counts} Remove '${shown(fields[extra])}', or quote the value that holds the delimiter.`;
      const value = shown(fields[extra]);
      errors.add({ code: 'extra-value', row, column: extra + 1, field: null, value, message });
    }
    return false;
  }

  #checkUnique(values: readonly CellValue[], row: number, errors: TableErrors): boolean {
    let isGood = true;
    for (const { indexes, isPrimary, keys } of this.#uniques) {
      const [first] = indexes as [number];
      const empty = indexes.find((index) => values[index] === null);
      if (empty !== undefined) {
        if (isPrimary) isGood = this.#reportMissing(empty, row, '', errors);
        continue;
      }
      const parts = indexes.map((index) => this.#keyOf(index, values[index]!));
      const earlier = keys.earlier(parts, row);
      if (earlier === undefined) continue;
      const what = isPrimary ? 'the primary key' : 'a unique field';
      const text = indexes.map((index) => values[index]).join(', ');
      const place = this.#place(first, row, text);
      const say = () =>
        `stands in row ${earlier} too, but is ${what}. Remove one of the rows, or correct it.`;
      errors.addCell('unique-constraint', place, say);
      isGood = false;
    }
    return isGood;
  }

  #keyOf(index: number, value: string): string {
    return this.columns[index]!.type.key?.(value) ?? value;
  }

  #place(index: number, row: number, text: string) {
    return { row, column: this.#sources[index]! + 1, field: this.columns[index]!.name, text };
  }
}

function uniqueRules(schema: TableSchema, limit: number): UniqueRule[] {
  if (limit === 0) return [];
  const { fields, primaryKey } = schema;
  const isKey = (name: string) => primaryKey.length === 1 && primaryKey[0] === name;
  const uniques = fields.flatMap(({ name, constraints }, index) =>
    constraints?.unique === true && !isKey(name) ? [[index]] : [],
  );
  const rules = uniques.map((indexes) => ({ indexes, isPrimary: false, keys: new UniqueKeys(limit) }));
  if (primaryKey.length === 0) return rules;
  const indexes = primaryKey.map((name) => fields.findIndex((field) => field.name === name));
  return [...rules, { indexes, isPrimary: true, keys: new UniqueKeys(limit) }];
}
