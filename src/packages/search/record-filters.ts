import { storableJson, storableText } from '../../platform/database/storable-json.js';
import { PackageSearchError } from '../packages.errors.js';
import { RECORD_FIELDS } from '../registry/package-record.js';
import type { StatementValues } from './statement.js';
import { anyWord, wordsOf } from './words.js';

/** One field of the record of a package, and the values of which it must have one. */
export interface RecordFilter {
  /** Keys from the record inwards; the first is one of its fields. */
  readonly path: readonly [keyof typeof RECORD_FIELDS, ...string[]];
  /** JSON values. */
  readonly values: readonly unknown[];
}

const MAX_DEPTH = 10;
const MAX_KEY_LENGTH = 200;

/** Fields that have a column, and mostly an index, of their own; they hold texts. */
const COLUMNS: Readonly<Record<string, string>> = {
  id: 'id',
  origin_url: 'origin_url',
  'package.owner': 'owner',
  'package.author': 'author',
};
/** Fields whose words count, as in a search for words. */
const TEXTS: Readonly<Record<string, string>> = {
  'package.title': `to_tsvector('simple', coalesce(descriptor->>'title', ''))`,
  'package.description': `to_tsvector('simple', coalesce(descriptor->>'description', ''))`,
};

/** The field that a parameter of a search names; undefined where there is none of that name. */
export function fieldPath(name: string): RecordFilter['path'] | undefined {
  const [field, ...keys] = name.split('.');
  if (!Object.hasOwn(RECORD_FIELDS, field!)) return undefined;
  if (keys.length >= MAX_DEPTH) throw new PackageSearchError(name, `is deeper than ${MAX_DEPTH} levels`);
  if (keys.some((key) => key === '' || key.length > MAX_KEY_LENGTH || !isStorable(key))) {
    throw new PackageSearchError(name, 'is not a path of keys with dots between');
  }
  return [field as keyof typeof RECORD_FIELDS, ...keys];
}

/** The condition that a package passes the filter. */
export function passes({ path, values }: RecordFilter, statement: StatementValues): string {
  const name = path.join('.');
  const column = COLUMNS[name];
  if (column !== undefined && values.every((value): value is string => typeof value === 'string')) {
    return `${column} = any(${statement.add(values.map(storableText))}::text[])`;
  }
  return `(${values.map((value) => equals(path, value, statement)).join(' or ')})`;
}

/**
 * The condition that the field is the value. Arrays on the way are looked into, as the original's search engine did:
 * a field that is a list is any of its items.
 */
function equals(path: RecordFilter['path'], value: unknown, statement: StatementValues): string {
  const [field, ...keys] = path;
  const root = `(${RECORD_FIELDS[field]})`;
  const words = typeof value === 'string' ? TEXTS[path.join('.')] : undefined;
  if (words !== undefined) {
    const wanted = wordsOf(path.join('.'), value as string);
    return wanted ? `${words} @@ ${anyWord(wanted, statement)}` : 'false';
  }
  const json = `${statement.add(storableJson(value))}::jsonb`;
  if (value === null || typeof value === 'object') {
    const place = `coalesce(${root} #> ${statement.add(keys)}::text[], 'null')`;
    return `${place} = ${json}`;
  }
  const any = `${statement.add(jsonPathOf(keys))}::jsonpath`;
  return `jsonb_path_exists(${root}, ${any}, jsonb_build_object('value', ${json}))`;
}

/** In the language of the database, whose texts are written like those of JSON. */
function jsonPathOf(keys: readonly string[]): string {
  return `lax $${keys.map((key) => `.${JSON.stringify(key)}`).join('')} ? (@ == $value)`;
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
