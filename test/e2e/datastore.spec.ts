import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DatasetVisibility } from '../../src/datastore/index.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import {
  authorize,
  authorized,
  type AuthorizedPut,
  described,
  put,
  store,
  type Uploader,
  uploader,
} from '../support/uploads.js';

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

async function usage(who: Uploader, path: string): Promise<number> {
  const answer = await app.request(`/storage/${path}`, { headers: { 'auth-token': who.datastore } });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { totalBytes: number }).totalBytes;
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

describe('what was uploaded', () => {
  it('is private, until its dataset is opened, and again after it is closed', async () => {
    const url = await store(app, ann, 'secret', 'data/x.csv', CSV);
    const visibility = app.app.get(DatasetVisibility);
    const read = async (headers: Record<string, string> = {}, address = url) => {
      const answer = await fetch(address, { headers });
      return [answer.status, await answer.text()] as const;
    };
    const statusOf = async (...parameters: Parameters<typeof read>) => (await read(...parameters))[0];
    const [hidden, never] = [await read(), await read({}, `${url}.never`)];
    expect([hidden[0], never[0]]).toEqual([403, 403]);
    const told = ([, text]: readonly [number, string]) =>
      ({ ...(JSON.parse(text) as object), requestId: '' }) as object;
    expect(told(hidden)).toEqual(told(never));
    expect(await statusOf({ 'auth-token': bob.token })).toBe(403);
    expect(await statusOf({ 'auth-token': bob.token }, `${url}.never`)).toBe(403);
    expect(await statusOf({ 'auth-token': admin })).toBe(403);
    expect(await statusOf({ 'auth-token': 'x.y.z' })).toBe(401);
    const own: Record<string, string>[] = [
      { 'auth-token': ann.datastore },
      { authorization: `Bearer ${ann.token}` },
      { 'auth-token': ann.rawstore },
    ];
    for (const headers of own) expect(await read(headers)).toEqual([200, CSV]);
    expect(await read({}, `${url}?jwt=${ann.token}`)).toEqual([200, CSV]);
    await visibility.set(ann.userid, 'secret', 'public');
    expect(await read()).toEqual([200, CSV]);
    // What comes later is as the dataset is.
    const later = await store(app, ann, 'secret', 'data/y.csv', `${CSV}2027,1\n`);
    expect(await statusOf({}, later)).toBe(200);
    await visibility.set(ann.userid, 'secret', 'private');
    expect([await statusOf(), await statusOf({}, later)]).toEqual([403, 403]);
  });

  it('is counted once, by owner and by dataset', async () => {
    const dora = await uploader(app, 'dora');
    const owner = `owner/${dora.userid}`;
    expect(await usage(dora, owner)).toBe(0);
    await store(app, dora, 'one', 'a.csv', 'aaaa');
    await store(app, dora, 'one', 'a.csv', 'aaaa');
    await store(app, dora, 'one', 'b/c.csv', 'bb');
    await store(app, dora, 'two', 'a.csv', 'c');
    expect(await usage(dora, owner)).toBe(7);
    await store(app, dora, 'one', 'a.csv', 'aaaaaa');
    expect(await usage(dora, owner)).toBe(9);
    expect(await usage(dora, `dataset_id/${dora.userid}/one`)).toBe(8);
    expect(await usage(dora, `dataset_id/${dora.userid}/none`)).toBe(0);
    expect(await usage(dora, `dataset_id/${dora.userid}/a%00b`)).toBe(0);
    expect(await usage(dora, `flow_id/${dora.userid}/one/1`)).toBe(0);
    expect(await usage(dora, `info/objects/${dora.userid}/one/b/c.csv`)).toBe(2);
    expect(await usage(dora, `${owner}?findability=private`)).toBe(9);
    expect(await usage(dora, `${owner}?findability=published`)).toBe(0);
    const other = { headers: { 'auth-token': bob.token } };
    for (const path of [
      owner,
      `dataset_id/${dora.userid}/one`,
      `owner/never`,
      `info/objects/${dora.userid}/x`,
    ])
      expect((await app.request(`/storage/${path}`, other)).status).toBe(403);
    expect((await app.request(`/storage/${owner}`)).status).toBe(401);
    expect((await app.request(`/storage/${owner}`, { token: admin })).status).toBe(200);
  });

  it('is listed in pages, and can be deleted; its address brings it back no more', async () => {
    const erik = await uploader(app, 'erik');
    for (const name of ['a', 'b', 'c']) await store(app, erik, 'set', `${name}.csv`, name);
    const list = async (query = '', token = erik.token) => {
      const answer = await app.request(`/datastore/files${query}`, { token });
      return (await answer.json()) as { files: { key: string; url: string }[]; next: string | null };
    };
    const first = await list('?limit=2');
    expect(first.files.map(({ key }) => key)).toEqual(
      ['a', 'b'].map((name) => `${erik.userid}/set/${name}.csv`),
    );
    expect((await list(`?limit=2&after=${encodeURIComponent(first.next!)}`)).files).toHaveLength(1);
    expect((await list('?dataset=other')).files).toEqual([]);
    expect((await list(`?owner=${erik.userid}`, admin)).files).toHaveLength(3);
    expect((await app.request(`/datastore/files?owner=${erik.userid}`, { token: bob.token })).status).toBe(
      403,
    );
    for (const query of ['limit=0', 'limit=x', 'after=%00', 'dataset=%00', 'more=1'])
      expect((await app.request(`/datastore/files?${query}`, { token: erik.token })).status).toBe(400);

    const answer = await authorize(
      app,
      '/datastore/',
      erik.datastore,
      { owner: erik.userid, name: 'set' },
      { 'a.csv': described('a') },
    );
    const upload = await authorized<AuthorizedPut>(answer, 'a.csv');
    const key = encodeURIComponent(first.files[0]!.key);
    const remove = (token: string, query = `key=${key}`) =>
      app.request(`/datastore/files?${query}`, { method: 'DELETE', token });
    expect((await remove(bob.token)).status).toBe(404); // no such file of Bob's
    expect((await remove(bob.token, `key=${key}&owner=${erik.userid}`)).status).toBe(403);
    expect((await remove(erik.token)).status).toBe(204);
    expect((await remove(erik.token)).status).toBe(404);
    expect((await put(upload, 'a')).status).toBe(403);
    expect((await fetch(first.files[0]!.url, { headers: { 'auth-token': erik.token } })).status).toBe(403);
    await store(app, erik, 'set', 'a.csv', 'a');
    expect((await list()).files).toHaveLength(3);
  });

  it('can be sent again, until another content has taken its place', async () => {
    const gil = await uploader(app, 'gil');
    const ask = async (content: string) => {
      const metadata = { owner: gil.userid, name: 'set' };
      const wanted = { 'a.csv': described(content) };
      return authorized<AuthorizedPut>(
        await authorize(app, '/datastore/', gil.datastore, metadata, wanted),
        'a.csv',
      );
    };
    const [large, small] = [await ask('large content'), await ask('small')];
    const statuses = [];
    for (const [upload, content] of [
      [large, 'large content'],
      [large, 'large content'],
      [small, 'small'],
      [large, 'large content'],
    ] as const)
      statuses.push((await put(upload, content)).status);
    expect(statuses).toEqual([200, 200, 200, 403]);
    expect(await usage(gil, `owner/${gil.userid}`)).toBe(5);
    expect((await put(await ask('large content'), 'large content')).status).toBe(200);
  });

  it('is known although nobody told of it', async () => {
    const fay = await uploader(app, 'fay');
    const database = app.app.get(Database);
    await store(app, fay, 'set', 'a.csv', 'aaa');
    // As after a crash between the store and the database.
    await database.execute('delete from datastore_file where owner = $1', [fay.userid]);
    await database.execute(`update upload set state = 'pending' where owner = $1`, [fay.userid]);
    expect(await usage(fay, `owner/${fay.userid}`)).toBe(3);
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
