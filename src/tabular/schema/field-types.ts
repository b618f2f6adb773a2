import { durationType, temporalType, yearmonthType } from './date-types.js';
import type { FieldType } from './field-type.js';
import { geojsonType, geopointType, jsonType } from './json-types.js';
import { integerType, numberType, yearType } from './number-types.js';
import type { FieldDescriptor, FieldTypeName } from './table-schema.js';
import { booleanType, STRING_FORMATS, stringType } from './text-types.js';

const MAKERS: Record<FieldTypeName, (field: FieldDescriptor) => FieldType> = {
  string: (field) => stringType(field.format),
  integer: (field) => integerType(field),
  number: (field) => numberType(field),
  boolean: (field) => booleanType(field.trueValues, field.falseValues),
  date: (field) => temporalType('date', field.format),
  time: (field) => temporalType('time', field.format),
  datetime: (field) => temporalType('datetime', field.format),
  year: () => yearType(),
  yearmonth: () => yearmonthType(),
  duration: () => durationType(),
  geopoint: (field) => geopointType(field.format),
  geojson: (field) => geojsonType(field.format),
  object: () => jsonType('object'),
  array: () => jsonType('array'),
  any: () => stringType(),
};

/** The formats of the types that have some; the others have none, and `date`, `time` and `datetime` take patterns. */
export const FORMATS: Partial<Record<FieldTypeName, readonly string[]>> = {
  string: STRING_FORMATS,
  geopoint: ['default', 'array', 'object'],
  geojson: ['default', 'topojson'],
};

/**
 * The type of a field, ready to use. A field without a type holds texts.
 * @throws DatePatternError where its format is a pattern that cannot be used
 */
export function fieldType(field: FieldDescriptor): FieldType {
  return MAKERS[field.type ?? 'string'](field);
}
