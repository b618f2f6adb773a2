import { Ajv, type ErrorObject, type SchemaObject, type ValidateFunction } from 'ajv';
import * as formats from 'ajv-formats';
import { MAX_PROBLEMS, pathTo, type Problem, shown } from './problem.js';

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  object: 'an object',
  array: 'a list',
  boolean: 'true or false',
  number: 'a number',
  integer: 'a whole number',
  null: 'null',
};

/** The shape of a part of a descriptor, as JSON Schema. A `description` in it says what a text has to look like. */
export class Shape {
  // Compiled when they are first needed: most processes never read a descriptor.
  #first: ValidateFunction | undefined;
  #all: ValidateFunction | undefined;

  constructor(private readonly schema: SchemaObject) {}

  /** What of a value does not have the shape. Of a large value the first problem alone: it may have millions. */
  problemsOf(value: unknown, path: string): Problem[] {
    this.#first ??= compiler(false).compile(this.schema);
    if (this.#first(value)) return [];
    let { errors } = this.#first;
    if (isSmall(value)) {
      this.#all ??= compiler(true).compile(this.schema);
      this.#all(value);
      ({ errors } = this.#all);
    }
    return (errors ?? []).slice(0, MAX_PROBLEMS).map((error) => problemOf(error, value, path));
  }
}

/** Values, lists and objects in all, of which all problems are looked for: a problem takes some hundred bytes. */
const SMALL = 20_000;

function isSmall(root: unknown): boolean {
  const open = [root];
  let count = 1;
  while (open.length > 0) {
    const value = open.pop();
    if (value === null || typeof value !== 'object') continue;
    const parts: unknown[] = Array.isArray(value) ? value : Object.values(value);
    count += parts.length;
    if (count > SMALL) return false;
    for (const part of parts) open.push(part);
  }
  return true;
}

function compiler(allErrors: boolean): Ajv {
  const ajv = new Ajv({ allErrors, allowUnionTypes: true, verbose: true, strict: true });
  formats.default.default(ajv, ['uri', 'email', 'date-time']);
  return ajv;
}

function problemOf(error: ErrorObject, root: unknown, path: string): Problem {
  const { keyword, params } = error;
  let place = placeOf(error.instancePath, root, path);
  if (keyword === 'required') place = pathTo(place, (params as { missingProperty: string }).missingProperty);
  return { path: place, message: `${place === '' ? 'The descriptor' : place} ${complaint(error)}` };
}

function complaint({ keyword, params, parentSchema, data }: ErrorObject): string {
  const rule = (parentSchema as { description?: string } | undefined)?.description;
  switch (keyword) {
    case 'required':
      return 'is missing. Add it.';
    case 'type': {
      const { type } = params as { type: string | string[] };
      const names = [type].flat().map((name) => TYPE_NAMES[name] ?? name);
      return `is ${shown(data)}, but has to be ${names.join(' or ')}. Correct it.`;
    }
    case 'enum': {
      const { allowedValues } = params as { allowedValues: unknown[] };
      return `is "${shown(data)}", which is not known. Use one of ${allowedValues.join(', ')}.`;
    }
    case 'minItems':
      return 'is an empty list. Give it one item at least.';
    case 'maxItems':
      return `has more than ${(params as { limit: number }).limit} items. Split it.`;
    case 'maxProperties':
      return `has more than ${(params as { limit: number }).limit} entries. Split it.`;
    case 'format':
      return `is "${shown(data)}", which is no ${(params as { format: string }).format}. Correct it.`;
    default:
      return `is "${shown(data)}". ${rule ?? 'Correct it.'}`;
  }
}

/** A JSON Pointer as a path of ours. What it points into tells items of lists from properties. */
function placeOf(pointer: string, root: unknown, start: string): string {
  let value = root;
  let path = start;
  for (const escaped of pointer.split('/').slice(1)) {
    const name = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    path = pathTo(path, Array.isArray(value) ? Number(name) : shown(name));
    value = (value as Record<string, unknown> | null)?.[name];
  }
  return path;
}
