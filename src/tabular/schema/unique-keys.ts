import { hash } from 'node:crypto';
import { TableUniqueLimitError } from '../tabular.errors.js';

/** A longer key is remembered by its hash. */
const MAX_KEY = 32;

/** Remembers which values a table has had, and where. */
export class UniqueKeys {
  readonly #rows = new Map<string, number>();

  /** @param limit how many are remembered; each takes about a hundred bytes */
  constructor(private readonly limit: number) {}

  /**
   * The row that had the values before; undefined for the first one, which is remembered.
   * @throws TableUniqueLimitError
   */
  earlier(values: readonly string[], row: number): number | undefined {
    const joined = values.length === 1 ? values[0]! : JSON.stringify(values);
    const key = joined.length > MAX_KEY ? hash('sha256', joined, 'base64') : joined;
    const found = this.#rows.get(key);
    if (found !== undefined) return found;
    if (this.#rows.size >= this.limit) throw new TableUniqueLimitError(this.limit);
    this.#rows.set(key, row);
    return undefined;
  }
}
