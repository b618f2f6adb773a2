import { shown } from '../problem.js';
import type { FieldType } from './field-type.js';
import { SafePattern } from './safe-pattern.js';
import type { FieldConstraints, FieldDescriptor } from './table-schema.js';
import type { TableErrorCode } from './table-error.js';

/** A constraint of a field other than `required` and `unique`. */
export interface Check {
  readonly code: TableErrorCode;
  /** Whether a value keeps to it. `text` is the cell as it is written. */
  readonly holds: (value: string, text: string) => boolean;
  /** What to do otherwise: the end of a sentence that begins with the text. */
  readonly advice: string;
  /** The pattern that the text is compared with. */
  readonly pattern?: SafePattern;
}

/** A constraint that cannot be used; `constraint` is its name, the message ends a sentence about it. */
export class ConstraintError extends Error {
  constructor(
    readonly constraint: keyof FieldConstraints,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * The constraints of a field as functions.
 * @throws ConstraintError where the type has no such constraint, or where it holds no value of the type
 */
export function checksOf(field: FieldDescriptor, type: FieldType): Check[] {
  const constraints = field.constraints ?? {};
  const name = field.type ?? 'string';
  return [
    ...boundary('minimum', constraints.minimum, type, name),
    ...boundary('maximum', constraints.maximum, type, name),
    ...lengthLimit('minLength', constraints.minLength, type, name),
    ...lengthLimit('maxLength', constraints.maxLength, type, name),
    ...patternCheck(constraints.pattern),
    ...enumeration(constraints.enum, type, name),
  ];
}

function boundary(
  constraint: 'minimum' | 'maximum',
  limit: string | number | undefined,
  type: FieldType,
  name: string,
): Check[] {
  if (limit === undefined) return [];
  const { compare } = type;
  if (compare === undefined) throw new ConstraintError(constraint, `is not for the type ${name}. Remove it.`);
  const bound = canonical(limit, type);
  if (bound === undefined)
    throw new ConstraintError(constraint, `is no value of the type ${name}. Correct it.`);
  const isMinimum = constraint === 'minimum';
  return [
    {
      code: `${constraint}-constraint`,
      holds: (value) => (isMinimum ? compare(value, bound) >= 0 : compare(value, bound) <= 0),
      advice: `is ${isMinimum ? 'less' : 'more'} than ${shown(limit)}, the ${constraint} of the field. Correct it.`,
    },
  ];
}

function lengthLimit(
  constraint: 'minLength' | 'maxLength',
  limit: number | undefined,
  type: FieldType,
  name: string,
): Check[] {
  if (limit === undefined) return [];
  const { lengthOf } = type;
  if (lengthOf === undefined)
    throw new ConstraintError(constraint, `is not for the type ${name}. Remove it.`);
  const isMinimum = constraint === 'minLength';
  return [
    {
      code: isMinimum ? 'minimum-length-constraint' : 'maximum-length-constraint',
      holds: (value) => (isMinimum ? lengthOf(value) >= limit : lengthOf(value) <= limit),
      advice: `is ${isMinimum ? 'shorter' : 'longer'} than ${limit}, the ${constraint} of the field. Correct it.`,
    },
  ];
}

function patternCheck(pattern: string | undefined): Check[] {
  if (pattern === undefined) return [];
  try {
    const compiled = new SafePattern(pattern);
    const advice = `does not match the pattern ${shown(pattern)} of the field. Correct it.`;
    const holds = (_: string, text: string) => compiled.matches(text);
    return [{ code: 'pattern-constraint', holds, advice, pattern: compiled }];
  } catch (error) {
    throw new ConstraintError('pattern', (error as Error).message, { cause: error });
  }
}

function enumeration(values: readonly unknown[] | undefined, type: FieldType, name: string): Check[] {
  if (values === undefined) return [];
  const keyOf = type.key ?? ((value: string) => value);
  const keys = new Set<string>();
  for (const value of values) {
    const text = canonical(value, type);
    if (text === undefined) {
      throw new ConstraintError(
        'enum',
        `holds '${shown(value)}', which is no value of the type ${name}. Correct it.`,
      );
    }
    keys.add(keyOf(text));
  }
  const list = values
    .slice(0, 5)
    .map((value) => shown(typeof value === 'object' ? JSON.stringify(value) : value))
    .join(', ');
  const advice = `is not one of the values of the field. Use one of ${list}${values.length > 5 ? ', …' : ''}.`;
  return [{ code: 'enumerable-constraint', holds: (value) => keys.has(keyOf(value)), advice }];
}

/** A value of a descriptor, which may be written as the cells are or as JSON has it. */
function canonical(value: unknown, type: FieldType): string | undefined {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return type.cast(text) ?? type.castTyped?.(text);
}
