/** The types of Table Schema (Frictionless v1). */
export const FIELD_TYPES = [
  'string',
  'integer',
  'number',
  'boolean',
  'date',
  'time',
  'datetime',
  'year',
  'yearmonth',
  'duration',
  'geopoint',
  'geojson',
  'object',
  'array',
  'any',
] as const;
export type FieldTypeName = (typeof FIELD_TYPES)[number];

/** What the values of a field have to keep to. */
export interface FieldConstraints {
  readonly required?: boolean;
  readonly unique?: boolean;
  readonly minimum?: string | number;
  readonly maximum?: string | number;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** A regular expression in the syntax of RE2; the whole text of the cell must match. */
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
}

/** A field as its descriptor has it. What else it holds (title, description, columnType...) is kept. */
export interface FieldDescriptor {
  readonly name: string;
  readonly type?: FieldTypeName;
  readonly format?: string;
  readonly constraints?: FieldConstraints;
  readonly bareNumber?: boolean;
  readonly decimalChar?: string;
  readonly groupChar?: string;
  readonly trueValues?: readonly string[];
  readonly falseValues?: readonly string[];
  readonly [other: string]: unknown;
}

/** A reference to the rows of another resource of the package; an empty name is the resource itself. */
export interface ForeignKey {
  readonly fields: readonly string[];
  readonly resource: string;
  readonly referenced: readonly string[];
}

/** A schema that was found valid, with lists where the descriptor may have a single text. */
export interface TableSchema {
  readonly fields: readonly FieldDescriptor[];
  readonly missingValues: readonly string[];
  readonly primaryKey: readonly string[];
  readonly foreignKeys: readonly ForeignKey[];
}
