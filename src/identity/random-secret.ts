import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

const BYTES = 32;

/** The form of what `newSecret` makes, without its prefix. */
export const SECRET_FORM = '[A-Za-z0-9_-]{43}';

/**
 * 32 random bytes as base64url, 43 characters. Nobody finds it by trying, so that one round of SHA-256 is enough to
 * store it by.
 */
export function newSecret(prefix = ''): string {
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
