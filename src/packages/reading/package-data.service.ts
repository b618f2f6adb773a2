import { pipeline, Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { databaseErrorCode } from '../../platform/database/database-errors.js';
import { type CellValue, Column, csvWriter } from '../../tabular/index.js';
import { PackageCatalogue } from '../search/package-catalogue.service.js';
import { DataTables } from '../tables/data-tables.js';
import type { PackageTable } from '../tables/package-table.entity.js';
import { type PortionOptions, type RowPortion, TableRows } from '../tables/table-rows.js';
import { FilterInvalidError, PackageDataNotFoundError, ResourceNotFoundError } from './reading.errors.js';
import { rowFilter } from './row-filter.js';
import { parseRowsQuery, type RowsFormat } from './rows-query.js';

/** Rows as they are sent. */
export interface SentRows {
  readonly contentType: string;
  /** Name for who saves them. */
  readonly fileName: string | undefined;
  readonly content: Readable | string;
}

type Portions = AsyncGenerator<RowPortion>;

const TYPES: Readonly<Record<RowsFormat, string>> = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson',
};
/** Class of errors of PostgreSQL for values that are none of their type. */
const DATA_EXCEPTION = '22';

/** Reads back what packages hold: a page at a time, or all of it as a stream. */
@Injectable()
export class PackageDataService {
  constructor(
    private readonly catalogue: PackageCatalogue,
    private readonly tables: DataTables,
    private readonly rows: TableRows,
  ) {}

  /**
   * The rows of a table of a package that the actor may see. A stream reads the rows of one load, also when another one
   * takes its place meanwhile.
   * @throws PackageNotFoundError, PackageDataNotFoundError, ResourceNotFoundError, ReadingParameterError,
   * FilterInvalidError, RowsTooSlowError
   */
  async read(
    actor: Actor | undefined,
    packageId: string,
    resource: string,
    parameters: Readonly<Record<string, unknown>>,
  ): Promise<SentRows> {
    const { format, filters, limit, after, raw } = parseRowsQuery(parameters);
    await this.catalogue.get(actor, packageId);
    const table = await this.tableOf(packageId, resource);
    const condition = filters.length === 0 ? undefined : rowFilter(filters, table.columns, 4);
    const contentType = TYPES[format];
    if (format === 'json') {
      const page = await readable(this.rows.page(table, after, limit, condition));
      return { contentType, fileName: undefined, content: pageOf(table, page) };
    }
    const gone = new AbortController();
    const portions = await this.portions(table, after, { where: condition, signal: gone.signal });
    const content = format === 'csv' ? csvOf(table, portions, raw) : linesOf(table, portions);
    content.once('close', () => gone.abort());
    return { contentType, fileName: `${table.resource}.${format}`, content };
  }

  private async tableOf(packageId: string, resource: string): Promise<PackageTable> {
    const tables = await this.tables.current(packageId);
    if (tables.length === 0) throw new PackageDataNotFoundError();
    const table = tables.find(({ resource: name }) => name === resource);
    if (!table) throw new ResourceNotFoundError(tables.map(({ resource: name }) => name));
    return table;
  }

  /** What fails at once is told by a status: so the first portion is there before the answer begins. */
  private async portions(table: PackageTable, after: number, options: PortionOptions): Promise<Portions> {
    const portions = this.rows.portions(table, after, options);
    const first = await readable(portions.next());
    return (async function* () {
      if (first.done) return;
      yield first.value;
      yield* portions;
    })();
  }
}

/** @throws FilterInvalidError where the database does not take a value of a filter */
async function readable<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!databaseErrorCode(error)?.startsWith(DATA_EXCEPTION)) throw error;
    throw new FilterInvalidError('a value is none of the type of its field');
  }
}

function columnsOf({ columns }: PackageTable): Column[] {
  return columns.map(({ field: name, type }) => new Column({ name, type }));
}

function pageOf(table: PackageTable, { rows, next }: RowPortion): string {
  const columns = columnsOf(table);
  const fields = table.columns.map(({ field: name, type }) => ({ name, type }));
  const data = rows.map(({ values }) => objectOf(columns, values)).join(',');
  return `{"fields":${JSON.stringify(fields)},"data":[${data}],"next":${next},"rows":${table.rows}}`;
}

/** Written here and not by JSON.stringify: a number may have more digits than one of JavaScript. */
function objectOf(columns: readonly Column[], values: readonly CellValue[]): string {
  const members = columns.map(
    (column, index) => `${JSON.stringify(column.name)}:${column.toJson(values[index]!)}`,
  );
  return `{${members.join(',')}}`;
}

function linesOf(table: PackageTable, portions: Portions): Readable {
  const columns = columnsOf(table);
  async function* lines() {
    for await (const { rows } of portions)
      if (rows.length > 0) yield rows.map(({ values }) => `${objectOf(columns, values)}\n`).join('');
  }
  return Readable.from(lines(), { objectMode: false });
}

function csvOf(table: PackageTable, portions: Portions, raw: boolean): Readable {
  const numeric = new Set(table.columns.flatMap(({ type }, index) => (NUMERIC.has(type) ? index : [])));
  async function* rows() {
    for await (const portion of portions) for (const { values } of portion.rows) yield values;
  }
  const columns = table.columns.map(({ field }) => field);
  const writer = csvWriter({ columns, neutralizeFormulas: !raw, numeric });
  // The writer fails with the rows, and ends them when it is destroyed, as it is when the caller goes away.
  return pipeline(Readable.from(rows()), writer, () => undefined);
}

const NUMERIC = new Set(['integer', 'number', 'year']);
