import type { ColumnMap } from '../order-columns.js';

/** What becomes of a line whose id is taken, by an order stored before or by a line above. */
export const DUPLICATE_POLICIES = ['skip', 'update', 'reject', 'renumber'] as const;
/**
 * `skip`: the line is passed over. `update`: it replaces the order. `reject`: it is told of among the rejected lines.
 * `renumber`: it is stored under a new id, above all others, once the whole file has been read.
 */
export type DuplicatePolicy = (typeof DUPLICATE_POLICIES)[number];

/** How a file is to be imported. */
export interface ImportOptions {
  /** Whether nothing is stored: the import only tells what it would do. */
  readonly dryRun: boolean;
  readonly onDuplicate: DuplicatePolicy;
  /** What the names of the file's header mean, where they are not ours. */
  readonly map: ColumnMap;
}

/**
 * What an import has done so far, in lines of the file. In the end those that were read are the imported, the updated,
 * the duplicate and the rejected ones; until then some may wait for a new id.
 */
export interface ImportCounts {
  /** Lines that hold data. */
  readonly read: number;
  /** Lines that became new orders. */
  readonly imported: number;
  /** Of these, those that got a new id. */
  readonly renumbered: number;
  /** Lines that replaced an order. */
  readonly updated: number;
  /** Lines that became orders, new or not, and break no rule. */
  readonly valid: number;
  /** Lines passed over because their id was taken. */
  readonly duplicate: number;
  /** Lines that became no orders, and are told of. */
  readonly rejected: number;
}

export const NO_COUNTS: ImportCounts = {
  read: 0,
  imported: 0,
  renumbered: 0,
  updated: 0,
  valid: 0,
  duplicate: 0,
  rejected: 0,
};

/** Two counts together. */
export function plus(a: ImportCounts, b: Partial<ImportCounts>): ImportCounts {
  const keys = Object.keys(NO_COUNTS) as (keyof ImportCounts)[];
  return Object.fromEntries(keys.map((key) => [key, a[key] + (b[key] ?? 0)])) as unknown as ImportCounts;
}
