import { RE2JS } from 're2js';

/** Longest pattern, characters. */
const MAX_PATTERN = 500;
/** Most instructions of a compiled pattern: `.{0,255}` has about five hundred. */
const MAX_PROGRAM = 1000;
/** Most steps that a match may take, about a tenth of a second: instructions times characters. */
const MAX_STEPS = 1_000_000;

/** A pattern that cannot be used; the message ends a sentence about it. */
export class PatternError extends Error {}

/**
 * A test of whole texts against a user's pattern. It takes time in proportion to the text, whatever the pattern: the
 * engine never goes back in the text as JavaScript's does, which one pattern of ten characters can keep busy for years.
 * A text so long that it would take noticeable time all the same does not match.
 * @throws PatternError for what RE2 does not have, look-ahead and references back among it
 */
export function safePattern(pattern: string): (text: string) => boolean {
  if (pattern.length > MAX_PATTERN)
    throw new PatternError(`is longer than ${MAX_PATTERN} characters. Shorten it.`);
  const compiled = compile(pattern);
  const size = compiled.programSize();
  if (size > MAX_PROGRAM)
    throw new PatternError('repeats too much. Use smaller counts, or minLength and maxLength.');
  const maxLength = MAX_STEPS / size;
  return (text) => text.length <= maxLength && compiled.testExact(text);
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace('error parsing regexp: ', '') : '';
    const message = `cannot be used: ${reason}. Look-ahead and references back are not supported.`;
    throw new PatternError(message, { cause: error });
  }
}
