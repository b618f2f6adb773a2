/** The parameters of an address, as the router gives them. */
export type Parameters = Readonly<Record<string, unknown>>;

/** Reads one parameter; nothing where it is not given, or not valid, which is noted under `toldAs`, else its name. */
export type Read = <T>(
  name: string,
  parse: (text: string) => T | undefined,
  toldAs?: string,
) => T | undefined;

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);
const DIGITS = /^\d+$/;

/** Reads parameters one by one and collects the names of those that are not valid. */
export function readerOf(query: Parameters) {
  const wrong: string[] = [];
  const read: Read = (name, parse, toldAs = name) => {
    const text = query[name];
    if (text === undefined) return undefined;
    const value = typeof text === 'string' ? parse(text) : undefined;
    if (value === undefined) wrong.push(toldAs);
    return value;
  };
  return { read, wrong };
}

/** A parameter that is yes or no. */
export function booleanOf(text: string): boolean | undefined {
  return BOOLEANS.get(text.toLowerCase());
}

/** A parameter that is a number of things. */
export function wholeNumber(text: string): number | undefined {
  return DIGITS.test(text) ? Number(text) : undefined;
}

/** A parameter that is one of some words. */
export function oneOf<const Word extends string>(words: readonly Word[]) {
  return (text: string): Word | undefined => words.find((word) => word === text);
}

/**
 * How long a page is.
 * @param limit what was asked for; 0 means that nothing was
 * @param maxPage the length when nothing is asked for, and the most that may be; larger ones are cut
 */
export function pageSize(limit: number | undefined, maxPage: number): number {
  return Math.min(limit || maxPage, maxPage);
}
