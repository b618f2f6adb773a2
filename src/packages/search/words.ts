import { storableText } from '../../platform/database/storable-json.js';
import { PackageSearchError } from '../packages.errors.js';
import type { StatementValues } from './statement.js';

/** More than anybody types; each costs a look-up. */
const MAX_WORDS = 50;
const MAX_LENGTH = 1000;

/** A text to look for, in words. */
export interface Words {
  readonly text: string;
  readonly words: readonly string[];
}

/**
 * The words of a text; undefined where there are none.
 * @param name the parameter that it came in, for the error
 */
export function wordsOf(name: string, text: string): Words | undefined {
  const storable = storableText(text.trim());
  const words = storable.split(/\s+/u).filter((word) => word !== '');
  if (storable.length > MAX_LENGTH)
    throw new PackageSearchError(name, `is longer than ${MAX_LENGTH} characters`);
  if (words.length > MAX_WORDS) throw new PackageSearchError(name, `has more than ${MAX_WORDS} words`);
  return words.length === 0 ? undefined : { text: storable, words };
}

/** A query for any of the words. */
export function anyWord({ words }: Words, values: StatementValues): string {
  return `(${words.map((word) => `plainto_tsquery('simple', ${values.add(word)}::text)`).join(' || ')})`;
}

/** The condition that one of the words is found in a package, or that its author, owner or city is the whole text. */
export function foundIn(query: string, { text }: Words, values: StatementValues): string {
  const whole = `${values.add(text)}::text`;
  return `(search @@ ${query} or author = ${whole} or owner = ${whole} or descriptor->'cityCode' ? ${whole})`;
}
