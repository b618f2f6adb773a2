import { MAX_PROBLEMS, pathTo, type Problem, shown } from '../problem.js';
import { Column } from './column.js';
import { ConstraintError } from './constraints.js';
import { FORMATS } from './field-types.js';
import { PatternAllowance } from './pattern-limits.js';
import { PatternError } from './safe-pattern.js';
import { DatePatternError } from './strptime.js';
import { TABLE_SCHEMA_SHAPE } from './table-schema-shape.js';
import {
  FIELD_TYPES,
  type FieldDescriptor,
  type FieldTypeName,
  type ForeignKey,
  type TableSchema,
} from './table-schema.js';

/** A schema, or what has to be mended before it is one. */
export interface ParsedTableSchema {
  readonly schema?: TableSchema;
  readonly problems: readonly Problem[];
}

/** Most patterns of a schema: each takes memory of its own. */
const MAX_PATTERNS = 100;

/** Types that other systems and older versions know, and what they are called here. */
const OTHER_NAMES: ReadonlyMap<string, FieldTypeName> = new Map([
  ['text', 'string'],
  ['varchar', 'string'],
  ['int', 'integer'],
  ['bigint', 'integer'],
  ['float', 'number'],
  ['double', 'number'],
  ['decimal', 'number'],
  ['numeric', 'number'],
  ['currency', 'number'],
  ['bool', 'boolean'],
  ['timestamp', 'datetime'],
  ['gyear', 'year'],
  ['gyearmonth', 'yearmonth'],
  ['json', 'object'],
  ['list', 'array'],
]);

/**
 * Reads a Table Schema. Everything that `TableCaster` needs is checked, so that a schema found here always casts.
 * @param path where the descriptor stands, for the problems
 * @param patterns what is left for patterns, where the schema is one of several
 */
export function parseTableSchema(
  descriptor: unknown,
  path = '',
  patterns = new PatternAllowance(),
): ParsedTableSchema {
  const shape = TABLE_SCHEMA_SHAPE.problemsOf(descriptor, path);
  if (shape.length > 0) return { problems: shape };
  const raw = descriptor as {
    fields: FieldDescriptor[];
    missingValues?: string[];
    primaryKey?: string | string[];
    foreignKeys?: RawForeignKey[];
  };
  const schema: TableSchema = {
    fields: raw.fields,
    missingValues: raw.missingValues ?? [''],
    primaryKey: [raw.primaryKey ?? []].flat(),
    foreignKeys: (raw.foreignKeys ?? []).map(foreignKey),
  };
  if (schema.fields.filter(hasPattern).length > MAX_PATTERNS) {
    const place = pathTo(path, 'fields');
    return { problems: [problem(place, `have more than ${MAX_PATTERNS} patterns. Use fewer.`)] };
  }
  const problems = [
    ...repeatedNames(schema.fields, path),
    ...schema.fields.flatMap((field, index) =>
      fieldProblems(field, pathTo(pathTo(path, 'fields'), index), patterns),
    ),
    ...unknownNames(schema.primaryKey, schema.fields, pathTo(path, 'primaryKey')),
    ...schema.foreignKeys.flatMap((key, index) => foreignKeyProblems(key, schema, path, index)),
  ];
  return problems.length > 0 ? { problems: problems.slice(0, MAX_PROBLEMS) } : { schema, problems };
}

interface RawForeignKey {
  fields: string | string[];
  reference: { resource?: string; fields: string | string[] };
}

function foreignKey({ fields, reference }: RawForeignKey): ForeignKey {
  return {
    fields: [fields].flat(),
    resource: reference.resource ?? '',
    referenced: [reference.fields].flat(),
  };
}

function hasPattern({ constraints }: FieldDescriptor): boolean {
  return constraints?.pattern !== undefined;
}

function fieldProblems(field: FieldDescriptor, path: string, patterns: PatternAllowance): Problem[] {
  const type: unknown = field.type ?? 'string';
  if (!FIELD_TYPES.some((known) => known === type)) {
    const other = OTHER_NAMES.get(String(type).toLowerCase());
    const advice = other === undefined ? `Use one of ${FIELD_TYPES.join(', ')}.` : `Use "${other}".`;
    return [problem(pathTo(path, 'type'), `is "${shown(type)}", which is no type. ${advice}`)];
  }
  const formats = FORMATS[field.type ?? 'string'];
  if (field.format !== undefined && formats?.includes(field.format) === false) {
    const advice = `Use one of ${formats.join(', ')}.`;
    return [problem(pathTo(path, 'format'), `is "${shown(field.format)}", which is no format. ${advice}`)];
  }
  if (
    field.type === 'number' &&
    field.groupChar !== undefined &&
    field.groupChar === (field.decimalChar ?? '.')
  ) {
    return [problem(pathTo(path, 'groupChar'), 'is the same as decimalChar. Change one of them.')];
  }
  if (patterns.isUsedUp && hasPattern(field)) {
    const place = pathTo(path, 'constraints.pattern');
    return [problem(place, 'is one too many: the patterns of a package may not be that large together.')];
  }
  try {
    const { pattern } = new Column(field);
    if (pattern) patterns.spend(pattern.size);
    return [];
  } catch (error) {
    if (error instanceof ConstraintError && error.cause instanceof PatternError)
      patterns.spendOnWrong(error.cause.size);
    if (error instanceof DatePatternError) return [problem(pathTo(path, 'format'), error.message)];
    if (!(error instanceof ConstraintError)) throw error;
    return [problem(pathTo(pathTo(path, 'constraints'), error.constraint), error.message)];
  }
}

function repeatedNames(fields: readonly FieldDescriptor[], path: string): Problem[] {
  const first = new Map<string, number>();
  return fields.flatMap(({ name }, index) => {
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, index);
      return [];
    }
    const place = pathTo(pathTo(pathTo(path, 'fields'), index), 'name');
    return [problem(place, `is "${shown(name)}" as that of fields[${earlier}]. Rename one of them.`)];
  });
}

function unknownNames(names: readonly string[], fields: readonly FieldDescriptor[], path: string): Problem[] {
  const known = new Set(fields.map(({ name }) => name));
  return names
    .filter((name) => !known.has(name))
    .map((name) => problem(path, `names "${shown(name)}", which is no field. Use names of the fields.`));
}

function foreignKeyProblems(key: ForeignKey, schema: TableSchema, path: string, index: number): Problem[] {
  const place = pathTo(pathTo(path, 'foreignKeys'), index);
  const problems = unknownNames(key.fields, schema.fields, pathTo(place, 'fields'));
  if (key.resource === '') {
    problems.push(...unknownNames(key.referenced, schema.fields, pathTo(place, 'reference.fields')));
  }
  if (key.fields.length !== key.referenced.length) {
    problems.push(problem(pathTo(place, 'reference.fields'), 'has another number of fields. Name as many.'));
  }
  return problems;
}

function problem(path: string, complaint: string): Problem {
  return { path, message: `${path} ${complaint}` };
}
