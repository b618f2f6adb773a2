import { createRequire } from 'node:module';
import { expect } from '@jest/globals';
import { parseTableSchema, TableCaster, TableErrors } from '../../src/tabular/index.js';

interface OracleField {
  castValue(text: string): unknown;
}
const { Field } = createRequire(import.meta.url)('tableschema') as {
  Field: new (descriptor: object) => OracleField;
};

export type Field = { type: string } & Record<string, unknown>;

/** What ours makes of a text: its value as JSON has it, null, or `REFUSED`. */
export const REFUSED = Symbol('refused');

export function ours(field: Field): (text: string) => unknown {
  const { schema, problems } = parseTableSchema({ fields: [{ name: 'a', ...field }] });
  expect(problems).toEqual([]);
  const caster = new TableCaster(schema!);
  return (text) => {
    const row = caster.cast([text], 1, new TableErrors());
    return row ? (JSON.parse(caster.toJson(row)) as { a: unknown }).a : REFUSED;
  };
}

export function theirs(field: Field): (text: string) => unknown {
  const one = new Field({ name: 'a', format: 'default', ...field });
  return (text) => {
    try {
      return toJson(field, one.castValue(text));
    } catch {
      return REFUSED;
    }
  };
}

/** So that 0 and -0 are the same. */
export const written = (value: unknown) => (value === REFUSED ? 'refused' : JSON.stringify(value));

const two = (value: number) => String(value).padStart(2, '0');

/** Their values in the form of ours. Their dates are those of the local clock. */
function toJson({ type }: Field, value: unknown): unknown {
  if (value instanceof Date) {
    const day = `${String(value.getFullYear()).padStart(4, '0')}-${two(value.getMonth() + 1)}-${two(value.getDate())}`;
    const time = `${two(value.getHours())}:${two(value.getMinutes())}:${two(value.getSeconds())}`;
    return { date: day, time }[type] ?? `${day}T${time}Z`;
  }
  if (type === 'yearmonth' && Array.isArray(value))
    return `${String(value[0]).padStart(4, '0')}-${two(Number(value[1]))}`;
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return type === 'duration' && value !== null ? 'a duration' : value;
}
