import { InvalidObjectKeyError } from './storage.errors.js';

/** Longest key and longest segment of a key, in bytes of UTF-8: what S3 and common file systems take. */
export const MAX_KEY_BYTES = 1024;
export const MAX_SEGMENT_BYTES = 255;
/** Each segment but the last may be a directory of its own. */
export const MAX_SEGMENTS = 32;

/** Control and format characters, separators of lines and lone surrogates; joiners are part of ordinary words. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u;
const PERCENT_ENCODED = /%[0-9a-f]{2}/i;
const DRIVE = /^[a-z]:/i;

/**
 * Checks a key and returns its segments. A key is 1 to 32 non-empty segments joined by `/`: no `.` or `..`,
 * no backslash, no percent-encoding, no control or invisible character, and nothing that turns into one of these
 * under Unicode compatibility normalisation (full-width dots and slashes). It touches no file.
 * @throws InvalidObjectKeyError
 */
export function parseObjectKey(key: string): string[] {
  if (typeof key !== 'string' || key === '') throw new InvalidObjectKeyError('it is empty');
  // Each character is a byte or more, so a huge key is refused without being encoded.
  if (key.length > MAX_KEY_BYTES || Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new InvalidObjectKeyError(`it is longer than ${MAX_KEY_BYTES} bytes`);
  }
  if (UNPRINTABLE.test(key)) throw new InvalidObjectKeyError('it holds a control or invisible character');
  const segments = splitKey(key);
  if (segments.length > MAX_SEGMENTS)
    throw new InvalidObjectKeyError(`it has more than ${MAX_SEGMENTS} segments`);
  if (segments.some((segment) => Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)) {
    throw new InvalidObjectKeyError(`a segment of it is longer than ${MAX_SEGMENT_BYTES} bytes`);
  }
  if (splitKey(key.normalize('NFKC')).length !== segments.length) {
    throw new InvalidObjectKeyError('it holds a character that looks like a slash');
  }
  return segments;
}

/**
 * Checks what a list may start with: the beginning of some valid key, or nothing.
 * @returns the whole segments of the prefix, and the beginning of the segment after them
 * @throws InvalidObjectKeyError
 */
export function parseKeyPrefix(prefix: string): { segments: string[]; rest: string } {
  if (prefix === '') return { segments: [], rest: '' };
  // The last segment may be cut anywhere (`a/..` begins `a/..b`): where that makes it no segment, a letter follows.
  parseObjectKey(/(^|\/)\.{0,2}$/.test(prefix.normalize('NFKC')) ? `${prefix}x` : prefix);
  const segments = prefix.split('/');
  const rest = segments.pop() ?? '';
  return { segments, rest };
}

function splitKey(key: string): string[] {
  if (key.includes('\\')) throw new InvalidObjectKeyError('it holds a backslash');
  if (PERCENT_ENCODED.test(key)) throw new InvalidObjectKeyError('it is percent-encoded');
  if (key.startsWith('/') || DRIVE.test(key)) throw new InvalidObjectKeyError('it is an absolute path');
  const segments = key.split('/');
  if (segments.includes('')) throw new InvalidObjectKeyError('it has an empty segment');
  if (segments.some((segment) => segment === '.' || segment === '..')) {
    throw new InvalidObjectKeyError('it has a segment of dots');
  }
  return segments;
}
