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

async function usage(who: Uploader, path: string): Promise<number> {
  const answer = await app.request(`/storage/${path}`, { headers: { 'auth-token': who.datastore } });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { totalBytes: number }).totalBytes;
}

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
