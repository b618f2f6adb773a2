import { RE2JS } from 're2js';

/** Longest pattern, characters. */
const MAX_PATTERN = 500;
/** Most instructions of a compiled pattern: `.{0,255}` has about five hundred. */
const MAX_PROGRAM = 1000;
/** What a character takes besides the instructions, in steps. */
const CHARACTER_STEPS = 50;

/** A pattern that cannot be used; the message ends a sentence about it. */
export class PatternError extends Error {
  /** @param size instructions that were compiled before it was known */
  constructor(
    message: string,
    readonly size = 0,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * A test of whole texts against a user's pattern. It takes time in proportion to the text, whatever the pattern: the
 * engine never goes back in the text as JavaScript's does, which one pattern of ten characters can keep busy for years.
 * `PatternSteps` sees to it that many long texts do not keep it busy either.
 */
export class SafePattern {
  /** Instructions that it was compiled to. */
  readonly size: number;
  readonly #compiled: RE2JS;

  /** @throws PatternError for what RE2 does not have, look-ahead and references back among it */
  constructor(pattern: string) {
    if (pattern.length > MAX_PATTERN)
      throw new PatternError(`is longer than ${MAX_PATTERN} characters. Shorten it.`);
    this.#compiled = compile(pattern);
    this.size = this.#compiled.programSize();
    if (this.size > MAX_PROGRAM) {
      const message = 'repeats too much. Use smaller counts, or minLength and maxLength.';
      throw new PatternError(message, this.size);
    }
  }

  /** Whether it covers the whole text. */
  matches(text: string): boolean {
    return this.#compiled.testExact(text);
  }

  /** About the most that this takes: a million steps are a quarter of a second. */
  stepsFor(text: string): number {
    return (this.size + CHARACTER_STEPS) * text.length;
  }

  /** Gives back the memory in which the engine keeps what it learned of texts so far: up to 8 MB. */
  forget(): void {
    this.#compiled.reset();
  }
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace('error parsing regexp: ', '') : '';
    const message = `cannot be used: ${reason}. Look-ahead and references back are not supported.`;
    throw new PatternError(message, 0, { cause: error });
  }
}
