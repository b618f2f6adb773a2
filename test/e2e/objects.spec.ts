import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LocalObjectStore } from '../../src/storage/local.object-store.js';
import { ObjectStore, SignedUrls } from '../../src/storage/index.js';
import { md5Of, putUrl, send, sendForm } from '../support/signed-requests.js';
import { startApp, type TestApp } from '../support/app.js';
import { raw } from '../support/raw-http.js';

const CONTENT = '0123456789';
const KEY = 'owner/data.csv';
const terms = (content: string, changes: object = {}) => ({
  ...{ length: content.length, md5Base64: md5Of(content), contentType: 'text/csv', expiresIn: 60 },
  ...changes,
});
const headersOf = (content: string) => ({
  'content-length': String(content.length),
  'content-md5': md5Of(content),
  'content-type': 'text/csv',
});

describe('/objects', () => {
  let app: TestApp;
  let store: ObjectStore;
  let urls: SignedUrls;
  const incoming = () => readdirSync(join(app.dataDir, 'storage/incoming'));
  const portOf = () => Number(new URL(app.url).port);

  beforeAll(async () => {
    app = await startApp({ UPLOAD_LIMIT: '1MB', UPLOAD_STALL_TIMEOUT: '2', HEADERS_TIMEOUT: '1' });
    store = app.app.get(ObjectStore);
    urls = app.app.get(SignedUrls);
  });
  afterAll(() => app?.close());

  describe('reading', () => {
    let url: string;
    let etag: string;
    let modified: string;

    beforeAll(async () => {
      await store.put(KEY, Buffer.from(CONTENT));
      url = await urls.signGet(KEY, { expiresIn: 600 });
      const answer = await fetch(url);
      [etag, modified] = [answer.headers.get('etag')!, answer.headers.get('last-modified')!];
      await answer.text();
    });

    const get = async (headers: Record<string, string> = {}, method = 'GET') => {
      const answer = await fetch(url, { headers, method });
      return { status: answer.status, headers: answer.headers, body: await answer.text() };
    };

    it('gives the object as a file that can do no harm', async () => {
      const { status, headers, body } = await get();
      expect([status, body]).toEqual([200, CONTENT]);
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-type': 'text/csv',
        'content-length': '10',
        'accept-ranges': 'bytes',
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringMatching(/^sandbox; default-src 'none'/),
        'cache-control': 'private, no-cache',
      });
      expect(etag).toMatch(/^"[\w-]+"$/);
    });

    it.each(['a.html', 'a.svg', 'a.js', 'a.xml', 'a.xhtml', 'csv', 'a.__proto__', 'a.constructor'])(
      'gives %s as bytes without a meaning',
      async (key) => {
        await store.put(key, Buffer.from('<script>alert(1)</script>'));
        const answer = await fetch(await urls.signGet(key, { expiresIn: 60 }));
        expect(answer.headers.get('content-type')).toBe('application/octet-stream');
        expect(answer.headers.get('content-security-policy')).toContain('sandbox');
        await answer.text();
      },
    );

    it('tells on HEAD what GET would give', async () => {
      const { status, headers, body } = await get({}, 'HEAD');
      expect([status, headers.get('content-length'), headers.get('etag'), body]).toEqual([
        200,
        '10',
        etag,
        '',
      ]);
    });

    it.each([
      ['bytes=0-0', '0', 'bytes 0-0/10'],
      ['bytes=3-', '3456789', 'bytes 3-9/10'],
      ['bytes=-3', '789', 'bytes 7-9/10'],
      ['bytes=-30', CONTENT, 'bytes 0-9/10'],
      ['bytes=8-100', '89', 'bytes 8-9/10'],
    ])('gives the range %s', async (range, expected, contentRange) => {
      const { status, headers, body } = await get({ range });
      expect([status, body]).toEqual([206, expected]);
      expect(headers.get('content-range')).toBe(contentRange);
      expect(headers.get('content-length')).toBe(String(expected.length));
      expect(headers.get('etag')).toBe(etag);
    });

    it.each(['bytes=10-', 'bytes=10-20', 'bytes=-0'])('says that there is no range %s', async (range) => {
      const { status, headers, body } = await get({ range });
      expect(status).toBe(416);
      expect(headers.get('content-range')).toBe('bytes */10');
      expect(JSON.parse(body)).toMatchObject({ code: 'RANGE_NOT_SATISFIABLE' });
    });

    it.each(['bytes=5-3', 'bytes=a-b', 'lines=1-2', 'bytes=0-1,3-4', 'bytes=-', `bytes=${'9'.repeat(400)}-`])(
      'gives all for the range %s',
      async (range) => {
        expect(await get({ range })).toMatchObject({ status: 200, body: CONTENT });
      },
    );

    it('sends nothing that the caller has already', async () => {
      const known: Record<string, string>[] = [
        { 'if-none-match': etag },
        { 'if-none-match': `"other", W/${etag}` },
        { 'if-none-match': '*' },
        { 'if-modified-since': modified },
        { 'if-none-match': etag, range: 'bytes=0-1' },
      ];
      for (const headers of known) {
        const answer = await get(headers);
        expect([headers, answer.status, answer.body]).toEqual([headers, 304, '']);
        expect(answer.headers.get('etag')).toBe(etag);
      }
      const others: Record<string, string>[] = [
        { 'if-none-match': '"other"' },
        { 'if-none-match': '"other"', 'if-modified-since': modified },
        { 'if-modified-since': 'Sat, 01 Jan 2000 00:00:00 GMT' },
        { 'if-modified-since': 'nonsense' },
      ];
      for (const headers of others) expect(await get(headers)).toMatchObject({ status: 200, body: CONTENT });
    });

    it('goes on with a range only of the same version', async () => {
      expect((await get({ range: 'bytes=0-1', 'if-range': etag })).status).toBe(206);
      expect((await get({ range: 'bytes=0-1', 'if-range': '"other"' })).status).toBe(200);
      expect((await get({ range: 'bytes=0-1', 'if-range': `W/${etag}` })).status).toBe(200);
      await new Promise((later) => setTimeout(later, 1100));
      expect((await get({ range: 'bytes=0-1', 'if-range': modified })).status).toBe(206);
      const before = 'Sat, 01 Jan 2000 00:00:00 GMT';
      expect((await get({ range: 'bytes=0-1', 'if-range': before })).status).toBe(200);
    });

    it('has another ETag for another content', async () => {
      await store.put('changing', Buffer.from('aaaa'));
      const changing = await urls.signGet('changing', { expiresIn: 60 });
      const first = (await fetch(changing)).headers.get('etag')!;
      await store.put('changing', Buffer.from('bbbb'));
      const second = await fetch(changing, { headers: { 'if-none-match': first } });
      expect([second.status, await second.text()]).toEqual([200, 'bbbb']);
    });
  });

  it('gives the new object where it was replaced while it was being opened', async () => {
    await store.put('busy', Buffer.from('former'));
    const url = await urls.signGet('busy', { expiresIn: 60 });
    const head = jest.spyOn(store, 'head').mockImplementationOnce(async (key) => {
      const info = await LocalObjectStore.prototype.head.call(store, key);
      await store.put(key, Buffer.from('the new one'));
      return info;
    });
    const answer = await fetch(url);
    head.mockRestore();
    expect([answer.status, await answer.text()]).toEqual([200, 'the new one']);
  });

  describe('keys that attack', () => {
    it.each([
      '../secret',
      '..%2fsecret',
      '%2e%2e/secret',
      'a%00b',
      '%2fetc/passwd',
      'a%5cb',
      'x'.repeat(3000),
    ])('gets nothing and puts nothing at %s', async (path) => {
      const { query } = await urls.signPut(KEY, terms(CONTENT));
      const search = new URLSearchParams(query).toString();
      for (const [method, body] of [
        ['GET', ''],
        ['PUT', CONTENT],
      ] as const) {
        const answer = await raw(
          portOf(),
          `${method} /objects/${path}?${search} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
        );
        expect([400, 403, 404, 414]).toContain(answer.status);
      }
      expect(incoming()).toEqual([]);
    });
  });

  describe('bodies that misbehave', () => {
    beforeEach(() => store.delete(KEY));

    const isFree = async () => {
      for (let tries = 0; incoming().length > 0 && tries < 100; tries++)
        await new Promise((later) => setTimeout(later, 20));
      expect(incoming()).toEqual([]);
      expect(await store.head(KEY)).toBeNull();
    };

    it('are too large for the configuration', async () => {
      const content = 'x'.repeat(1024 ** 2 + 1);
      const signed = await urls.signPut(KEY, terms(content));
      const { status, body } = await send('PUT', putUrl(signed), headersOf(content), content);
      expect([status, (JSON.parse(body) as { code: string }).code]).toEqual([413, 'OBJECT_TOO_LARGE']);
      const form = await urls.signPost(KEY, {
        ...terms(content),
        contentType: 'text/csv',
        visibility: 'private',
      });
      expect((await sendForm(form, content)).status).toBe(413);
      await isFree();
    });

    it('come to refused addresses in any length, and are answered', async () => {
      const signed = await urls.signPut(KEY, terms(CONTENT));
      const content = 'x'.repeat(5 * 1024 ** 2);
      const url = putUrl(signed, { signature: '0'.repeat(64) });
      const { status, body } = await send('PUT', url, headersOf(content), content);
      expect([status, (JSON.parse(body) as { code: string }).code]).toEqual([403, 'SIGNED_URL_REFUSED']);
      await isFree();
    });

    it('stop in the middle, and are given up in time', async () => {
      const signed = await urls.signPut(KEY, terms(CONTENT));
      const began = Date.now();
      const head = Object.entries({ host: 'x', ...headersOf(CONTENT) }).map((pair) => pair.join(': '));
      const path = putUrl(signed).slice(app.url.length);
      const answer = await raw(portOf(), [`PUT ${path} HTTP/1.1`, ...head, '', '01234'].join('\r\n'), 15_000);
      expect([answer.status, answer.closed]).toEqual([408, true]);
      expect(Date.now() - began).toBeLessThan(10_000);
      await isFree();
    });

    it.each([
      ['no form', 'text/plain', 'hello'],
      ['a form without a file', 'multipart/form-data; boundary=x', '--x--\r\n'],
      ['a form without a boundary', 'multipart/form-data', 'hello'],
      [
        'a form that ends in the middle',
        'multipart/form-data; boundary=x',
        '--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nabc',
      ],
      [
        'a file before its fields',
        'multipart/form-data; boundary=x',
        '--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nabc\r\n--x--\r\n',
      ],
      [
        'a field of JSON that is none',
        'multipart/form-data; boundary=x',
        '--x\r\nContent-Disposition: form-data; name="key"\r\nContent-Type: application/json\r\n\r\n{\r\n--x--\r\n',
      ],
      [
        'a name out of the prototype',
        'multipart/form-data; boundary=x',
        '--x\r\nContent-Disposition: form-data; name="__proto__"\r\n\r\nabc\r\n--x--\r\n',
      ],
      [
        'more fields than there are',
        'multipart/form-data; boundary=x',
        `${'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'.repeat(200)}--x--\r\n`,
      ],
    ])('are %s', async (_, type, body) => {
      const headers = { 'content-type': type, 'content-length': String(body.length) };
      const { status } = await send('POST', `${app.url}/objects`, headers, body);
      expect([400, 403]).toContain(status);
      await isFree();
    });

    it('bring a second file, which is passed over', async () => {
      const { fields } = await urls.signPost(KEY, {
        ...terms(CONTENT),
        contentType: 'text/csv',
        visibility: 'private',
      });
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
      form.append('file', new Blob([CONTENT]), 'a');
      form.append('file', new Blob(['another']), 'b');
      const answer = await fetch(`${app.url}/objects`, { method: 'POST', body: form });
      expect(answer.status).toBe(204);
      expect((await store.head(KEY))!.size).toBe(CONTENT.length);
    });
  });
});
