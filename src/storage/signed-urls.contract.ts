import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectStore } from './object-store.port.js';
import { type Answer, md5Of, putUrl, send, sendForm } from '../../test/support/signed-requests.js';
import type { SignedPut, SignedUrls } from './signed-urls.port.js';
import { InvalidObjectKeyError, InvalidObjectRequestError } from './storage.errors.js';

export interface SignedUrlsUnderTest {
  readonly urls: SignedUrls;
  readonly store: ObjectStore;
  /** Whether the MD5 of a form is held against its content, and not only its field against what was signed. */
  readonly formsProveMd5: boolean;
}

const CONTENT = 'year,amount\n2026,100\n';
const OTHER = 'year,amount\n2026,999\n'; // as long as the right one
const KEY = 'owner/data set/é+1 (2026).csv';
const TERMS = {
  length: CONTENT.length,
  md5Base64: md5Of(CONTENT),
  contentType: 'text/csv',
  expiresIn: 60,
} as const;
const HEADERS = {
  'content-length': String(CONTENT.length),
  'content-md5': md5Of(CONTENT),
  'content-type': 'text/csv',
};

/** What every SignedUrls does, seen from outside. */
export function signedUrlsContract(name: string, open: () => Promise<SignedUrlsUnderTest>): void {
  describe(`${name} keeps the contract of signed addresses`, () => {
    let urls: SignedUrls;
    let store: ObjectStore;
    let formsProveMd5: boolean;

    beforeEach(async () => {
      ({ urls, store, formsProveMd5 } = await open());
      for (const { key } of (await store.list('', { limit: 100 })).objects) await store.delete(key);
    });
    afterEach(async () => {
      // Whatever was refused left nothing.
      for (const { key } of (await store.list('', { limit: 100 })).objects) expect(key).toBe(KEY);
    });

    const stored = async () => text(await store.get(KEY));
    const refused = async (answer: Promise<Answer>, ...statuses: number[]) => {
      expect(statuses).toContain((await answer).status);
      expect(await store.head(KEY)).toBeNull();
    };

    describe('a PUT', () => {
      const put = (signed: SignedPut, headers: Record<string, string> = HEADERS, content = CONTENT) =>
        send('PUT', putUrl(signed), headers, content);

      it('stores what was signed, and answers 200', async () => {
        const signed = await urls.signPut(KEY, TERMS);
        expect(signed.url).not.toContain('?');
        expect(signed.url).toBe(urls.objectUrl(KEY));
        expect(await put(signed)).toEqual({ status: 200, body: '' });
        expect(await stored()).toBe(CONTENT);
        expect((await put(signed)).status).toBe(200); // the same once more
        expect(await stored()).toBe(CONTENT);
      });

      it('takes any type where none was signed, and an empty content', async () => {
        const { contentType: _, ...terms } = TERMS;
        const untyped = await urls.signPut(KEY, terms);
        expect((await put(untyped, { ...HEADERS, 'content-type': 'text/plain' })).status).toBe(200);
        const empty = await urls.signPut(KEY, { length: 0, md5Base64: md5Of(''), expiresIn: 60 });
        const headers = { 'content-length': '0', 'content-md5': md5Of('') };
        expect((await put(empty, headers, '')).status).toBe(200);
        expect(await stored()).toBe('');
      });

      it('refuses another content of the same length', async () => {
        await refused(put(await urls.signPut(KEY, TERMS), HEADERS, OTHER), 400);
      });

      it.each([
        ['another length and its content', { 'content-length': '9' }, 'too short'],
        ['a longer content', { 'content-length': String(CONTENT.length + 1) }, `${CONTENT}x`],
        ['another MD5 and its content', { 'content-md5': md5Of(OTHER) }, OTHER],
        ['another type', { 'content-type': 'text/html' }, CONTENT],
      ])('refuses %s', async (_, changes, content) => {
        await refused(put(await urls.signPut(KEY, TERMS), { ...HEADERS, ...changes }, content), 403);
      });

      it.each(Object.keys(HEADERS))('refuses a request without %s', async (missing) => {
        const headers = Object.fromEntries(Object.entries(HEADERS).filter(([header]) => header !== missing));
        const signed = await urls.signPut(KEY, TERMS);
        await refused(put(signed, headers), 403, 411);
      });

      it('keeps nothing of a content that is cut off', async () => {
        const signed = await urls.signPut(KEY, TERMS);
        await expect(send('PUT', putUrl(signed), HEADERS, 'year,', true)).rejects.toThrow('cut');
        await sleep(300);
        expect(await store.head(KEY)).toBeNull();
      });

      it('refuses whatever was changed in the address', async () => {
        const signed = await urls.signPut(KEY, TERMS);
        for (const [field, value] of Object.entries(signed.query)) {
          const changed = /^\d+$/.test(value) ? String(Number(value) + 1) : `${value.slice(0, -1)}0`;
          const url = putUrl(signed, { [field]: changed === value ? `${value.slice(0, -1)}1` : changed });
          await refused(send('PUT', url, HEADERS, CONTENT), 400, 403);
        }
      });

      it('refuses an address without one of its parts', async () => {
        const { url, query } = await urls.signPut(KEY, TERMS);
        for (const missing of Object.keys(query)) {
          const rest = Object.fromEntries(Object.entries(query).filter(([field]) => field !== missing));
          await refused(put({ url, query: rest }), 400, 403);
        }
        await refused(put({ url, query: {} }), 403);
      });

      it('refuses another key and another method', async () => {
        const signed = await urls.signPut(KEY, TERMS);
        const other = { ...signed, url: urls.objectUrl('owner/other.csv') };
        expect((await put(other)).status).toBe(403);
        expect(await store.head('owner/other.csv')).toBeNull();
        await store.put(KEY, Buffer.from('there'));
        for (const method of ['GET', 'DELETE']) {
          const { status } = await send(method, putUrl(signed));
          expect([403, 405]).toContain(status);
        }
        expect(await stored()).toBe('there');
        await store.delete(KEY);
        await refused(send('PUT', await urls.signGet(KEY, { expiresIn: 60 }), HEADERS, CONTENT), 403);
      });

      it('refuses an address that has expired, also one that was used before', async () => {
        const signed = await urls.signPut(KEY, { ...TERMS, expiresIn: 4 });
        expect((await put(signed)).status).toBe(200);
        await store.delete(KEY);
        await sleep(5100);
        await refused(put(signed), 403);
      });
    });

    describe('a form', () => {
      it.each([undefined, 'data.csv'])('stores what was signed; file name %p', async (fileName) => {
        const signed = await urls.signPost(KEY, { ...TERMS, visibility: 'public' });
        expect(Object.keys(signed.fields).sort()).toEqual([
          'Content-MD5',
          'Content-Type',
          'acl',
          'key',
          'policy',
          'x-amz-algorithm',
          'x-amz-credential',
          'x-amz-date',
          'x-amz-signature',
        ]);
        expect(signed.url).not.toMatch(/\/$/);
        expect(`${signed.url}/a/b`).toBe(urls.objectUrl('a/b'));
        const { status, body } = await sendForm(signed, CONTENT, fileName);
        expect([status, body]).toEqual([204, '']);
        expect(await stored()).toBe(CONTENT);
      });

      it.each([
        ['shorter', CONTENT.slice(1)],
        ['longer', `${CONTENT}x`],
      ])('refuses a %s content', async (_, content) => {
        const signed = await urls.signPost(KEY, { ...TERMS, visibility: 'private' });
        await refused(sendForm(signed, content), 400);
      });

      it('refuses another content of the same length, where the service can', async () => {
        const signed = await urls.signPost(KEY, { ...TERMS, visibility: 'private' });
        const { status } = await sendForm(signed, OTHER);
        expect([status, (await store.head(KEY)) !== null]).toEqual(
          formsProveMd5 ? [400, false] : [204, true],
        );
      });

      it('refuses a field that was changed, is missing, or was added', async () => {
        const signed = await urls.signPost(KEY, { ...TERMS, visibility: 'private' });
        for (const [field, value] of Object.entries(signed.fields)) {
          // The last character of base64 may carry nothing.
          const changed = `${value[0] === 'x' ? 'y' : 'x'}${value.slice(1)}`;
          await refused(sendForm(signed, CONTENT, 'f', { [field]: changed }), 400, 403);
          await refused(sendForm(signed, CONTENT, 'f', { [field]: undefined }), 400, 403);
        }
        await refused(sendForm(signed, CONTENT, 'f', { 'x-amz-meta-more': 'x' }), 400, 403);
        expect((await sendForm(signed, CONTENT)).status).toBe(204);
      });

      it('refuses a form that has expired', async () => {
        const signed = await urls.signPost(KEY, { ...TERMS, visibility: 'private', expiresIn: 1 });
        await sleep(2100);
        await refused(sendForm(signed, CONTENT), 403);
      });
    });

    describe('a GET', () => {
      beforeEach(() => store.put(KEY, Buffer.from(CONTENT)));

      it('reads the object, or a range of it', async () => {
        const url = await urls.signGet(KEY, { expiresIn: 60 });
        expect(await send('GET', url)).toEqual({ status: 200, body: CONTENT });
        expect(await send('GET', url, { range: 'bytes=5-10' })).toEqual({ status: 206, body: 'amount' });
      });

      it('has browsers save it under a name', async () => {
        const answer = await fetch(await urls.signGet(KEY, { expiresIn: 60, download: 'mine "é".csv' }));
        expect(answer.headers.get('content-disposition')).toBe(
          `attachment; filename="mine ___.csv"; filename*=UTF-8''mine%20%22%C3%A9%22.csv`,
        );
        await answer.text();
      });

      it('is refused without a signature, for another key, by another name, and when it has expired', async () => {
        const url = new URL(await urls.signGet(KEY, { expiresIn: 1, download: 'a.csv' }));
        await store.put('secret', Buffer.from('secret'));
        const others = [
          urls.objectUrl(KEY),
          urls.objectUrl('secret'),
          urls.objectUrl('never was'),
          `${urls.objectUrl('secret')}${url.search}`,
          url.href.replace('a.csv', 'b.csv'),
        ];
        for (const other of others) {
          const { status, body } = await send('GET', other);
          expect([other, status]).toEqual([other, 403]);
          expect(body).not.toContain(CONTENT);
        }
        await store.delete('secret');
        await sleep(2100);
        expect((await send('GET', url.href)).status).toBe(403);
      });

      it('says that there is nothing where there is nothing', async () => {
        await store.delete(KEY);
        expect((await send('GET', await urls.signGet(KEY, { expiresIn: 60 }))).status).toBe(404);
      });
    });

    it('says where objects lie', async () => {
      const addresses = [urls.objectUrl(KEY), (await urls.signPut(KEY, TERMS)).url];
      for (const address of addresses) {
        expect(urls.places().some((place) => address.startsWith(`http://${place}/owner/`))).toBe(true);
      }
    });

    it.each(['../x', '/etc/passwd', 'a\0b', 'a//b', '', 'x'.repeat(1025)])(
      'signs nothing for the key %j',
      async (key) => {
        await expect(urls.signPut(key, TERMS)).rejects.toThrow(InvalidObjectKeyError);
        await expect(urls.signPost(key, { ...TERMS, visibility: 'private' })).rejects.toThrow(
          InvalidObjectKeyError,
        );
        await expect(urls.signGet(key, { expiresIn: 1 })).rejects.toThrow(InvalidObjectKeyError);
      },
    );

    it.each([
      { length: -1 },
      { length: 1.5 },
      { length: NaN },
      { md5Base64: 'hello' },
      { md5Base64: '' },
      { contentType: 'text' },
      { contentType: 'text/csv\r\nx: y' },
      { contentType: `text/${'x'.repeat(300)}` },
      { expiresIn: 0 },
      { expiresIn: 8 * 24 * 3600 },
    ])('signs no upload that cannot be: %j', async (changes) => {
      const terms = { ...TERMS, ...changes };
      await expect(urls.signPut(KEY, terms)).rejects.toThrow(InvalidObjectRequestError);
      await expect(urls.signPost(KEY, { ...terms, visibility: 'private' })).rejects.toThrow(
        InvalidObjectRequestError,
      );
    });
  });
}
