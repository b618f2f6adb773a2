import { EnvError, makeExactValidator, str, bool } from 'envalid';

/** The kinds of variables. Each parser's error completes the sentence "PORT: "x" …". */
export { str as text, bool as flag };

/** A whole number within bounds. */
export const integer = (bounds: { min?: number; max?: number } = {}) =>
  makeExactValidator<number>((input) => {
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = bounds;
    const value = Number(input);
    if (!/^-?\d+$/.test(input.trim()) || value < min || value > max) {
      throw new EnvError(`must be a whole number ${max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`}`);
    }
    return value;
  });

/** A comma-separated list; blanks are dropped. */
export const list = makeExactValidator<string[]>((input) =>
  input
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

const UNITS: Record<string, number> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** A size such as `512KB`, `10MB`, `2GB` or plain bytes; yields bytes. */
export const bytes = makeExactValidator<number>((input) => {
  const match = /^(\d+)\s*(b|kb|mb|gb)?$/i.exec(input.trim());
  if (!match) throw new EnvError('must be a size such as 1048576, 512KB, 10MB or 2GB');
  return Number(match[1]) * UNITS[(match[2] ?? 'b').toLowerCase()]!;
});

/** An absolute URL of one of the given schemes, without a trailing slash. */
export const url = (...schemes: string[]) =>
  makeExactValidator<string>((input) => {
    const parsed = URL.canParse(input) ? new URL(input) : undefined;
    if (!parsed || !schemes.includes(parsed.protocol.slice(0, -1))) {
      throw new EnvError(`must be a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`);
    }
    return input.replace(/\/+$/, '');
  });

/** A secret text of at least `min` characters. */
export const secret = (min: number) =>
  makeExactValidator<string>((input) => {
    if (input.length < min) throw new EnvError(`must be a text of ${min} characters or more`);
    return input;
  });
