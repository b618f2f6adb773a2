import { parseCsvFormat } from '../csv/csv-format.js';
import { isObject, MAX_PROBLEMS, pathTo, type Problem, shown } from '../problem.js';
import { parseTableSchema } from '../schema/parse-table-schema.js';
import { PatternAllowance } from '../schema/pattern-limits.js';
import { DATA_PACKAGE_SHAPE } from './data-package-shape.js';
import type { DataPackage, DataResource, TableFormat } from './data-package.js';
import { isUrl, pathComplaint } from './resource-path.js';

/** A package, or what has to be mended before it is one. */
export interface ParsedDataPackage {
  readonly dataPackage?: DataPackage;
  readonly problems: readonly Problem[];
}

/** Checks the descriptor of a Data Package (Frictionless v1), the schemas and dialects in it included. */
export function parseDataPackage(descriptor: unknown): ParsedDataPackage {
  const shape = DATA_PACKAGE_SHAPE.problemsOf(descriptor, '');
  if (shape.length > 0) return { problems: shape };
  const raw = descriptor as Record<string, unknown> & { name?: string; resources: Record<string, unknown>[] };
  const problems: Problem[] = [];
  const patterns = new PatternAllowance();
  const resources = raw.resources.map((resource, index) =>
    parseResource(resource, pathTo('resources', index), problems, patterns),
  );
  problems.push(...repeatedNames(resources), ...unknownReferences(resources));
  if (problems.length > 0) return { problems: problems.slice(0, MAX_PROBLEMS) };
  return { dataPackage: { name: raw.name, resources, descriptor: raw }, problems };
}

function parseResource(
  raw: Record<string, unknown>,
  path: string,
  problems: Problem[],
  patterns: PatternAllowance,
): DataResource {
  const report = (part: string, complaint: string) => {
    const place = pathTo(path, part);
    problems.push({ path: place, message: `${place} ${complaint}` });
  };
  const paths = [(raw['path'] as string | string[] | undefined) ?? []].flat();
  const hasData = raw['data'] !== undefined;
  if (paths.length === 0 && !hasData) report('path', 'is missing. Say where the data is.');
  if (paths.length > 0 && hasData) report('data', 'is there besides a path. Remove one of them.');
  for (const [index, one] of paths.entries()) {
    const complaint = pathComplaint(one);
    if (complaint !== undefined) report(Array.isArray(raw['path']) ? `path[${index}]` : 'path', complaint);
  }
  if (paths.some(isUrl) && !paths.every(isUrl)) report('path', 'mixes URLs with other paths. Use one kind.');
  for (const part of ['schema', 'dialect'] as const) {
    const reference = raw[part];
    const complaint = typeof reference === 'string' ? pathComplaint(reference) : undefined;
    if (complaint !== undefined) report(part, complaint);
  }
  const format = formatOf(raw, paths);
  if (format === 'csv' && typeof raw['dialect'] !== 'string')
    problems.push(...parseCsvFormat(raw, path).problems);
  let schema = raw['schema'] as DataResource['schema'];
  // The schema of what is no table is its own business: GeoJSON has one too.
  if (isObject(schema) && format !== undefined) {
    const parsed = parseTableSchema(schema, pathTo(path, 'schema'), patterns);
    problems.push(...parsed.problems);
    schema = parsed.schema;
  } else if (isObject(schema)) {
    schema = undefined;
  }
  const name = raw['name'] as string;
  return {
    name,
    paths,
    format,
    descriptor: raw,
    ...(hasData && { data: raw['data'] }),
    ...(schema && { schema }),
  };
}

const FORMATS: ReadonlyMap<string, TableFormat> = new Map([
  ['csv', 'csv'],
  ['tsv', 'csv'],
  ['text/csv', 'csv'],
  ['text/tab-separated-values', 'csv'],
  ['xlsx', 'xlsx'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
]);

function formatOf(raw: Record<string, unknown>, paths: readonly string[]): TableFormat | undefined {
  const [path] = paths;
  if (path === undefined) return Array.isArray(raw['data']) ? 'inline' : undefined;
  const said = [raw['format'], raw['mediatype']].flatMap((value) =>
    typeof value === 'string' && value !== '' ? [value.toLowerCase().split(';')[0]!.trim()] : [],
  );
  if (said.length > 0) return FORMATS.get(said.find((one) => FORMATS.has(one)) ?? '');
  if (raw['profile'] === 'tabular-data-resource') return 'csv';
  const name = isUrl(path) ? new URL(path).pathname : path;
  return FORMATS.get(name.slice(name.lastIndexOf('.') + 1).toLowerCase());
}

function repeatedNames(resources: readonly DataResource[]): Problem[] {
  const first = new Map<string, number>();
  return resources.flatMap(({ name }, index) => {
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, index);
      return [];
    }
    const path = pathTo(pathTo('resources', index), 'name');
    return [{ path, message: `${path} is "${name}" as that of resources[${earlier}]. Rename one of them.` }];
  });
}

function unknownReferences(resources: readonly DataResource[]): Problem[] {
  const names = new Set(resources.map(({ name }) => name));
  return resources.flatMap(({ schema }, index) => {
    const keys = typeof schema === 'object' ? schema.foreignKeys : [];
    return keys.flatMap(({ resource }, key) => {
      if (resource === '' || names.has(resource)) return [];
      const path = `resources[${index}].schema.foreignKeys[${key}].reference.resource`;
      return [
        { path, message: `${path} names "${shown(resource)}", which is no resource. Use the name of one.` },
      ];
    });
  });
}
