import type { TableSchema } from '../schema/table-schema.js';

/** A resource of a package that was found valid. */
export interface DataResource {
  readonly name: string;
  /** Paths or URLs of its files, one after the other; none where the data stands in the descriptor. */
  readonly paths: readonly string[];
  /** The data itself, where it stands in the descriptor. */
  readonly data?: unknown;
  /** Its schema; a text is the path or URL of one, which the caller reads and gives to `parseTableSchema`. */
  readonly schema?: TableSchema | string;
  /** What its rows are read as; undefined where it is no table. */
  readonly format: TableFormat | undefined;
  /** The resource as the descriptor has it: dialect, encoding, title... */
  readonly descriptor: Readonly<Record<string, unknown>>;
}

/** The formats that tables are read from. */
export type TableFormat = 'csv' | 'xlsx' | 'inline';

/** A package that was found valid. */
export interface DataPackage {
  readonly name: string | undefined;
  readonly resources: readonly DataResource[];
  /** The whole descriptor. */
  readonly descriptor: Readonly<Record<string, unknown>>;
}
