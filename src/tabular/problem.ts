/** What is wrong with a descriptor, and where. */
export interface Problem {
  /** Place in the descriptor, such as `resources[0].schema.fields[2].type`; empty for the descriptor as a whole. */
  readonly path: string;
  /** A whole sentence that says what to do. */
  readonly message: string;
}

/** More are not told of: who sends a hundred mistakes mends the first ones first. */
export const MAX_PROBLEMS = 100;

/** The longest part of a value that is shown in a message. */
const SHOWN = 80;

/** A value as a message may show it: cut, on one line, without characters that a terminal would obey. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : describe(value);
  const cut = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  return cut.toWellFormed().replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\ufffd');
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

/** The path of a part: a number for an item of a list, a name for a property. */
export function pathTo(parent: string, part: string | number): string {
  if (typeof part === 'number') return `${parent}[${part}]`;
  return parent === '' ? part : `${parent}.${part}`;
}

/** Whether a value is an object of JSON: neither null nor a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
