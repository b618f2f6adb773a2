import { PackageSearchError } from '../packages.errors.js';
import { fieldPath, type RecordFilter } from './record-filters.js';
import { type Words, wordsOf } from './words.js';

/** What is searched for. */
export interface SearchQuery {
  readonly words: Words | undefined;
  readonly filters: readonly RecordFilter[];
  readonly size: number;
  readonly from: number;
}

const DEFAULT_SIZE = 100;
const MAX_SIZE = 10_000;
const MAX_FROM = 1_000_000;
const MAX_FILTERS = 20;
const MAX_VALUES = 100;
const MAX_VALUE_LENGTH = 2000;

/**
 * Reads the parameters of a search, whose values are JSON. Of `q`, `size` and `from` the first counts; a field of the
 * record that comes again is another value that will do. Parameters with other names are not looked at.
 */
export function parseSearchQuery(parameters: Readonly<Record<string, unknown>>): SearchQuery {
  const filters = Object.entries(parameters).flatMap(([name, given]): RecordFilter[] => {
    const path = fieldPath(name);
    return path ? [{ path, values: textsOf(given).map((text) => parseValue(name, text)) }] : [];
  });
  const values = filters.reduce((sum, filter) => sum + filter.values.length, 0);
  if (filters.length > MAX_FILTERS)
    throw new PackageSearchError(filters[MAX_FILTERS]!.path.join('.'), TOO_MANY);
  if (values > MAX_VALUES)
    throw new PackageSearchError(filters.at(-1)!.path.join('.'), 'is one value too many');
  return {
    words: readWords(first(parameters, 'q')),
    filters,
    size: readNumber('size', first(parameters, 'size'), DEFAULT_SIZE, MAX_SIZE),
    from: readNumber('from', first(parameters, 'from') ?? first(parameters, 'offset'), 0, MAX_FROM),
  };
}

const TOO_MANY = `is one filter too many; ${MAX_FILTERS} can be combined`;

function readWords(value: unknown): Words | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new PackageSearchError('q', 'must be a text, written as JSON: q="budget"');
  }
  return wordsOf('q', String(value));
}

function readNumber(name: string, value: unknown, otherwise: number, max: number): number {
  if (value === undefined || value === null) return otherwise;
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > max) {
    throw new PackageSearchError(name, `must be a whole number from 0 to ${max}`);
  }
  return value as number;
}

function first(parameters: Readonly<Record<string, unknown>>, name: string): unknown {
  const [text] = Object.hasOwn(parameters, name) ? textsOf(parameters[name]) : [];
  return text === undefined ? undefined : parseValue(name, text);
}

function textsOf(given: unknown): string[] {
  return [given].flat().map(String);
}

function parseValue(name: string, text: string): unknown {
  if (text.length > MAX_VALUE_LENGTH) {
    throw new PackageSearchError(name, `is longer than ${MAX_VALUE_LENGTH} characters`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new PackageSearchError(name, 'must be JSON, so that texts have quotes: "budget"');
  }
}
