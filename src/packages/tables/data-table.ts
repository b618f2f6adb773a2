import type { FieldTypeName } from '../../tabular/index.js';

/** The schema of the database that holds the rows of packages, and nothing else. */
export const DATA_SCHEMA = 'package_data';

/** The column by which rows are numbered, from 1, in the order of the file. */
export const ROW_ID = '_id';

/** A field of a resource, and where its values are. */
export interface DataColumn {
  /** Name of the field, as the descriptor has it. */
  readonly field: string;
  /** Name of the column. */
  readonly name: string;
  readonly type: FieldTypeName;
}

/** The rows of one load of a resource. A later load makes a table of its own. */
export interface DataTable {
  /** Within `DATA_SCHEMA`. */
  readonly name: string;
  readonly columns: readonly DataColumn[];
}

/**
 * How values of a type are kept. `number` has no largest value in Table Schema, and no rounding; an `integer` is cast to
 * 64 bits. Moments are those of UTC. What has no counterpart in PostgreSQL is text.
 */
const SQL_TYPES: Readonly<Record<FieldTypeName, string>> = {
  string: 'text',
  integer: 'bigint',
  number: 'numeric',
  boolean: 'boolean',
  date: 'date',
  time: 'time',
  datetime: 'timestamp',
  year: 'integer',
  yearmonth: 'text',
  duration: 'text',
  geopoint: 'jsonb',
  geojson: 'jsonb',
  object: 'jsonb',
  array: 'jsonb',
  any: 'text',
};

/** The type of a column in PostgreSQL. */
export function sqlType({ type }: DataColumn): string {
  return SQL_TYPES[type];
}

/** A name as SQL has it, whatever it holds. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The table or view of this name, as SQL has it. */
export function inDataSchema(name: string): string {
  return `${DATA_SCHEMA}.${quoted(name)}`;
}

/** The statement that makes the table; its rows are not looked for yet. */
export function createTable({ name, columns }: DataTable): string {
  const definitions = columns.map((column) => `${quoted(column.name)} ${sqlType(column)}`);
  return `create table ${inDataSchema(name)} (${[`${ROW_ID} bigint not null`, ...definitions].join(', ')})`;
}
