import {
  type CastTableOptions,
  type CsvFormat,
  type DataPackage,
  type DataResource,
  factRows,
  type FactRow,
  factTableName,
  fiscalGeneration,
  type FieldTypeName,
  modelId,
  parseCsvFormat,
  parseDataPackage,
  parseFiscalPackage,
  type Problem,
  type TableFormat,
  type TableSchema,
  UniqueNames,
} from '../../tabular/index.js';
import type { DataColumn, DataTable } from '../tables/data-table.js';
import { DescriptorInvalidError, NothingToLoadError, TooManyFieldsError } from './loading.errors.js';

/** What a load has to do, as the descriptor says. */
export interface LoadPlan {
  readonly packageId: string;
  readonly name: string;
  readonly descriptor: Readonly<Record<string, unknown>>;
  /** The fiscal model; null where the package is none. */
  readonly model: Readonly<Record<string, unknown>> | null;
  /** The tables to be loaded, in the order of the descriptor. */
  readonly resources: readonly PlannedResource[];
}

/** A table to be loaded. */
export interface PlannedResource {
  readonly position: number;
  readonly name: string;
  /** How messages call it: the path, as its owner knows it. */
  readonly title: string;
  /** Paths or URLs of its files, as the descriptor has them; none where its rows are in `data`. */
  readonly paths: readonly string[];
  readonly data: unknown;
  readonly format: TableFormat;
  /** Of CSV files. */
  readonly csv: CsvFormat | undefined;
  /** Name or number of the sheet of a workbook. */
  readonly sheet: string | number | undefined;
  readonly schema: TableSchema;
  readonly cast: CastTableOptions;
  readonly table: DataTable;
  /** The name that its rows go by in SQL. */
  readonly view: string;
  /** What becomes of a row that was cast; nothing where it is stored as it is. */
  readonly change: FactRow | undefined;
  /** Columns that rows are looked up by. */
  readonly indexed: readonly string[];
  /** Columns that tell the rows apart, together. */
  readonly uniqueKeys: readonly (readonly DataColumn[])[];
}

/** PostgreSQL has 1600; some are left for what is added to a row. */
const MAX_COLUMNS = 1_500;

interface Naming {
  readonly owner: string;
  readonly loadId: number;
}

/**
 * Plans the load of a package. The descriptor holds all schemas and dialects, none of them by reference.
 * @throws DescriptorInvalidError, NothingToLoadError, TooManyFieldsError
 */
export function planLoad(descriptor: Readonly<Record<string, unknown>>, naming: Naming): LoadPlan {
  const { dataPackage, problems } = parseDataPackage(descriptor);
  if (!dataPackage) throw new DescriptorInvalidError(problems);
  const { name } = dataPackage;
  if (name === undefined) throw wrong('name', 'name is missing. Give the package a name.');
  const isFiscal =
    fiscalGeneration(descriptor) !== undefined || descriptor['profile'] === 'fiscal-data-package';
  const common = { packageId: modelId(naming.owner, name), name, descriptor };
  if (isFiscal) return { ...common, ...fiscalPlan(dataPackage, name, naming) };
  const tables = dataPackage.resources.filter(isTable);
  if (tables.length === 0) throw new NothingToLoadError();
  const resources = tables.map((resource, position) => planResource(resource, position, name, naming));
  return { ...common, model: null, resources };
}

/** Of a fiscal package the first resource is loaded, as a table of facts. */
function fiscalPlan(
  dataPackage: DataPackage,
  name: string,
  naming: Naming,
): Pick<LoadPlan, 'model' | 'resources'> {
  const { fiscal, problems } = parseFiscalPackage(dataPackage, naming.owner);
  if (!fiscal) throw new DescriptorInvalidError(problems);
  const [first] = dataPackage.resources;
  if (!first || !isTable(first)) {
    throw wrong('resources[0]', 'resources[0] is no table. Make it a CSV file or a workbook (.xlsx).');
  }
  const columns = fiscal.columns.map(({ field, column, type }): DataColumn => ({
    field,
    name: column,
    type: type as FieldTypeName,
  }));
  const planned = planResource(first, 0, name, naming, columns);
  const indexed = [...new Set(fiscal.indexes.flat())];
  const facts = { ...planned, indexed, change: factRows(fiscal.columns, first.schema) };
  return { model: { ...fiscal.model }, resources: [facts] };
}

type TableResource = DataResource & { readonly format: TableFormat; readonly schema: TableSchema };

function isTable(resource: DataResource): resource is TableResource {
  return resource.format !== undefined && typeof resource.schema === 'object';
}

function planResource(
  { name, paths, data, format, schema, descriptor }: TableResource,
  position: number,
  packageName: string,
  { owner, loadId }: Naming,
  factColumns?: readonly DataColumn[],
): PlannedResource {
  const title = paths[0] ?? name;
  const width = (factColumns ?? schema.fields).length;
  if (width > MAX_COLUMNS) throw new TooManyFieldsError(title, width, MAX_COLUMNS);
  const columns = factColumns ?? columnsOf(schema);
  // The lines of a budget may be alike, and leave out what is not known of them: its keys are looked up by, and neither
  // tell them apart nor have to be filled.
  const isFacts = factColumns !== undefined;
  const csv = format === 'csv' ? csvFormat(descriptor, paths) : undefined;
  const columnOf = new Map(columns.map((column) => [column.field, column]));
  const view = factTableName(owner, packageName);
  const unique = schema.fields.filter(({ constraints }) => constraints?.unique === true);
  return {
    ...{ position, name, title, paths, data, format, csv },
    schema: isFacts ? schema : withKeyRequired(schema),
    sheet: format === 'xlsx' ? sheetOf(descriptor) : undefined,
    cast: {
      header: csv?.header ?? true,
      caseSensitiveHeader: csv?.caseSensitiveHeader ?? false,
      typedCells: format !== 'csv',
      maxUnique: 0, // the table is asked, once it is there
    },
    table: { name: `t${loadId}_${position}`, columns },
    view: position === 0 ? view : `${view}_${position + 1}`,
    change: undefined,
    indexed: schema.primaryKey.slice(0, 1).flatMap((field) => columnOf.get(field)?.name ?? []),
    uniqueKeys: isFacts
      ? []
      : [schema.primaryKey, ...unique.map(({ name: field }) => [field])]
          .filter((fields) => fields.length > 0)
          .map((fields) => fields.map((field) => columnOf.get(field)!)),
  };
}

/** A primary key has a value in each of its fields. */
function withKeyRequired(schema: TableSchema): TableSchema {
  const isKey = new Set(schema.primaryKey);
  const fields = schema.fields.map((field) =>
    isKey.has(field.name) ? { ...field, constraints: { ...field.constraints, required: true } } : field,
  );
  return { ...schema, fields };
}

function columnsOf({ fields }: TableSchema): DataColumn[] {
  const names = UniqueNames.ofColumns(2);
  return fields.map(({ name, type = 'string' }) => ({ field: name, name: names.take(name, 'column'), type }));
}

/** What is in tab-separated files goes without saying. */
function csvFormat(descriptor: Readonly<Record<string, unknown>>, [path = '']: readonly string[]): CsvFormat {
  const { dialect, encoding, format, mediatype } = descriptor;
  const isTsv = format === 'tsv' || mediatype === 'text/tab-separated-values' || /\.tsv$/i.test(path);
  const told = isTsv ? { delimiter: '\t', ...(dialect as object | undefined) } : dialect;
  return parseCsvFormat({ dialect: told, encoding }).format!; // found valid with the descriptor
}

function sheetOf({ dialect, sheet }: Readonly<Record<string, unknown>>): string | number | undefined {
  const told = (dialect as { sheet?: unknown } | undefined)?.sheet ?? sheet;
  return typeof told === 'string' || typeof told === 'number' ? told : undefined;
}

function wrong(path: string, message: string): DescriptorInvalidError {
  return new DescriptorInvalidError([{ path, message } satisfies Problem]);
}
