/**
 * Turns the text of a cell into its canonical text; undefined where it is no value of the type. The canonical text is
 * what PostgreSQL reads as a value of that type and, for numbers, booleans and JSON, a literal of JSON too. It is exact:
 * no number goes through floating point.
 */
export type Cast = (text: string) => string | undefined;

/** A type with the options of one field, ready to use. */
export interface FieldType {
  readonly cast: Cast;
  /** Why a text that `cast` refuses is none, and what to do: the end of a sentence that begins with the text. */
  readonly explain: (text: string) => string;
  /** Whether the canonical text is a literal of JSON as it stands. */
  readonly isJson: boolean;
  /** Whether blanks around a value are passed over, as they are for all but texts. */
  readonly isTrimmed: boolean;
  /** Whether a value is less than (-1), as great as (0) or greater than (1) another; only where the type has an order. */
  readonly compare?: (a: string, b: string) => number;
  /** The same text for equal values, where the canonical text may differ (1.0 and 1). */
  readonly key?: (value: string) => string;
  /** Characters, items or properties, where the type has a length. */
  readonly lengthOf?: (value: string) => number;
  /**
   * Reads the text of a cell that has a type of its own, as those of a workbook have: dates in ISO 8601, numbers with a
   * point. It is tried where `cast` refuses.
   */
  readonly castTyped?: Cast;
}

/** For types whose canonical texts are in the order of their values. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
