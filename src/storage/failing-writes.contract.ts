import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import type { ObjectStore } from './object-store.port.js';
import {
  InvalidObjectRequestError,
  ObjectMismatchError,
  ObjectNotFoundError,
  ObjectTooLargeError,
} from './storage.errors.js';

/** The part of the contract about writes that fail. */
export function failingWriteContract(store: () => ObjectStore): void {
  const text = async (key: string) => textOf(await store().get(key));
  const isFree = async (key: string) => {
    expect(await store().head(key)).toBeNull();
    await expect(store().get(key)).rejects.toThrow(ObjectNotFoundError);
  };

  describe('a write that fails', () => {
    it('stops at the limit, without reading the source to its end', async () => {
      let given = 0;
      const endless = Readable.from(
        (function* () {
          for (; given < 1000; given++) yield Buffer.alloc(64 * 1024);
        })(),
      );
      await expect(store().put('k', endless, { maxBytes: 1_000_000 })).rejects.toThrow(ObjectTooLargeError);
      expect(given).toBeLessThan(200);
      endless.destroy();
      await isFree('k');
    });

    it('takes exactly the limit', async () => {
      await store().put('k', Buffer.alloc(10), { maxBytes: 10 });
      await expect(store().put('k', Buffer.alloc(11), { maxBytes: 10 })).rejects.toThrow(ObjectTooLargeError);
      expect(await store().head('k')).toMatchObject({ size: 10 });
    });

    it.each([4, 6])('compares the length announced (%p for 5)', async (length) => {
      const put = store().put('k', Readable.from([Buffer.from('hello')]), { expected: { length } });
      await expect(put).rejects.toThrow(ObjectMismatchError);
      await isFree('k');
    });

    it('compares the MD5 announced', async () => {
      const right = 'XUFAKrxLKna5cZ2REBfFkg==';
      const wrong = 'XUFAKrxLKna5cZ2REBfFkw==';
      await store().put('k', Buffer.from('hello'), { expected: { length: 5, md5Base64: right } });
      const put = store().put('k', Buffer.from('jello'), { expected: { md5Base64: right } });
      await expect(put).rejects.toThrow(ObjectMismatchError);
      await expect(
        store().put('k', Buffer.from('hello'), { expected: { md5Base64: wrong } }),
      ).rejects.toMatchObject({ code: 'OBJECT_MD5_MISMATCH' });
      await expect(
        store().put('k', Buffer.from('hello'), { expected: { md5Base64: 'hello' } }),
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
      await expect(store().put('k', broken)).rejects.toThrow('the sender went away');
      await isFree('k');
    });

    it('fails when the source is cut off', async () => {
      const cut = new Readable({ read: () => undefined });
      cut.push(Buffer.alloc(100_000));
      const put = store().put('k', cut);
      setTimeout(() => cut.destroy(), 20);
      await expect(put).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
      await isFree('k');
    });

    it('fails when the source was gone before', async () => {
      const gone = new Readable({ read: () => undefined });
      gone.destroy();
      await new Promise((closed) => gone.once('close', closed));
      await expect(store().put('k', gone)).rejects.toBeDefined();
      await isFree('k');
    });

    it('ends at a signal, also while the source stalls', async () => {
      const stalled = new Readable({ read: () => undefined });
      stalled.push(Buffer.from('half'));
      const abort = new AbortController();
      const put = store().put('k', stalled, { signal: abort.signal });
      setTimeout(() => abort.abort(new Error('cancelled')), 20);
      await expect(put).rejects.toThrow('cancelled');
      expect(stalled.destroyed).toBe(true);
      await isFree('k');

      await expect(store().put('k', Buffer.from('x'), { signal: abort.signal })).rejects.toThrow('cancelled');
      await isFree('k');
    });

    it('stores nothing where it is not confirmed at the end', async () => {
      const seen: string[] = [];
      await store().put('k', Buffer.from('before'));
      for (const content of [Buffer.from('short'), Buffer.alloc(9_000_000)]) {
        const confirm = async () => {
          seen.push(await text('k'));
          throw new Error('not any more');
        };
        await expect(store().put('k', Readable.from([content]), { confirm })).rejects.toThrow('not any more');
        expect(await text('k')).toBe('before');
      }
      expect(seen).toEqual(['before', 'before']);
      const confirm = async () => void seen.push('confirmed');
      await expect(store().put('k', Buffer.from('x'), { confirm, maxBytes: 0 })).rejects.toThrow();
      expect(seen).toHaveLength(2);
      await store().put('k', Buffer.from('after'), { confirm });
      expect([await text('k'), seen.at(-1)]).toEqual(['after', 'confirmed']);
    });

    it('leaves what the key held before', async () => {
      await store().put('k', Buffer.from('before'));
      const put = store().put('k', Readable.from([Buffer.alloc(100)]), { maxBytes: 50 });
      await expect(put).rejects.toThrow(ObjectTooLargeError);
      expect(await text('k')).toBe('before');
    });
  });
}
