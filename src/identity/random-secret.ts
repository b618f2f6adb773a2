import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

const BYTES = 32;

const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** Whether a text has the form of a secret that begins so. */
export function isSecret(prefix: string, text: string): boolean {
  return text.startsWith(prefix) && SECRET.test(text.slice(prefix.length));
}

/**
 * 32 random bytes as base64url, 43 characters, behind a prefix that says what it is: so that people, scanners of lost
 * secrets and our own log, which leaves such words out, know one when they see it. Nobody finds it by trying, so that one round of SHA-256 is enough to
 * store it by.
 */
export function newSecret(prefix: `sb${'c' | 'r' | 'x'}_`): string {
  return prefix + randomBytes(BYTES).toString('base64url');
}

/** What is stored of a secret: its SHA-256 in hexadecimal. */
export function secretHash(secret: string): string {
  return hash('sha256', secret, 'hex');
}

/** Whether the secret is the one behind the stored hash, in a time that tells nothing of either. */
export function isSecretOf(stored: string, secret: string): boolean {
  return timingSafeEqual(Buffer.from(stored), Buffer.from(secretHash(secret)));
}
