import { type Check, checksOf } from './constraints.js';
import type { FieldType } from './field-type.js';
import { fieldType } from './field-types.js';
import type { SafePattern } from './safe-pattern.js';
import type { FieldDescriptor, FieldTypeName } from './table-schema.js';

/** A value of a cell as canonical text; null where it is missing. */
export type CellValue = string | null;

/** A field of a schema, ready to take cells. */
export class Column {
  readonly name: string;
  readonly typeName: FieldTypeName;
  readonly isRequired: boolean;
  readonly type: FieldType;
  readonly checks: readonly Check[];

  /** @throws DatePatternError, ConstraintError; never for a field of a schema that was found valid */
  constructor(readonly field: FieldDescriptor) {
    this.name = field.name;
    this.typeName = field.type ?? 'string';
    this.isRequired = field.constraints?.required === true;
    this.type = fieldType(field);
    this.checks = checksOf(field, this.type);
  }

  /** The pattern of its texts. */
  get pattern(): SafePattern | undefined {
    return this.checks.find(({ pattern }) => pattern !== undefined)?.pattern;
  }

  /** The value as JSON has it. A number that JSON does not have is a text. */
  toJson(value: CellValue): string {
    if (value === null) return 'null';
    const isLiteral = this.type.isJson && !(this.typeName === 'number' && NOT_JSON.has(value));
    return isLiteral ? value : JSON.stringify(value);
  }
}

const NOT_JSON = new Set(['NaN', 'Infinity', '-Infinity']);
