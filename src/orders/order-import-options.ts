/** What becomes of a line whose id is taken, by an order stored before or by a line above. */
export const DUPLICATE_POLICIES = ['skip', 'update', 'reject', 'renumber'] as const;
/**
 * `skip`: the line is passed over. `update`: it replaces the order. `reject`: it is told of among the rejected lines.
 * `renumber`: it is stored under a new id, above all others, once the whole file has been read.
 */
export type DuplicatePolicy = (typeof DUPLICATE_POLICIES)[number];

/** What an import has done so far, in lines of the file. `read` is the sum of all but `valid`. */
export interface ImportCounts {
  /** Lines that hold data. */
  readonly read: number;
  /** Lines that became new orders. */
  readonly imported: number;
  /** Lines that replaced an order. */
  readonly updated: number;
  /** Lines that became orders, new or not, and break no rule. */
  readonly valid: number;
  /** Lines passed over because their id was taken. */
  readonly duplicate: number;
  /** Lines that became no orders, and are told of. */
  readonly rejected: number;
}
