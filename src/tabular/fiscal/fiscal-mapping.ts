import type { Problem } from '../problem.js';
import { pathTo, shown } from '../problem.js';
import type { FieldDescriptor, TableSchema } from '../schema/table-schema.js';
import { FISCAL_MAPPING_SHAPE, type FiscalMapping, type MappedDimension } from './fiscal-mapping-shape.js';
import { UniqueNames } from './fiscal-names.js';
import type {
  BabbageAttribute,
  BabbageDimension,
  BabbageModel,
  FactColumn,
  FiscalModel,
} from './fiscal-model.js';

type Rest = Pick<FiscalModel, 'columns' | 'indexes' | 'model'>;

/** What is wrong with the mapping of a Fiscal Data Package 0.3 from measures and dimensions to fields. */
export function mappingProblems(model: unknown, resource: string, schema: TableSchema): Problem[] {
  const shape = FISCAL_MAPPING_SHAPE.problemsOf(model, 'model');
  if (shape.length > 0) return shape;
  const { measures, dimensions } = model as FiscalMapping;
  const fields = new Map(schema.fields.map((field) => [field.name, field]));
  const problems: Problem[] = [];
  const report = (path: string, complaint: string) =>
    problems.push({ path, message: `${path} ${complaint}` });
  const source = (path: string, name: string, of: string | undefined): FieldDescriptor | undefined => {
    const place = pathTo(path, 'source');
    if (of !== undefined && of !== resource) return undefined;
    const field = fields.get(name);
    if (!field)
      report(place, `names "${shown(name)}", which is no field of the resource. Use the name of one.`);
    return field;
  };
  for (const [name, measure] of Object.entries(measures)) {
    const path = pathTo('model.measures', shown(name));
    const field = source(path, measure.source, measure.resource);
    const isNumber = field === undefined || ['integer', 'number'].includes(field.type ?? 'string');
    if (!isNumber)
      report(path, `is a measure, but its field is no number. Give the field the type "number".`);
  }
  for (const [name, dimension] of Object.entries(dimensions)) {
    const path = pathTo('model.dimensions', shown(name));
    const known = (place: string, attribute: string | undefined) => {
      if (attribute === undefined || Object.hasOwn(dimension.attributes, attribute)) return;
      report(
        place,
        `names "${shown(attribute)}", which is no attribute of the dimension. Use the name of one.`,
      );
    };
    for (const key of keysOf(dimension)) known(pathTo(path, 'primaryKey'), key);
    for (const [attributeName, attribute] of Object.entries(dimension.attributes)) {
      const place = pathTo(pathTo(path, 'attributes'), shown(attributeName));
      if (attribute.resource !== undefined && attribute.resource !== resource) {
        report(pathTo(place, 'resource'), `is not "${resource}". Only the first resource is loaded.`);
      }
      source(place, attribute.source, attribute.resource);
      known(pathTo(place, 'parent'), attribute.parent);
      known(pathTo(place, 'labelfor'), attribute.labelfor);
      known(pathTo(place, 'keyfor'), attribute.keyfor);
    }
  }
  if (!Object.values(measures).some((measure) => (measure.resource ?? resource) === resource)) {
    report('model.measures', `has no measure of "${resource}". Only the first resource is loaded.`);
  }
  return problems;
}

/** The table and the model of a Fiscal Data Package 0.3 whose mapping has no problems. */
export function modelOfMapping(
  mapping: FiscalMapping,
  resource: string,
  schema: TableSchema,
  factTable: string,
): Rest {
  const measures = Object.entries(mapping.measures).filter(
    ([, one]) => (one.resource ?? resource) === resource,
  );
  const factors = new Map(
    measures.flatMap(([, { source, factor = 1 }]) => (factor === 1 ? [] : [[source, factor]])),
  );
  const parents = partialCodes(mapping, schema);
  const typeOf = ({ name, type = 'string' }: FieldDescriptor) =>
    parents.has(name) ? 'string' : factors.has(name) ? 'number' : type;
  const types = new Map(schema.fields.map((field) => [field.name, typeOf(field)]));
  const names = UniqueNames.ofColumns(2);
  const columnOf = new Map(schema.fields.map(({ name }) => [name, names.take(name, 'column')]));
  const concepts = new UniqueNames(2);
  const model: BabbageModel = {
    fact_table: factTable,
    measures: Object.fromEntries(
      measures.map(([name, { source, currency }]) => [
        concepts.take(name, 'measure'),
        { label: name, column: columnOf.get(source)!, orig_measure: name, currency },
      ]),
    ),
    ...dimensionsOf(mapping, types, columnOf, concepts),
  };
  const columns = schema.fields.map((field): FactColumn => {
    const [factor, above] = [factors.get(field.name), parents.get(field.name)];
    return {
      field: field.name,
      column: columnOf.get(field.name)!,
      type: types.get(field.name)!,
      ...(factor !== undefined && { factor: String(factor) }),
      ...(above !== undefined && { parents: above }),
    };
  });
  return { columns, indexes: indexesOf(model), model };
}

function keysOf({ primaryKey }: MappedDimension): string[] {
  return [primaryKey].flat();
}

/** A dimension with several keys becomes one for each, which are the levels of a hierarchy. */
function dimensionsOf(
  mapping: FiscalMapping,
  types: ReadonlyMap<string, string>,
  columnOf: ReadonlyMap<string, string>,
  concepts: UniqueNames,
): Pick<BabbageModel, 'dimensions' | 'hierarchies'> {
  const dimensions: [string, BabbageDimension][] = [];
  const hierarchies: [string, { levels: string[] }][] = [];
  for (const [origin, dimension] of Object.entries(mapping.dimensions)) {
    const name = concepts.take(origin, 'dimension');
    const names = new UniqueNames(2);
    const attributes = Object.entries(dimension.attributes).map(([attribute, { source, labelfor }]) => ({
      original: attribute,
      name: names.take(attribute, 'attr'),
      labelfor,
      value: {
        column: columnOf.get(source)!,
        label: attribute,
        datatype: types.get(source)!,
        orig_attribute: attribute,
      } satisfies BabbageAttribute,
    }));
    const keys = keysOf(dimension);
    const levels = keys.map((key) => {
      const own = attributes.find(({ original }) => original === key)!;
      const label = attributes.find(({ labelfor }) => labelfor === key);
      const isOnly = keys.length === 1;
      const shownAttributes = isOnly ? attributes : [own, ...(label ? [label] : [])];
      const level = isOnly ? name : concepts.take(`${name}_${own.name}`, 'dimension');
      dimensions.push([
        level,
        {
          label: isOnly ? name : `${name}.${own.name}`,
          key_attribute: own.name,
          ...(label && { label_attribute: label.name }),
          orig_dimension: origin,
          attributes: Object.fromEntries(shownAttributes.map((one) => [one.name, one.value])),
        },
      ]);
      return level;
    });
    hierarchies.push([name, { levels }]);
  }
  return { dimensions: Object.fromEntries(dimensions), hierarchies: Object.fromEntries(hierarchies) };
}

/** Keys that are a part of a code: `osType` ends in `:code:part`. The whole code begins with those of the parents. */
function partialCodes({ dimensions }: FiscalMapping, schema: TableSchema): Map<string, string[]> {
  const types = new Map(
    schema.fields.map(({ name, osType }) => [name, typeof osType === 'string' ? osType : '']),
  );
  const found = new Map<string, string[]>();
  for (const { attributes } of Object.values(dimensions)) {
    for (const { source, parent } of Object.values(attributes)) {
      if (types.get(source)?.endsWith(':code:part') !== true) continue;
      const above: string[] = [];
      const seen = new Set<string>();
      for (let at = parent; at !== undefined && !seen.has(at);) {
        seen.add(at);
        const attribute: { source: string; parent?: string } = attributes[at]!;
        above.unshift(attribute.source);
        at = types.get(attribute.source)?.endsWith(':code:part') === true ? attribute.parent : undefined;
      }
      if (above.length > 0) found.set(source, above);
    }
  }
  return found;
}

/** Keys are looked up alone and together with their labels. */
export function indexesOf(model: BabbageModel): string[][] {
  const indexes = Object.values(model.dimensions).map(({ attributes, key_attribute, label_attribute }) => {
    const key = attributes[key_attribute]!.column;
    return label_attribute === undefined ? [key] : [key, attributes[label_attribute]!.column];
  });
  return [...new Map(indexes.map((columns) => [columns.join(), columns])).values()];
}
