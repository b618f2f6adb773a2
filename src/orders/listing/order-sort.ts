import { isDate, isText, isOrderId } from '../order-values.js';

/** A sort as it is asked for: a column, with `-` in front for descending. */
export const SORTS = ['id', 'name', 'email', 'state', 'zipcode', 'birthday', 'valid'].flatMap((column) => [
  column,
  `-${column}`,
]);

/** The order in which orders come. Those that are alike come by id, in the same direction. */
export interface OrderSort {
  /** As it is asked for, like `-name`. */
  readonly name: string;
  /** What is sorted by before the id; nothing where it is the id itself. */
  readonly key: SortKey | undefined;
  readonly descending: boolean;
}

/** What orders are sorted by, letter by letter as the index has it: otherwise the index would not be used. */
interface SortKey {
  readonly expression: string;
  /** The same as it stands in a cursor. */
  readonly told: string;
  /** What a value out of a cursor is cast to. */
  readonly type: 'text' | 'date' | 'boolean';
  /** Whether a value out of a cursor can be one of this key. */
  readonly fits: (value: unknown) => boolean;
}

/** The place of an order in a sort: a page goes on after it. */
export interface OrderPlace {
  /** Of the sort's key; nothing where it is the id. */
  readonly value?: string | boolean;
  readonly id: number;
}

const textKey = (expression: string): SortKey => ({
  expression,
  told: expression,
  type: 'text',
  fits: (value) => typeof value === 'string' && isText(value),
});

const KEYS: Readonly<Record<string, SortKey>> = {
  name: textKey('lower(name) collate "C"'),
  email: textKey('lower(email) collate "C"'),
  state: textKey('state'),
  zipcode: textKey('zipcode collate "C"'),
  birthday: {
    expression: 'orders.birthday', // without its table it would be the text that is selected under that name
    told: `to_char(orders.birthday, 'YYYY-MM-DD')`,
    type: 'date',
    fits: (value) => typeof value === 'string' && isDate(value),
  },
  valid: {
    expression: 'valid',
    told: 'valid',
    type: 'boolean',
    fits: (value) => typeof value === 'boolean',
  },
};

const SORT_OF_NAME: ReadonlyMap<string, OrderSort> = new Map(
  SORTS.map((name) => [
    name,
    { name, key: KEYS[name.replace('-', '')], descending: name.startsWith('-') } satisfies OrderSort,
  ]),
);

/** The sort where none is asked for. */
export const BY_ID = SORT_OF_NAME.get('id')!;

/** The sort of this name; nothing where there is none. */
export function parseSort(name: string): OrderSort | undefined {
  return SORT_OF_NAME.get(name);
}

/** A place as clients hand it back: opaque to them, and good for the sort that it came from only. */
export function writeCursor({ name }: OrderSort, { value, id }: OrderPlace): string {
  return Buffer.from(JSON.stringify([name, value, id])).toString('base64url');
}

/** The place that a cursor stands for; nothing where it is no cursor of this sort. */
export function readCursor({ name, key }: OrderSort, text: string): OrderPlace | undefined {
  const cursor = parseJson(Buffer.from(text, 'base64url').toString());
  if (!Array.isArray(cursor) || cursor.length !== 3) return undefined;
  const [sort, value, id] = cursor as unknown[];
  if (sort !== name || !key?.fits(value) || !isOrderId(id)) return undefined;
  return { value: value as string | boolean, id };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
