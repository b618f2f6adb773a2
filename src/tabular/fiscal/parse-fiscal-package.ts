import type { DataPackage, DataResource } from '../datapackage/data-package.js';
import { isObject, MAX_PROBLEMS, type Problem } from '../problem.js';
import type { TableSchema } from '../schema/table-schema.js';
import { columnTypeProblems, modelOfColumnTypes } from './column-types.js';
import type { FiscalMapping } from './fiscal-mapping-shape.js';
import { mappingProblems, modelOfMapping } from './fiscal-mapping.js';
import type { FiscalModel } from './fiscal-model.js';
import { factTableName, modelId } from './fiscal-names.js';

/** A model, or what has to be mended before there is one. */
export interface ParsedFiscalPackage {
  readonly fiscal?: FiscalModel;
  readonly problems: readonly Problem[];
}

/** Which generation of the fiscal profile a descriptor follows: it has a `model`, or fields with a `columnType`. */
export function fiscalGeneration(
  descriptor: Readonly<Record<string, unknown>>,
): FiscalModel['generation'] | undefined {
  if (descriptor['model'] !== undefined) return '0.3';
  const [first] = Array.isArray(descriptor['resources']) ? (descriptor['resources'] as unknown[]) : [];
  const schema = isObject(first) ? first['schema'] : undefined;
  const fields = isObject(schema) && Array.isArray(schema['fields']) ? (schema['fields'] as unknown[]) : [];
  return fields.some((field) => isObject(field) && field['columnType'] !== undefined) ? '1.0' : undefined;
}

/**
 * Makes the table and the model of a fiscal package, of which the first resource is loaded.
 * @param schema of the first resource, where the descriptor refers to it
 */
export function parseFiscalPackage(
  { name, resources, descriptor }: DataPackage,
  owner: string,
  schema: TableSchema | undefined = inlineSchema(resources[0]),
): ParsedFiscalPackage {
  const generation = fiscalGeneration(descriptor);
  const { name: resource } = resources[0]!;
  const path = 'resources[0].schema';
  if (name === undefined) return wrong('name', 'is missing. Give the package a name.');
  if (schema === undefined) return wrong(path, 'is missing. Say which fields the first resource has.');
  if (generation === undefined) {
    return wrong(
      'model',
      'is missing. Map the fields to measures and dimensions, or give them a columnType.',
    );
  }
  const problems =
    generation === '0.3'
      ? mappingProblems(descriptor['model'], resource, schema)
      : columnTypeProblems(schema, path);
  if (problems.length > 0) return { problems: problems.slice(0, MAX_PROBLEMS) };
  const table = factTableName(owner, name);
  const rest =
    generation === '0.3'
      ? modelOfMapping(descriptor['model'] as FiscalMapping, resource, schema, table)
      : modelOfColumnTypes(schema, table);
  return { fiscal: { generation, id: modelId(owner, name), ...rest }, problems };
}

function inlineSchema(resource: DataResource | undefined): TableSchema | undefined {
  return typeof resource?.schema === 'object' ? resource.schema : undefined;
}

function wrong(path: string, complaint: string): ParsedFiscalPackage {
  return { problems: [{ path, message: `${path} ${complaint}` }] };
}
