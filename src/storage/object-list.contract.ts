import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ObjectStore } from './object-store.port.js';
import { InvalidObjectRequestError } from './storage.errors.js';

/** The keys of one page. */
export async function keysOf(
  store: ObjectStore,
  prefix = '',
  limit = 1000,
  after?: string,
): Promise<string[]> {
  const page = await store.list(prefix, { limit, after });
  return page.objects.map((object) => object.key);
}

/** The part of the contract about lists. */
export function listContract(store: () => ObjectStore): void {
  describe('list', () => {
    // In the order of their bytes: `-` < `/` < `0`, and U+FFFD before U+1F600.
    const keys = ['a', 'a-b', 'a/1', 'a/1/x', 'a/10', 'a/2', 'a0', 'b/\ufffd', 'b/\u{1f600}', 'z'];

    beforeEach(async () => {
      for (const key of [...keys].reverse()) await store().put(key, Buffer.from(key));
    });

    it('gives all objects in the order of the bytes of their keys', async () => {
      const page = await store().list('', { limit: 1000 });
      expect(page.objects.map((object) => object.key)).toEqual(keys);
      expect(page.next).toBeUndefined();
      for (const object of page.objects) {
        expect(object.size).toBe(Buffer.byteLength(object.key));
        expect(object.modifiedAt.getTime()).toBeGreaterThan(0);
      }
    });

    it.each([
      ['a', ['a', 'a-b', 'a/1', 'a/1/x', 'a/10', 'a/2', 'a0']],
      ['a/', ['a/1', 'a/1/x', 'a/10', 'a/2']],
      ['a/1', ['a/1', 'a/1/x', 'a/10']],
      ['a/1/', ['a/1/x']],
      ['b/\u{1f600}', ['b/\u{1f600}']],
      ['nothing/', []],
      ['.', []],
      ['a/.', []],
    ])('gives those that begin with %j', async (prefix, expected) => {
      expect(await keysOf(store(), prefix)).toEqual(expected);
    });

    it.each([1, 2, 3, 9, 10])('gives the same in pages of %p', async (limit) => {
      const seen: string[] = [];
      let after: string | undefined;
      for (let pages = 0; pages <= keys.length; pages++) {
        const page = await store().list('', { limit, after });
        seen.push(...page.objects.map((object) => object.key));
        expect(page.objects.length).toBeLessThanOrEqual(limit);
        after = page.next;
        if (after === undefined) break;
      }
      expect(seen).toEqual(keys);
      expect(after).toBeUndefined();
    });

    it('goes on after a key that is gone, inside the prefix or before it', async () => {
      await store().delete('a/1/x');
      expect(await keysOf(store(), '', 2, 'a/1/x')).toEqual(['a/10', 'a/2']);
      expect(await keysOf(store(), 'a/', 1000, 'a')).toEqual(['a/1', 'a/10', 'a/2']);
      expect(await keysOf(store(), 'a/', 1000, 'b')).toEqual([]);
    });

    it.each([0, -1, 1.5, 1001, NaN])('refuses a page of %p', async (limit) => {
      await expect(store().list('', { limit })).rejects.toThrow(InvalidObjectRequestError);
    });
  });
}
