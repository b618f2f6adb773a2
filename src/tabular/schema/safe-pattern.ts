import { RE2JS } from 're2js';

/** Longest pattern, characters; compiling takes time and memory with its length. */
const MAX_PATTERN = 1000;

/** A pattern that cannot be used; the message ends a sentence about it. */
export class PatternError extends Error {}

/**
 * A test of whole texts against a user's pattern. It takes time in proportion to the text, whatever the pattern: the
 * engine never goes back in the text as JavaScript's does, which one pattern of ten characters can keep busy for years.
 * @throws PatternError for what RE2 does not have, look-ahead and references back among it
 */
export function safePattern(pattern: string): (text: string) => boolean {
  if (pattern.length > MAX_PATTERN)
    throw new PatternError(`is longer than ${MAX_PATTERN} characters. Shorten it.`);
  try {
    const compiled = RE2JS.compile(pattern);
    return (text) => compiled.testExact(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace('error parsing regexp: ', '') : '';
    throw new PatternError(`cannot be used: ${reason}. Look-ahead and references back are not supported.`, {
      cause: error,
    });
  }
}
