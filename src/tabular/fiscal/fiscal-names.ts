import { createHash } from 'node:crypto';

/** Longest name of a column; the names of indexes and dimensions are made of more than one. */
const MAX_COLUMN = 30;
/** A name of PostgreSQL has at most 63 bytes, and a letter may take four. */
const MAX_BYTES = 56;

/** A name in lower case without accents, letters and digits parted by `_`; empty where it holds neither. */
export function slug(text: string, maxLength: number, maxBytes = MAX_BYTES): string {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const words = plain.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  let cut = [...words.join('_')].slice(0, maxLength).join('');
  while (Buffer.byteLength(cut) > maxBytes) cut = [...cut].slice(0, -1).join('');
  return cut.endsWith('_') ? cut.slice(0, -1) : cut;
}

/** Columns that every table of PostgreSQL has of its own. */
const SYSTEM_COLUMNS = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'];

/** Names that are given once each. */
export class UniqueNames {
  readonly #taken: Set<string>;
  /** For each name that was wanted twice the number to try next: they may be thousands. */
  readonly #next = new Map<string, number>();

  /**
   * @param start number of the second of the same name: `amount_2`
   * @param maxLength characters of a name before the number
   * @param taken names that are not given
   */
  constructor(
    private readonly start: number,
    private readonly maxLength = MAX_COLUMN,
    taken: readonly string[] = [],
  ) {
    this.#taken = new Set(taken);
  }

  /** Names of the columns of a table: other than those that PostgreSQL keeps for itself. */
  static ofColumns(start: number, maxLength?: number): UniqueNames {
    return new UniqueNames(start, maxLength, SYSTEM_COLUMNS);
  }

  /** A slug of the name that is not taken yet; `otherwise` where the name holds neither letters nor digits. */
  take(name: string, otherwise: string): string {
    const base = slug(name, this.maxLength) || otherwise;
    let found = base;
    if (this.#taken.has(base)) {
      let number = this.#next.get(base) ?? this.start;
      do found = `${base}_${number++}`;
      while (this.#taken.has(found));
      this.#next.set(base, number);
    }
    this.#taken.add(found);
    return found;
  }
}

/** The id of a package and of its model. */
export function modelId(owner: string, name: string): string {
  return `${owner}:${name}`;
}

/** The table of a fiscal package. The hash keeps packages apart whose names begin alike. */
export function factTableName(owner: string, name: string): string {
  const hash = createHash('md5').update(`${owner}/${name}`).digest('hex').slice(0, 8);
  return `fdp__${slug(owner, 16, 16)}__${slug(name, 22, 22)}__${hash}`;
}
