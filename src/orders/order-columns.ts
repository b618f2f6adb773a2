/** The columns of an order file; the header names each of them once, in any order. */
export const COLUMNS = ['id', 'name', 'email', 'state', 'zipcode', 'birthday'] as const;
export type Column = (typeof COLUMNS)[number];

/** What may stand between the values of a line. The original takes `|` only. */
export const DELIMITERS = ['|', ',', ';', '\t'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** Header names of a file as its sender wrote them, and the column that each means; null: it is left out. */
export type ColumnMap = Readonly<Record<string, Column | null>>;

/** How the lines of a file are to be read. */
export interface Dialect {
  readonly delimiter: Delimiter;
  /** How many values a line has. */
  readonly width: number;
  /** Which of them, from 0, each column is. */
  readonly layout: Readonly<Record<Column, number>>;
  /**
   * Which of them are what our own lists of rejected lines add; present if the file began as one. In such a file a
   * text may have an apostrophe in front that keeps a spreadsheet from running it, and `rest` must have been emptied.
   */
  readonly mended?: { readonly rest: number };
}
