/** Escapes in JSON that `jsonb` refuses: NUL and halves of surrogate pairs. A backslash of the text itself is matched to be kept. */
const ESCAPES = /\\(?:\\|u0000|ud[89a-f][0-9a-f]{2})/g;

/**
 * A value as JSON that PostgreSQL takes. Characters that it cannot store become U+FFFD: a job must not be stuck at
 * its end because of a strange character in its result.
 */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value ?? null) ?? 'null';
  return json.includes('\\')
    ? json.replace(ESCAPES, (escape) => (escape === '\\\\' ? escape : '\ufffd'))
    : json;
}

/** A text that PostgreSQL takes. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}
