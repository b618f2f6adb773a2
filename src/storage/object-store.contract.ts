import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ObjectStore } from './object-store.port.js';
import {
  InvalidObjectKeyError,
  InvalidObjectRequestError,
  ObjectMismatchError,
  ObjectNotFoundError,
  ObjectTooLargeError,
} from './storage.errors.js';

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
];

/** What every ObjectStore does. `open` gives an empty store, and a way to leave no trace of it. */
export function objectStoreContract(
  name: string,
  open: () => Promise<{ store: ObjectStore; close(): Promise<void> }>,
): void {
  describe(`${name} keeps the contract of an object store`, () => {
    let store: ObjectStore;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ store, close } = await open());
    });
    afterEach(() => close());

    const read = async (key: string, start?: number, end?: number) =>
      buffer(await store.get(key, start === undefined ? undefined : { start, end }));
    const text = async (key: string) => (await read(key)).toString();
    const isFree = async (key: string) => {
      expect(await store.head(key)).toBeNull();
      await expect(store.get(key)).rejects.toThrow(ObjectNotFoundError);
    };
    const keysOf = async (prefix: string, limit = 1000, after?: string) => {
      const page = await store.list(prefix, { limit, after });
      return page.objects.map((object) => object.key);
    };

    describe('put and get', () => {
      it('stores a buffer and says what it stored', async () => {
        const before = Date.now();
        const stored = await store.put('a/hello.txt', Buffer.from('hello'), { contentType: 'text/plain' });
        expect(stored).toEqual({
          key: 'a/hello.txt',
          size: 5,
          md5: '5d41402abc4b2a76b9719d911017c592',
          sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
        });
        expect(await text('a/hello.txt')).toBe('hello');
        const info = await store.head('a/hello.txt');
        expect(info).toMatchObject({ key: 'a/hello.txt', size: 5 });
        expect(Math.abs(info!.modifiedAt.getTime() - before)).toBeLessThan(60_000);
      });

      it('stores a stream of 20 MB', async () => {
        const block = randomBytes(64 * 1024);
        const blocks = 320;
        const hash = createHash('sha256');
        for (let n = 0; n < blocks; n++) hash.update(block);
        const sha256 = hash.digest('hex');

        const stored = await store.put('big', Readable.from(Array<Buffer>(blocks).fill(block)));
        expect(stored).toMatchObject({ size: blocks * block.length, sha256 });
        const back = createHash('sha256');
        for await (const chunk of await store.get('big')) back.update(chunk as Buffer);
        expect(back.digest('hex')).toBe(sha256);
      });

      it('stores an empty object, from a buffer and from a stream', async () => {
        for (const [key, body] of [
          ['empty/buffer', Buffer.alloc(0)],
          ['empty/stream', Readable.from([])],
        ] as const) {
          expect(await store.put(key, body)).toMatchObject({
            size: 0,
            md5: 'd41d8cd98f00b204e9800998ecf8427e',
          });
          expect(await store.head(key)).toMatchObject({ size: 0 });
          expect(await read(key)).toHaveLength(0);
          expect(await read(key, 0, 10)).toHaveLength(0);
        }
      });

      it('replaces an object, also by a shorter one', async () => {
        await store.put('k', Buffer.from('the first content'));
        await store.put('k', Buffer.from('second'));
        expect(await text('k')).toBe('second');
        expect(await store.head('k')).toMatchObject({ size: 6 });
      });

      it('keeps a key and longer keys below it apart', async () => {
        await store.put('a/b/c', Buffer.from('3'));
        await store.put('a', Buffer.from('1'));
        await store.put('a/b', Buffer.from('2'));
        expect([await text('a'), await text('a/b'), await text('a/b/c')]).toEqual(['1', '2', '3']);
        await store.delete('a/b');
        expect([await text('a'), await text('a/b/c')]).toEqual(['1', '3']);
      });

      it.each([
        'résumé/日本語/😀.txt',
        're\u0301sume\u0301',
        'with space/100%.csv',
        '__proto__',
        '~',
        '-rf',
        '...',
      ])('keeps the key %j as it is', async (key) => {
        await store.put(key, Buffer.from(key));
        expect(await text(key)).toBe(key);
        expect(await keysOf('')).toEqual([key]);
      });

      it('gives a whole content whichever of several writes ends last', async () => {
        const bodies = Array.from({ length: 8 }, (_, n) => Buffer.alloc(300_000 + n, n));
        const stored = await Promise.all(
          bodies.map((body) =>
            store.put('contended', Readable.from([body.subarray(0, 1000), body.subarray(1000)])),
          ),
        );
        const winner = await read('contended');
        const digest = createHash('sha256').update(winner).digest('hex');
        expect(stored.map((one) => one.sha256)).toContain(digest);
        expect(await keysOf('')).toEqual(['contended']);
      });

      it('lets a reader finish the object that it opened', async () => {
        const first = randomBytes(3_000_000);
        await store.put('k', first);
        const replaced = await store.get('k');
        const deleted = await store.get('k');
        const chunks: Buffer[] = [];
        for await (const chunk of replaced) {
          chunks.push(chunk as Buffer);
          if (chunks.length === 1) await store.put('k', Buffer.from('new'));
        }
        expect(Buffer.concat(chunks).equals(first)).toBe(true);
        await store.delete('k');
        expect((await buffer(deleted)).equals(first)).toBe(true);
        await isFree('k');
      });
    });

    describe('ranges', () => {
      beforeEach(() => store.put('digits', Buffer.from('0123456789')));

      it.each([
        [0, undefined, '0123456789'],
        [3, undefined, '3456789'],
        [0, 0, '0'],
        [3, 5, '345'],
        [9, 9, '9'],
        [8, 1000, '89'],
        [10, undefined, ''],
        [11, 20, ''],
      ])('reads from %p to %p', async (start, end, expected) => {
        expect((await read('digits', start, end)).toString()).toBe(expected);
      });

      it.each([
        [-1, undefined],
        [0.5, undefined],
        [NaN, undefined],
        [0, -1],
        [5, 4],
        [0, Infinity],
      ])('refuses the range from %p to %p', async (start, end) => {
        await expect(store.get('digits', { start, end })).rejects.toThrow(InvalidObjectRequestError);
      });
    });

    describe('a write that fails', () => {
      it('stops at the limit, without reading the source to its end', async () => {
        let given = 0;
        const endless = Readable.from(
          (function* () {
            for (; given < 1000; given++) yield Buffer.alloc(64 * 1024);
          })(),
        );
        await expect(store.put('k', endless, { maxBytes: 1_000_000 })).rejects.toThrow(ObjectTooLargeError);
        expect(given).toBeLessThan(200);
        endless.destroy();
        await isFree('k');
      });

      it('takes exactly the limit', async () => {
        await store.put('k', Buffer.alloc(10), { maxBytes: 10 });
        await expect(store.put('k', Buffer.alloc(11), { maxBytes: 10 })).rejects.toThrow(ObjectTooLargeError);
        expect(await store.head('k')).toMatchObject({ size: 10 });
      });

      it.each([4, 6])('compares the length announced (%p for 5)', async (length) => {
        const put = store.put('k', Readable.from([Buffer.from('hello')]), { expected: { length } });
        await expect(put).rejects.toThrow(ObjectMismatchError);
        await isFree('k');
      });

      it('compares the MD5 announced', async () => {
        const right = 'XUFAKrxLKna5cZ2REBfFkg==';
        const wrong = 'XUFAKrxLKna5cZ2REBfFkw==';
        await store.put('k', Buffer.from('hello'), { expected: { length: 5, md5Base64: right } });
        const put = store.put('k', Buffer.from('jello'), { expected: { md5Base64: right } });
        await expect(put).rejects.toThrow(ObjectMismatchError);
        await expect(
          store.put('k', Buffer.from('hello'), { expected: { md5Base64: wrong } }),
        ).rejects.toMatchObject({ code: 'OBJECT_MD5_MISMATCH' });
        await expect(
          store.put('k', Buffer.from('hello'), { expected: { md5Base64: 'hello' } }),
        ).rejects.toThrow(InvalidObjectRequestError);
        expect(await text('k')).toBe('hello');
      });

      it('passes on the error of the source', async () => {
        const broken = Readable.from(
          (function* () {
            yield Buffer.alloc(100_000);
            throw new Error('the sender went away');
          })(),
        );
        await expect(store.put('k', broken)).rejects.toThrow('the sender went away');
        await isFree('k');
      });

      it('fails when the source is cut off', async () => {
        const cut = new Readable({ read: () => undefined });
        cut.push(Buffer.alloc(100_000));
        const put = store.put('k', cut);
        setTimeout(() => cut.destroy(), 20);
        await expect(put).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
        await isFree('k');
      });

      it('fails when the source was gone before', async () => {
        const gone = new Readable({ read: () => undefined });
        gone.destroy();
        await new Promise((closed) => gone.once('close', closed));
        await expect(store.put('k', gone)).rejects.toBeDefined();
        await isFree('k');
      });

      it('ends at a signal, also while the source stalls', async () => {
        const stalled = new Readable({ read: () => undefined });
        stalled.push(Buffer.from('half'));
        const abort = new AbortController();
        const put = store.put('k', stalled, { signal: abort.signal });
        setTimeout(() => abort.abort(new Error('cancelled')), 20);
        await expect(put).rejects.toThrow('cancelled');
        expect(stalled.destroyed).toBe(true);
        await isFree('k');

        await expect(store.put('k', Buffer.from('x'), { signal: abort.signal })).rejects.toThrow('cancelled');
        await isFree('k');
      });

      it('leaves what the key held before', async () => {
        await store.put('k', Buffer.from('before'));
        const put = store.put('k', Readable.from([Buffer.alloc(100)]), { maxBytes: 50 });
        await expect(put).rejects.toThrow(ObjectTooLargeError);
        expect(await text('k')).toBe('before');
      });
    });

    describe('head and delete', () => {
      it('knows nothing of a key that was never written', async () => {
        await isFree('nothing');
        await isFree('nothing/below');
        await store.put('dir/file', Buffer.from('x'));
        await isFree('dir');
        await isFree('dir/file/below');
      });

      it('deletes an object, once and again', async () => {
        await store.put('k', Buffer.from('x'));
        await store.delete('k');
        await store.delete('k');
        await store.delete('never/was');
        await isFree('k');
        expect(await keysOf('')).toEqual([]);
        await store.put('k', Buffer.from('again'));
        expect(await text('k')).toBe('again');
      });
    });

    describe('list', () => {
      // In the order of their bytes: `-` < `/` < `0`, and U+FFFD before U+1F600.
      const keys = ['a', 'a-b', 'a/1', 'a/1/x', 'a/10', 'a/2', 'a0', 'b/\ufffd', 'b/\u{1f600}', 'z'];

      beforeEach(async () => {
        for (const key of [...keys].reverse()) await store.put(key, Buffer.from(key));
      });

      it('gives all objects in the order of the bytes of their keys', async () => {
        const page = await store.list('', { limit: 1000 });
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
        expect(await keysOf(prefix)).toEqual(expected);
      });

      it.each([1, 2, 3, 9, 10])('gives the same in pages of %p', async (limit) => {
        const seen: string[] = [];
        let after: string | undefined;
        for (let pages = 0; pages <= keys.length; pages++) {
          const page = await store.list('', { limit, after });
          seen.push(...page.objects.map((object) => object.key));
          expect(page.objects.length).toBeLessThanOrEqual(limit);
          after = page.next;
          if (after === undefined) break;
        }
        expect(seen).toEqual(keys);
        expect(after).toBeUndefined();
      });

      it('goes on after a key that is gone, inside the prefix or before it', async () => {
        await store.delete('a/1/x');
        expect(await keysOf('', 2, 'a/1/x')).toEqual(['a/10', 'a/2']);
        expect(await keysOf('a/', 1000, 'a')).toEqual(['a/1', 'a/10', 'a/2']);
        expect(await keysOf('a/', 1000, 'b')).toEqual([]);
      });

      it.each([0, -1, 1.5, 1001, NaN])('refuses a page of %p', async (limit) => {
        await expect(store.list('', { limit })).rejects.toThrow(InvalidObjectRequestError);
      });
    });

    describe('hostile keys', () => {
      it.each(
        hostileKeys.map((key) => [key.length > 60 ? `${key.slice(0, 20)}... (${key.length})` : key, key]),
      )('refuses %j everywhere', async (_name, key) => {
        const body = Readable.from([Buffer.from('x')]);
        await expect(store.put(key, body)).rejects.toThrow(InvalidObjectKeyError);
        expect(body.destroyed).toBe(false);
        await expect(store.get(key)).rejects.toThrow(InvalidObjectKeyError);
        await expect(store.head(key)).rejects.toThrow(InvalidObjectKeyError);
        await expect(store.delete(key)).rejects.toThrow(InvalidObjectKeyError);
        await expect(store.list('', { limit: 1, after: key })).rejects.toThrow(InvalidObjectKeyError);
        expect(await keysOf('')).toEqual([]);
      });

      it.each(['../', '/', 'a/../', 'a\\b', 'a\0', '%2e%2e/'])('refuses to list %j', async (prefix) => {
        await expect(store.list(prefix, { limit: 1 })).rejects.toThrow(InvalidObjectKeyError);
      });

      it('does not repeat a refused key in its message', async () => {
        const error = await store.head('<script>/../x').catch((caught: unknown) => caught as Error);
        expect((error as Error).message).not.toContain('script');
      });
    });
  });
}
