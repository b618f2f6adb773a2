import { RULES } from '../rules/order-rules.js';
import { isDate, isInteger, isOrderId, isText, parseInteger } from '../order-values.js';

/** Adds a value to those of a statement, and returns what stands for it in the text: `$1` and so on. */
export type AddValue = (value: unknown) => string;

/** Something that orders must be, as SQL. */
export type Condition = (add: AddValue) => string;

/** A filter as it was given. */
export interface OrderFilter {
  readonly name: string;
  readonly text: string;
  readonly condition: Condition;
}

/** Most ids that one filter may name. */
export const MAX_IDS = 100;

/**
 * How the text of a filter becomes a condition; nothing where it is not valid. What stands left of an operator is what
 * an index is made of, letter by letter: otherwise it would not be used. `valid`, `state` and `import` are not among
 * them: the first two have statements of their own, and the last has to be looked up.
 */
export const ORDER_FILTERS: ReadonlyMap<string, (text: string) => Condition | undefined> = new Map([
  ['id', filter(parseIds, (ids) => `id = any(${ids}::int[])`)],
  ['id_from', filter(parseInteger, (id) => `id >= ${id}::bigint`)],
  ['id_to', filter(parseInteger, (id) => `id <= ${id}::bigint`)],
  ['name', filter(parseText, (name) => `lower(name) collate "C" = lower(${name}::text)`)],
  ['email', filter(parseText, (email) => `lower(email) collate "C" = lower(${email}::text)`)],
  ['zipcode', filter(parseText, (zipcode) => `zipcode collate "C" = ${zipcode}::text`)],
  ['birthday', filter(parseDate, (day) => `birthday = ${day}::date`)],
  ['birthday_from', filter(parseDate, (day) => `birthday >= ${day}::date`)],
  ['birthday_to', filter(parseDate, (day) => `birthday <= ${day}::date`)],
  // An order that breaks a rule is not valid: there is an index of those, none of the rules.
  ['rule', filter(parseRules, (rules) => `valid = false and errors @> any(${rules}::jsonb[])`)],
  ['q', beginning],
]);

function filter<Value>(parse: (text: string) => Value | undefined, sql: (value: string) => string) {
  return (text: string): Condition | undefined => {
    const value = parse(text);
    return value === undefined ? undefined : (add) => sql(add(value));
  };
}

/** Names and e-mail addresses that begin with a text, in any case, and the order whose id it is. */
function beginning(text: string): Condition | undefined {
  if (!isText(text)) return undefined;
  const pattern = `${text.replace(/[\\%_]/g, '\\$&')}%`;
  const id = isInteger(text) ? Number(text) : undefined;
  return (add) => {
    const like = `like lower(${add(pattern)}::text)`;
    const isId = isOrderId(id) ? ` or id = ${add(id)}::int` : '';
    return `(lower(name) collate "C" ${like} or lower(email) collate "C" ${like}${isId})`;
  };
}

function parseText(text: string): string | undefined {
  return isText(text) ? text : undefined;
}

function parseDate(text: string): string | undefined {
  return isDate(text) ? text : undefined;
}

function parseIds(text: string): number[] | undefined {
  const ids = text.split(',');
  return ids.length <= MAX_IDS && ids.every(isInteger) ? ids.map(Number).filter(isOrderId) : undefined;
}

/** The rules as an order that breaks one of them holds it. */
function parseRules(text: string): string[] | undefined {
  const rules = text.split(',');
  return rules.every((rule) => (RULES as readonly string[]).includes(rule))
    ? rules.map((rule) => JSON.stringify([{ rule }]))
    : undefined;
}
