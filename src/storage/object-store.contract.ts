import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { failingWriteContract } from './failing-writes.contract.js';
import { hostileKeyContract } from './hostile-keys.contract.js';
import { keysOf, listContract } from './object-list.contract.js';
import type { ObjectStore } from './object-store.port.js';
import { InvalidObjectRequestError, ObjectNotFoundError } from './storage.errors.js';

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

    describe('put and get', () => {
      it('stores a buffer and says what it stored', async () => {
        const before = Date.now();
        const stored = await store.put('a/hello.txt', Buffer.from('hello'), { contentType: 'text/plain' });
        expect(stored).toEqual({
          key: 'a/hello.txt',
          size: 5,
          md5: '5d41402abc4b2a76b9719d911017c592',
        });
        expect(await text('a/hello.txt')).toBe('hello');
        const info = await store.head('a/hello.txt');
        expect(info).toMatchObject({ key: 'a/hello.txt', size: 5 });
        expect(Math.abs(info!.modifiedAt.getTime() - before)).toBeLessThan(60_000);
      });

      it('stores a stream of 20 MB', async () => {
        const block = randomBytes(64 * 1024);
        const blocks = 320;
        const hash = createHash('md5');
        for (let n = 0; n < blocks; n++) hash.update(block);
        const md5 = hash.digest('hex');

        const stored = await store.put('big', Readable.from(Array<Buffer>(blocks).fill(block)));
        expect(stored).toMatchObject({ size: blocks * block.length, md5 });
        const back = createHash('md5');
        for await (const chunk of await store.get('big')) back.update(chunk as Buffer);
        expect(back.digest('hex')).toBe(md5);
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
        expect(await keysOf(store)).toEqual([key]);
      });

      it('gives a whole content whichever of several writes ends last', async () => {
        const bodies = Array.from({ length: 8 }, (_, n) => Buffer.alloc(300_000 + n, n));
        const stored = await Promise.all(
          bodies.map((body) =>
            store.put('contended', Readable.from([body.subarray(0, 1000), body.subarray(1000)])),
          ),
        );
        const winner = await read('contended');
        const digest = createHash('md5').update(winner).digest('hex');
        expect(stored.map((one) => one.md5)).toContain(digest);
        expect(await keysOf(store)).toEqual(['contended']);
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

    failingWriteContract(() => store);

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
        expect(await keysOf(store)).toEqual([]);
        await store.put('k', Buffer.from('again'));
        expect(await text('k')).toBe('again');
      });
    });

    it('deletes the object that is meant, not one that came since', async () => {
      await store.put('k', Buffer.from('one'));
      const { etag } = (await store.head('k'))!;
      await store.put('k', Buffer.from('two'));
      await store.delete('k', etag);
      expect(await text('k')).toBe('two');
      await store.delete('k', (await store.head('k'))!.etag);
      await store.delete('k', etag);
      await isFree('k');
    });

    it('stores and deletes at the same time, whatever lies beside', async () => {
      const keys = Array.from({ length: 20 }, (_, n) => `deep/er/${n % 3}/${n}`);
      const churn = keys.map(async (key) => {
        for (let n = 0; n < 15; n++) {
          await store.put(key, Buffer.from(key));
          expect(await text(key)).toBe(key);
          await store.delete(key);
        }
        await store.put(key, Buffer.from(key));
      });
      await Promise.all([...churn, keysOf(store)]);
      expect(await keysOf(store)).toEqual([...keys].sort());
    });

    listContract(() => store);
    hostileKeyContract(() => store);
  });
}
