import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { authorize, type AuthorizedPut, described, type Uploader, uploader } from '../support/uploads.js';

const CSV = 'year,amount\n2026,100\n';

let app: TestApp;
let ann: Uploader;
let bob: Uploader;
let admin: string;

beforeAll(async () => {
  app = await startApp({ JOBS_IN_API: 'false', UPLOAD_MAX_FILES: '5' });
  ann = await uploader(app, 'ann');
  bob = await uploader(app, 'bob');
  admin = await app.adminToken();
});
afterAll(() => app?.close());

const PATHS = ['/datastore/', '/datastore', '/datastore/authorize'];

function ask(filedata: unknown, metadata: object = {}, token: string | undefined = ann.datastore) {
  return authorize(app, '/datastore/', token, { owner: ann.userid, name: 'budget', ...metadata }, filedata);
}

describe('asking to upload as OpenSpending does', () => {
  it.each(PATHS)('answers at %s with an address to PUT to, its query in arrays', async (path) => {
    const wanted = { 'data/x.csv': described(CSV, 'x.csv', 'text/csv') };
    const metadata = { owner: ann.userid, name: 'budget', author: 'Ann <ann@example.org>' };
    const answer = await authorize(app, path, ann.datastore, metadata, wanted);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('application/json');
    const body = (await answer.json()) as { filedata: Record<string, AuthorizedPut>; expires_at: string };
    expect(body.filedata).toEqual({
      'data/x.csv': {
        ...wanted['data/x.csv'],
        upload_url: `${app.url}/objects/${ann.userid}/budget/data/x.csv`,
        upload_query: expect.any(Object),
      },
    });
    for (const value of Object.values(body.filedata['data/x.csv']!.upload_query))
      expect(value).toEqual([expect.any(String)]);
    const seconds = (Date.parse(body.expires_at) - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(259_100);
    expect(seconds).toBeLessThanOrEqual(259_200);
  });

  it('gives back the length in the type that it came in, and no type where there was none', async () => {
    const answer = await ask({ 'a.csv': { ...described(CSV), length: '21' }, 'b.csv': described(CSV) });
    const { filedata } = (await answer.json()) as { filedata: Record<string, AuthorizedPut> };
    expect([filedata['a.csv']!.length, filedata['b.csv']!.length]).toEqual(['21', 21]);
    expect(filedata['a.csv']).not.toHaveProperty('type');
  });

  it('takes the token in each way, and an API key as oscli sends it', async () => {
    const key = (await (
      await app.request(`/api/v1.0/users/${ann.id}/api-keys`, {
        token: ann.token,
        json: { name: 'oscli', scopes: ['datastore.upload'] },
      })
    ).json()) as { key: string };
    const body = JSON.stringify({
      metadata: { owner: ann.userid, name: 'budget' },
      filedata: { 'data.csv': described(CSV) },
    });
    const sent: [string, Record<string, string>][] = [
      ['/datastore/', { 'auth-token': ann.datastore }],
      [`/datastore/?jwt=${ann.datastore}`, {}],
      ['/datastore/', { authorization: `Bearer ${ann.datastore}` }],
      ['/datastore/', { authorization: `Bearer ${ann.token}` }],
      ['/datastore/', { 'auth-token': ann.token }],
      ['/datastore/', { 'api-key': key.key }],
    ];
    for (const [path, headers] of sent) {
      const answer = await app.request(path, { method: 'POST', headers, body });
      expect([headers, answer.status]).toEqual([headers, 200]);
      await answer.arrayBuffer();
    }
  });

  it('is 400 for a body that is not JSON, or without owner or name, before it is 401', async () => {
    for (const token of [undefined, ann.datastore]) {
      const bodies = [
        '{"metadata"',
        '',
        '[]',
        'null',
        '"text"',
        '{}',
        JSON.stringify({ metadata: { name: 'x' }, filedata: {} }),
        JSON.stringify({ metadata: { owner: ann.userid }, filedata: {} }),
        JSON.stringify({ metadata: { owner: '', name: 'x' }, filedata: {} }),
        JSON.stringify({ metadata: { owner: 5, name: 'x' }, filedata: {} }),
        JSON.stringify({ metadata: [], filedata: {} }),
      ];
      for (const body of bodies) {
        const headers: Record<string, string> = token === undefined ? {} : { 'auth-token': token };
        const answer = await app.request('/datastore/', { method: 'POST', body, headers });
        expect([body, answer.status]).toEqual([body, 400]);
        expect(((await answer.json()) as { message: string }).message).toMatch(/JSON|metadata/);
      }
    }
  });

  it('is 401 with nothing in it for who is not the owner', async () => {
    const wanted = { 'data.csv': described(CSV) };
    const source = await app.request('/user/authorize?service=source', { token: ann.token });
    const other = ((await source.json()) as { token: string }).token;
    for (const token of [
      undefined,
      '',
      'x',
      'testing-token',
      bob.datastore,
      bob.token,
      ann.rawstore,
      other,
    ]) {
      const answer = await ask(wanted, {}, token ?? '');
      expect([token, answer.status, await answer.text()]).toEqual([token, 401, '']);
    }
    // What admins may elsewhere does not make them owners.
    expect((await ask(wanted, {}, admin)).status).toBe(401);
    expect((await ask(wanted, { owner: 'ann' })).status).toBe(401);
    expect((await ask(wanted, { owner: '__tests' }, 'testing-token')).status).toBe(401);
  });

  it('is 401 for whom the service does not let upload, with whatever he comes', async () => {
    const carl = await uploader(app, 'carl');
    const metadata = { owner: carl.userid };
    expect((await ask({ 'data.csv': described(CSV) }, metadata, carl.token)).status).toBe(200);
    const path = `/api/v1.0/service-permissions/${carl.userid}/os.datastore`;
    const json = { 'datapackage-upload': false };
    expect((await app.request(path, { method: 'PUT', token: admin, json })).status).toBe(200);
    for (const token of [carl.token, carl.datastore])
      expect((await ask({ 'data.csv': described(CSV) }, metadata, token)).status).toBe(401);
  });

  it.each<[string, unknown, string]>([
    ['no files', {}, 'filedata'],
    ['a list of files', [described(CSV)], 'filedata'],
    ['a text for a file', { 'a.csv': 'x' }, 'filedata.a.csv'],
    [
      'a file without a length',
      { 'a.csv': { ...described(CSV), length: undefined } },
      'filedata.a.csv.length',
    ],
    ['a length below 0', { 'a.csv': { ...described(CSV), length: -1 } }, 'filedata.a.csv.length'],
    [
      'a length that is no whole number',
      { 'a.csv': { ...described(CSV), length: 1.5 } },
      'filedata.a.csv.length',
    ],
    ['a length in words', { 'a.csv': { ...described(CSV), length: 'many' } }, 'filedata.a.csv.length'],
    ['a length past the limit', { 'a.csv': { ...described(CSV), length: 1e15 } }, 'filedata.a.csv.length'],
    ['a file without an MD5', { 'a.csv': { ...described(CSV), md5: undefined } }, 'filedata.a.csv.md5'],
    ['an MD5 in hex', { 'a.csv': { ...described(CSV), md5: 'a'.repeat(32) } }, 'filedata.a.csv.md5'],
    ['a file without a name', { 'a.csv': { ...described(CSV), name: undefined } }, 'filedata.a.csv.name'],
    ['a type that is none', { 'a.csv': { ...described(CSV), type: 'a\r\nb: c' } }, 'filedata.a.csv'],
    ['a type that is no text', { 'a.csv': { ...described(CSV), type: {} } }, 'filedata.a.csv.type'],
    ['a path upwards', { '../x/a.csv': described(CSV) }, 'filedata.../x/a.csv'],
    ['a path upwards in the middle', { 'a/../../b': described(CSV) }, 'filedata.a/../../b'],
    ['an encoded path upwards', { '%2e%2e/a.csv': described(CSV) }, 'filedata.%2e%2e/a.csv'],
    ['a path from the root', { '/etc/passwd': described(CSV) }, 'filedata./etc/passwd'],
    ['a path with a backslash', { 'a\\b': described(CSV) }, 'filedata.a\\b'],
    ['a path with a NUL', { 'a\0b': described(CSV) }, 'filedata.a\0b'],
    ['a path of full-width dots', { '\uff0e\uff0e/b': described(CSV) }, 'filedata.\uff0e\uff0e/b'],
    ['an empty path', { '': described(CSV) }, 'filedata.'],
    [
      'more files than allowed',
      Object.fromEntries([...'abcdef'].map((name) => [name, described(CSV)])),
      'filedata',
    ],
  ])('is 400 for %s, and says where', async (_, filedata, path) => {
    const answer = await ask(filedata);
    expect(answer.status).toBe(400);
    const { errors, message } = (await answer.json()) as { errors?: { path: string }[]; message: string };
    expect([message, ...(errors ?? []).map((error) => error.path)].join(' ')).toContain(path);
    expect(message.length).toBeLessThan(600);
  });

  it('is 400 for a path that is very long, and for a name with a slash', async () => {
    expect((await ask({ ['x'.repeat(5000)]: described(CSV) })).status).toBe(400);
    for (const name of ['a/b', '..', 'x'.repeat(300), 'a\0b', 7])
      expect((await ask({ 'data.csv': described(CSV) }, { name })).status).toBe(400);
  });

  it('writes down who authorised what, and nothing where it refuses', async () => {
    const count = async () =>
      (await app.app.get(Database).query<{ n: number }>('select count(*)::int as n from upload'))[0]!.n;
    const before = await count();
    expect((await ask({ good: described(CSV), '../bad': described(CSV) })).status).toBe(400);
    expect(await count()).toBe(before);
    const entries = await app.app
      .get(Database)
      .query(
        `select actor, subject, details->>'files' as files from audit_entry where action = 'upload.authorize' order by id desc limit 1`,
      );
    expect(entries[0]).toMatchObject({ subject: expect.stringMatching(/^dataset:[0-9a-f]+\/budget$/) });
  });
});

describe('GET /datastore/info', () => {
  it('tells what addresses of the own files begin with', async () => {
    const answer = await app.request('/datastore/info', { headers: { 'auth-token': ann.datastore } });
    const { prefixes } = (await answer.json()) as { prefixes: string[] };
    expect(prefixes).toContain(`${app.url}/objects/${ann.userid}`);
  });

  it('is 401 with nothing in it otherwise', async () => {
    for (const token of ['', 'x', ann.rawstore]) {
      const answer = await app.request('/datastore/info', { headers: { 'auth-token': token } });
      expect([token, answer.status, await answer.text()]).toEqual([token, 401, '']);
    }
  });
});
