import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startApp, type TestApp } from '../support/app.js';
import {
  authorize,
  authorized,
  type AuthorizedForm,
  described,
  md5Base64,
  post,
  type Uploader,
  uploader,
} from '../support/uploads.js';

const CSV = 'year,amount\n2026,100\n';

let app: TestApp;
let ann: Uploader;
let bob: Uploader;

beforeAll(async () => {
  app = await startApp({ JOBS_IN_API: 'false', OUTBOUND_ALLOW: '127.0.0.1' });
  ann = await uploader(app, 'ann');
  bob = await uploader(app, 'bob');
});
afterAll(() => app?.close());

function ask(filedata: unknown, metadata: object = {}, who = ann, path = '/rawstore/authorize') {
  return authorize(app, path, who.rawstore, { owner: who.userid, ...metadata }, filedata);
}

async function form(content: string, metadata: object = {}, who = ann): Promise<AuthorizedForm> {
  return authorized(await ask({ 'data.csv': described(content) }, metadata, who));
}

describe('asking to upload as DataHub does', () => {
  it.each(['/rawstore/authorize', '/rawstore/', '/rawstore'])(
    'answers at %s with a form of texts',
    async (path) => {
      const wanted = {
        'data.csv': described(CSV),
        'data/b.json': described('{}', 'b.json', 'application/json'),
      };
      const answer = await ask(wanted, {}, ann, path);
      expect(answer.status).toBe(200);
      const { filedata } = (await answer.json()) as { filedata: Record<string, AuthorizedForm> };
      expect(filedata).toEqual({
        'data.csv': {
          upload_url: `${app.url}/objects`,
          exists: false,
          upload_query: {
            acl: 'public-read',
            'Content-MD5': md5Base64(CSV),
            'Content-Type': 'text/plain',
            key: `${ann.userid}/${Buffer.from(md5Base64(CSV), 'base64').toString('hex')}`,
            policy: expect.any(String),
            'x-amz-algorithm': expect.any(String),
            'x-amz-credential': expect.any(String),
            'x-amz-date': expect.any(String),
            'x-amz-signature': expect.any(String),
          },
        },
        'data/b.json': expect.objectContaining({ type: 'application/json', exists: false }),
      });
      for (const { upload_query } of Object.values(filedata)) expect(upload_query['key']).toMatch(/^[\w/]+$/);
    },
  );

  it('says of what is there already that it exists, to its owner only', async () => {
    const content = `${CSV}again`;
    const first = await form(content);
    expect(first.exists).toBe(false);
    expect((await form(content)).exists).toBe(false); // authorised, and not there
    expect((await post(first, content)).status).toBe(204);
    expect((await form(content)).exists).toBe(true);
    expect((await form(content, {}, bob)).exists).toBe(false);
    expect((await form(`${content}!`)).exists).toBe(false);
  });

  it('is public or private as findability says, also where it is said of what is there', async () => {
    const content = `${CSV}private`;
    const upload = await form(content, { findability: 'private' });
    expect(upload.upload_query['acl']).toBe('private');
    expect((await post(upload, content)).status).toBe(204);
    const url = `${upload.upload_url}/${upload.upload_query['key']}`;
    const read = async () => (await fetch(url)).status;
    expect(await read()).toBe(403);
    expect((await form(content, { findability: 'published' })).exists).toBe(true);
    expect(await read()).toBe(200);
    expect((await form(content, { findability: 'private' })).exists).toBe(true);
    expect(await read()).toBe(403);
  });

  it('is 401 for others, and 400 for what is not complete', async () => {
    const wanted = { 'data.csv': described(CSV) };
    for (const token of [undefined, 'x', bob.rawstore, bob.token, ann.datastore]) {
      const answer = await authorize(app, '/rawstore/', token, { owner: ann.userid }, wanted);
      expect([token, answer.status, await answer.text()]).toEqual([token, 401, '']);
    }
    expect((await authorize(app, '/rawstore/', undefined, {}, wanted)).status).toBe(400);
    for (const filedata of [{}, { a: {} }, { a: { ...described(CSV), md5: 'x' } }, { 'a\0': described(CSV) }])
      expect((await ask(filedata)).status).toBe(400);
    const json = { metadata: { owner: ann.userid }, filedata: wanted, more: 1 };
    expect((await app.request('/rawstore/', { token: ann.rawstore, json })).status).toBe(400);
    for (const dataset of ['a/b', 5, 'a\0']) expect((await ask(wanted, { dataset })).status).toBe(400);
  });

  it('tells apart two files of one key', async () => {
    const twice = { a: described(CSV), b: described(CSV) };
    const answer = await ask(twice);
    expect(answer.status).toBe(200);
    const { filedata } = (await answer.json()) as { filedata: Record<string, AuthorizedForm> };
    expect(filedata['a']!.upload_query['key']).toBe(filedata['b']!.upload_query['key']);
    const collision = { a: described(CSV), b: { ...described(CSV), length: 1 } };
    expect((await ask(collision)).status).toBe(400);
  });

  it('counts by flow id too', async () => {
    const content = 'of a flow';
    const metadata = { dataset: 'set', flow_id: `${ann.userid}/set/3`, findability: 'private' };
    expect((await post(await form(content, metadata), content)).status).toBe(204);
    const headers = { 'auth-token': ann.token };
    const at = async (path: string) =>
      (await (await app.request(`/storage/${path}`, { headers })).json()) as object;
    expect(await at(`flow_id/${ann.userid}/set/3`)).toEqual({ totalBytes: content.length });
    expect(await at(`flow_id/${ann.userid}/set/3?findability=published`)).toEqual({ totalBytes: 0 });
    expect(await at(`dataset_id/${ann.userid}/set`)).toEqual({ totalBytes: content.length });
  });
});

describe('GET /rawstore/presign', () => {
  const presign = (query: object, headers: Record<string, string> = {}) =>
    app.request(`/rawstore/presign?${new URLSearchParams(Object.entries(query)).toString()}`, { headers });
  const urlOf = async (answer: Response) => ((await answer.json()) as { url: string }).url;
  let source: string;
  let open: string;
  let closed: string;

  beforeAll(async () => {
    const answer = await app.request('/user/authorize?service=source', { token: ann.token });
    source = ((await answer.json()) as { token: string }).token;
    const upload = async (content: string, findability: string) => {
      const given = await form(content, { findability });
      await post(given, content);
      return `${given.upload_url}/${given.upload_query['key']}`;
    };
    open = await upload('open to all', 'published');
    closed = await upload('for ann', 'private');
  });

  it('gives back the address of what is public, without a token', async () => {
    expect(await urlOf(await presign({ ownerid: ann.userid, url: open }))).toBe(open);
    expect(await urlOf(await presign({ url: open }))).toBe(open);
  });

  it('signs the address of what is private, for its owner with a token of any service', async () => {
    for (const token of [source, ann.rawstore, ann.token]) {
      const answer = await presign({ ownerid: ann.userid, url: closed }, { 'auth-token': token });
      expect(answer.status).toBe(200);
      const url = await urlOf(answer);
      expect(url).not.toBe(closed);
      expect(await (await fetch(url)).text()).toBe('for ann');
    }
    const other = closed
      .replace('http:', 'https:')
      .replace(ann.userid, `%${ann.userid.charCodeAt(0).toString(16)}${ann.userid.slice(1)}`);
    expect((await presign({ ownerid: ann.userid, url: other }, { 'auth-token': source })).status).toBe(200);
  });

  it('is 401 or 403 for others', async () => {
    const auth = { 'auth-token': bob.rawstore };
    expect((await presign({ ownerid: ann.userid, url: closed })).status).toBe(401);
    expect((await presign({ url: closed }, { 'auth-token': ann.rawstore })).status).toBe(401);
    expect((await presign({ ownerid: ann.userid, url: closed }, auth)).status).toBe(403);
    expect((await presign({ ownerid: bob.userid, url: closed }, auth)).status).toBe(403);
    expect((await presign({ ownerid: bob.userid, url: `${closed}x` }, auth)).status).toBe(403);
  });

  it('asks other addresses only for who is known, and no private ones', async () => {
    let asked = 0;
    const server: Server = createServer((request, response) => {
      asked++;
      response.statusCode = request.url === '/closed' ? 403 : 200;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      expect((await presign({ ownerid: ann.userid, url: `${base}/open` })).status).toBe(401);
      expect(asked).toBe(0);
      const auth = { 'auth-token': source };
      const answer = await presign({ ownerid: ann.userid, url: `${base}/open` }, auth);
      expect([answer.status, await urlOf(answer)]).toEqual([200, `${base}/open`]);
      expect((await presign({ ownerid: ann.userid, url: `${base}/closed` }, auth)).status).toBe(403);
      expect(asked).toBe(2);
      for (const url of ['', 'x', 'file:///etc/passwd', 'http://10.0.0.1/', 'http://[::1]:1/', `${base}:x`])
        expect([url, (await presign({ ownerid: ann.userid, url }, auth)).status]).toEqual([url, 400]);
    } finally {
      server.close();
    }
  });
});

describe('GET /rawstore/info and /resolver/resolve', () => {
  it('tell prefixes to who has a token, and whose dataset an address means', async () => {
    expect((await app.request('/rawstore/info')).status).toBe(401);
    const answer = await app.request('/rawstore/info', { headers: { 'auth-token': ann.rawstore } });
    const { prefixes } = (await answer.json()) as { prefixes: string[] };
    expect(prefixes).toContain(`${app.url}/objects/${ann.userid}`);
    const resolve = async (path: string) =>
      (await (await app.request(`/resolver/resolve?path=${path}`)).json()) as object;
    expect(await resolve('ann/budget')).toEqual({ userid: ann.userid, packageid: 'budget' });
    expect(await resolve('never/budget')).toEqual({ userid: null, packageid: 'budget' });
    expect(await resolve('%00/x')).toEqual({ userid: null, packageid: 'x' });
    expect(await resolve('')).toEqual({ userid: null, packageid: null });
  });
});
