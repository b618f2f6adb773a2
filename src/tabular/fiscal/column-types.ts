import type { Problem } from '../problem.js';
import { pathTo, shown } from '../problem.js';
import type { FieldDescriptor, TableSchema } from '../schema/table-schema.js';
import { UniqueNames } from './fiscal-names.js';
import { indexesOf } from './fiscal-mapping.js';
import type { BabbageAttribute, BabbageDimension, BabbageModel, FiscalModel } from './fiscal-model.js';

/** A field of a Fiscal Data Package 1.0 that has a `columnType`. */
export interface TypedColumn {
  readonly field: string;
  /** Its column in the table: a slug of its name. */
  readonly header: string;
  readonly columnType: string;
  /** First word of the column type: `value`, `date`, `administrative-classification`... */
  readonly kind: string;
  readonly title?: string;
  /** What else the field says. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Keys of a field that are not options of its column type. */
const NOT_OPTIONS = ['name', 'title', 'columnType', 'type', 'slug', 'conceptType', 'format'];
const COLUMN_TYPE = /^[a-z\d-]+(?::[A-Za-z\d-]+)*$/;
const LABELS = ['label', 'title', 'name'];
const CODES = ['code', 'id', 'part', 'full'];

/** The fields that have a column type, in their order. */
export function typedColumns(schema: TableSchema): TypedColumn[] {
  const names = UniqueNames.ofColumns(1, 60);
  return schema.fields.flatMap((field) => {
    const { columnType, title } = field;
    if (typeof columnType !== 'string') return [];
    const options = Object.fromEntries(Object.entries(field).filter(([key]) => !NOT_OPTIONS.includes(key)));
    const [kind = ''] = columnType.split(':');
    const header = names.take(field.name, 'column');
    return [
      { field: field.name, header, columnType, kind, options, ...(typeof title === 'string' && { title }) },
    ];
  });
}

/** What is wrong with the column types of a schema. */
export function columnTypeProblems(schema: TableSchema, path: string): Problem[] {
  const problems = schema.fields.flatMap((field, index) => {
    const place = pathTo(pathTo(pathTo(path, 'fields'), index), 'columnType');
    const complaint = complaintAbout(field);
    return complaint === undefined ? [] : [{ path: place, message: `${place} ${complaint}` }];
  });
  if (problems.length === 0 && !typedColumns(schema).some(({ kind }) => kind === 'value')) {
    const place = pathTo(path, 'fields');
    problems.push({ path: place, message: `${place} hold no measure. Give one the columnType "value".` });
  }
  return problems;
}

function complaintAbout({ columnType, type }: FieldDescriptor): string | undefined {
  if (columnType === undefined) return undefined;
  if (typeof columnType !== 'string' || !COLUMN_TYPE.test(columnType) || columnType.length > 200) {
    return `is "${shown(columnType)}". Use words parted by ":", such as administrative:generic:code.`;
  }
  const isValue = columnType === 'value' || columnType.startsWith('value:');
  const isNumber = type === 'number' || type === 'integer';
  return isValue && !isNumber
    ? 'is "value", but the field is no number. Give it the type "number".'
    : undefined;
}

/** The table and the model of a Fiscal Data Package 1.0: each kind of columns is a hierarchy, each code a level. */
export function modelOfColumnTypes(
  schema: TableSchema,
  factTable: string,
): Pick<FiscalModel, 'columns' | 'indexes' | 'model'> {
  const typed = typedColumns(schema);
  const types = new Map(schema.fields.map(({ name, type }) => [name, type ?? 'string']));
  const measures = typed.filter(({ kind }) => kind === 'value');
  const others = typed.filter(({ kind }) => kind !== 'value');
  const labels = labelsOf(others);
  const isLabel = new Set(labels.values());
  const attribute = ({ header, field, title }: TypedColumn): BabbageAttribute => ({
    column: header,
    label: title ?? field,
    datatype: types.get(field)!,
    orig_attribute: field,
  });
  const dimensions: [string, BabbageDimension][] = [];
  const levels = new Map<string, string[]>();
  const hierarchies = new UniqueNames(2, 60);
  const nameOf = new Map<string, string>();
  for (const column of others) {
    if (isLabel.has(column)) continue;
    const label = labels.get(column);
    if (!nameOf.has(column.kind)) nameOf.set(column.kind, hierarchies.take(column.kind, 'dimension'));
    const hierarchy = nameOf.get(column.kind)!;
    const level = levels.get(hierarchy);
    if (level) level.push(column.header);
    else levels.set(hierarchy, [column.header]);
    dimensions.push([
      column.header,
      {
        label: column.title ?? column.field,
        key_attribute: column.header,
        ...(label && { label_attribute: label.header }),
        orig_dimension: column.columnType,
        attributes: Object.fromEntries(
          [column, ...(label ? [label] : [])].map((one) => [one.header, attribute(one)]),
        ),
      },
    ]);
  }
  const model: BabbageModel = {
    fact_table: factTable,
    measures: Object.fromEntries(
      measures.map(({ header, field, title, options }) => {
        const currency = options['currency'];
        const extra = typeof currency === 'string' ? { currency } : {};
        return [header, { label: title ?? field, column: header, orig_measure: field, ...extra }];
      }),
    ),
    dimensions: Object.fromEntries(dimensions),
    hierarchies: Object.fromEntries([...levels].map(([name, all]) => [name, { levels: all }])),
  };
  const columns = typed.map(({ field, header }) => ({ field, column: header, type: types.get(field)! }));
  return { columns, indexes: indexesOf(model), model };
}

/**
 * For each column the one with its labels, if there is one: a code and its label have the same column type but for its
 * last words, as `x:level1:code:part` and `x:level1:label`.
 */
function labelsOf(columns: readonly TypedColumn[]): Map<TypedColumn, TypedColumn> {
  const labels = new Map<string, TypedColumn>();
  for (const column of columns) {
    const stem = stemOf(column.columnType, LABELS);
    if (isLabelType(column) && !labels.has(stem)) labels.set(stem, column);
  }
  return new Map(
    columns.flatMap((column) => {
      const label = isLabelType(column) ? undefined : labels.get(stemOf(column.columnType, CODES));
      return label ? [[column, label] as const] : [];
    }),
  );
}

function isLabelType({ columnType }: TypedColumn): boolean {
  return LABELS.includes(columnType.split(':').at(-1)!);
}

function stemOf(columnType: string, endings: readonly string[]): string {
  const words = columnType.split(':');
  while (words.length > 1 && endings.includes(words.at(-1)!)) words.pop();
  return words.join(':');
}
