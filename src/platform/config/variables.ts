import { EnvError, makeExactValidator, str } from 'envalid';

/** The kinds of variables. Each parser's error completes the sentence "PORT: "x" …". */
export { str as text };

const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
};

/** Yes or no. */
export const flag = makeExactValidator<boolean>((input: unknown) => {
  const value = FLAGS[String(input).trim().toLowerCase()];
  if (value === undefined) throw new EnvError('must be true or false');
  return value;
});

/** A whole number within bounds. */
export const integer = (bounds: { min?: number; max?: number } = {}) =>
  makeExactValidator<number>((input) => {
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = bounds;
    const value = Number(input);
    if (!/^-?\d+$/.test(input.trim()) || value < min || value > max) {
      const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
      throw new EnvError(`must be a whole number ${range}`);
    }
    return value;
  });

/**
 * A comma-separated list; blanks are dropped.
 * @param items what every item is, for the error: "host names or IP addresses"
 */
export const listOf = (items: string, fits: (item: string) => boolean) =>
  makeExactValidator<string[]>((input) => {
    const given = input
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    if (!given.every(fits)) throw new EnvError(`must be a comma list of ${items}`);
    return given;
  });

/** A comma-separated list of any texts; blanks are dropped. */
export const list = listOf('texts', () => true);

const UNITS: Record<string, number> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** A size such as `512KB`, `10MB`, `2GB` or plain bytes; yields bytes. */
export const bytes = makeExactValidator<number>((input) => {
  const match = /^(\d+)\s*(b|kb|mb|gb)?$/i.exec(input.trim());
  const size = Number(match?.[1]) * UNITS[(match?.[2] ?? 'b').toLowerCase()]!;
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new EnvError('must be a size such as 1048576, 512KB, 10MB or 2GB');
  }
  return size;
});

/** An absolute URL of one of the given schemes, without a trailing slash. */
export const url = (...schemes: string[]) =>
  makeExactValidator<string>((input) => {
    const parsed = URL.parse(input);
    if (!parsed || !schemes.includes(parsed.protocol.slice(0, -1))) {
      const starts = schemes.map((scheme) => `${scheme}://`).join(' or ');
      throw new EnvError(`must be a URL that starts with ${starts}`);
    }
    let text = input.trim();
    while (text.endsWith('/')) text = text.slice(0, -1);
    return text;
  });

/** A secret text of at least `min` characters. */
export const secret = (min: number) =>
  makeExactValidator<string>((input) => {
    if (input.length < min) throw new EnvError(`must be a text of ${min} characters or more`);
    return input;
  });
