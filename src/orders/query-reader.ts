/** The parameters of an address, as the router gives them. */
export type Parameters = Readonly<Record<string, unknown>>;

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** Reads parameters one by one and collects the names of those that are not valid. */
export function readerOf(query: Parameters) {
  const wrong: string[] = [];
  const read = <T>(name: string, parse: (text: string) => T | undefined, toldAs = name): T | undefined => {
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

/** A parameter that is one of some words. */
export function oneOf<Word extends string>(words: readonly Word[]) {
  return (text: string): Word | undefined => words.find((word) => word === text);
}
