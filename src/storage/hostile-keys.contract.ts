import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { keysOf } from './object-list.contract.js';
import type { ObjectStore } from './object-store.port.js';
import { InvalidObjectKeyError } from './storage.errors.js';

/** Keys that every store refuses, whatever it does with keys. */
export const hostileKeys: string[] = [
  '',
  '/',
  '.',
  '..',
  '../x',
  'a/../../x',
  'a/./b',
  'a/..',
  '/etc/passwd',
  '//server/share',
  'C:/windows',
  'c:x',
  '\\\\server\\share',
  'a\\..\\..\\x',
  '..\\x',
  '%2e%2e/x',
  '%2E%2E%2Fx',
  'a/%2e%2e%2f%2e%2e%2fx',
  '%252e%252e/x',
  '%c0%ae%c0%ae/x',
  'a%00b',
  'a\0b',
  'a\nb',
  'a\tb',
  'a\u007fb',
  'a\u0085b',
  'a//b',
  'a/',
  '\uff0e\uff0e/x',
  '\u2025/x',
  'a\uff0f..\uff0fx',
  'a\uff3c..\uff3cx',
  '\uff05\uff12\uff45\uff05\uff12\uff45/x',
  'a\u202egnp.exe',
  'a\u200bb',
  '\ufeffa',
  'a\u2028b',
  '\ud800',
  'x'.repeat(256),
  'é'.repeat(128),
  `${'k'.repeat(200)}/`.repeat(6) + 'x',
  'x'.repeat(1_000_000),
  `${'a/'.repeat(32)}a`,
];

/** The part of the contract about keys that attack. */
export function hostileKeyContract(store: () => ObjectStore): void {
  describe('hostile keys', () => {
    it.each(
      hostileKeys.map((key) => [key.length > 60 ? `${key.slice(0, 20)}... (${key.length})` : key, key]),
    )('refuses %j everywhere', async (_name, key) => {
      const body = Readable.from([Buffer.from('x')]);
      await expect(store().put(key, body)).rejects.toThrow(InvalidObjectKeyError);
      expect(body.destroyed).toBe(false);
      await expect(store().get(key)).rejects.toThrow(InvalidObjectKeyError);
      await expect(store().head(key)).rejects.toThrow(InvalidObjectKeyError);
      await expect(store().delete(key)).rejects.toThrow(InvalidObjectKeyError);
      await expect(store().list('', { limit: 1, after: key })).rejects.toThrow(InvalidObjectKeyError);
      expect(await keysOf(store())).toEqual([]);
    });

    it.each(['../', '/', 'a/../', 'a\\b', 'a\0', '%2e%2e/'])('refuses to list %j', async (prefix) => {
      await expect(store().list(prefix, { limit: 1 })).rejects.toThrow(InvalidObjectKeyError);
    });

    it('does not repeat a refused key in its message', async () => {
      const error = await store()
        .head('<script>/../x')
        .catch((caught: unknown) => caught as Error);
      expect((error as Error).message).not.toContain('script');
    });
  });
}
