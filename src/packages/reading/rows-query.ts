import { ReadingParameterError } from './reading.errors.js';

const FORMATS = ['json', 'csv', 'ndjson'] as const;
export type RowsFormat = (typeof FORMATS)[number];

/** Which rows are wanted, and how. */
export interface RowsQuery {
  readonly format: RowsFormat;
  /** Rows of a page of JSON. */
  readonly limit: number;
  /** Number of the row after which the page begins; 0 for the first. */
  readonly after: number;
  readonly filters: readonly string[];
  /** Whether texts that a spreadsheet would run as formulas are left as they are. */
  readonly raw: boolean;
}

const [PAGE, MAX_PAGE] = [100, 1_000];
const KNOWN = new Set(['format', 'limit', 'after', 'filter', 'raw', 'jwt']);

/**
 * Reads the parameters of a request for rows.
 * @throws ReadingParameterError
 */
export function parseRowsQuery(query: Readonly<Record<string, unknown>>): RowsQuery {
  const unknown = Object.keys(query).find((name) => !KNOWN.has(name));
  if (unknown !== undefined) {
    throw new ReadingParameterError(
      `There is no parameter '${unknown.slice(0, 80)}'. Write a condition as filter=<field>=<value>.`,
    );
  }
  const one = (name: string): string | undefined => {
    const value = query[name];
    if (value === undefined || typeof value === 'string') return value;
    throw new ReadingParameterError(`${name} may be given once only.`);
  };
  const format = one('format') ?? 'json';
  if (!isFormat(format)) throw new ReadingParameterError(`format is json, csv or ndjson.`);
  const limit = numberOf('limit', one('limit'), PAGE);
  if (limit < 1 || limit > MAX_PAGE) throw new ReadingParameterError(`limit is 1 to ${MAX_PAGE}.`);
  const raw = one('raw') ?? 'false';
  if (raw !== 'true' && raw !== 'false') throw new ReadingParameterError('raw is true or false.');
  const filters = [query['filter'] ?? []].flat();
  if (!filters.every((filter) => typeof filter === 'string'))
    throw new ReadingParameterError('filter is a text such as amount>=1000.');
  return { format, limit, after: numberOf('after', one('after'), 0), filters, raw: raw === 'true' };
}

function isFormat(text: string): text is RowsFormat {
  return (FORMATS as readonly string[]).includes(text);
}

function numberOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ReadingParameterError(`${name} is a whole number, 0 or more.`);
}
