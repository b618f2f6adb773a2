import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DatasetFiles, DatasetVisibility } from '../../src/datastore/index.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import {
  authorize,
  authorized,
  type AuthorizedForm,
  described,
  post,
  store,
  type Uploader,
  uploader,
} from '../support/uploads.js';

const CSV = 'year,amount\n2026,100\n';

let app: TestApp;
let ann: Uploader;
let visibility: DatasetVisibility;

beforeAll(async () => {
  app = await startApp({ JOBS_IN_API: 'false' });
  ann = await uploader(app, 'ann');
  visibility = app.app.get(DatasetVisibility);
});
afterAll(() => app?.close());

const statusOf = async (url: string) => (await fetch(url)).status;

/** Uploads by a form, as DataHub does; returns the address. */
async function pushed(dataset: string, content: string, findability = 'published'): Promise<string> {
  const metadata = { owner: ann.userid, dataset, findability };
  const wanted = { 'data.csv': described(content) };
  const form = await authorized<AuthorizedForm>(
    await authorize(app, '/rawstore/', ann.rawstore, metadata, wanted),
  );
  expect((await post(form, content)).status).toBe(204);
  return `${form.upload_url}/${form.upload_query['key']}`;
}

async function used(findability: string): Promise<number> {
  const path = `/storage/owner/${ann.userid}?findability=${findability}`;
  return ((await (await app.request(path, { token: ann.token })).json()) as { totalBytes: number })
    .totalBytes;
}

describe('a dataset of /datastore and one of /rawstore of the same name', () => {
  it('do not open, close or delete each other’s files', async () => {
    const shared = await pushed('budget', `${CSV}shared`);
    const hidden = await pushed('budget', `${CSV}hidden`, 'private');
    const draft = await store(app, ann, 'budget', 'data.csv', CSV);
    const all = async () => [await statusOf(shared), await statusOf(hidden), await statusOf(draft)];
    expect(await all()).toEqual([200, 403, 403]);
    expect(await used('private')).toBe(`${CSV}hidden${CSV}`.length);
    await visibility.set(ann.userid, 'budget', 'public');
    expect(await all()).toEqual([200, 403, 200]);
    expect(await used('private')).toBe(`${CSV}hidden`.length);
    await visibility.set(ann.userid, 'budget', 'private');
    expect(await all()).toEqual([200, 403, 403]);
    const files = app.app.get(DatasetFiles);
    await app.app.get(Database).transaction(() => files.forget(ann.userid, 'budget'));
    await files.removeObjects(ann.userid, 'budget');
    expect(await all()).toEqual([200, 403, 403]);
    const answer = await app.request('/datastore/files?dataset=budget', { token: ann.token });
    expect(((await answer.json()) as { files: unknown[] }).files).toHaveLength(2);
  });
});

describe('a dataset that is published', () => {
  it('stays so when all of its files are deleted and uploaded again', async () => {
    const url = await store(app, ann, 'open', 'data.csv', CSV);
    await visibility.set(ann.userid, 'open', 'public');
    const key = `${ann.userid}/open/data.csv`;
    await app.request(`/datastore/files?key=${key}`, { method: 'DELETE', token: ann.token });
    await store(app, ann, 'open', 'data.csv', CSV);
    expect(await statusOf(url)).toBe(200);
  });
});

describe('GET /rawstore/presign', () => {
  it('signs for credentials that may read, and for files that are there', async () => {
    const url = await store(app, ann, 'drafts', 'data.csv', CSV);
    let keys = 0;
    const sign = async (scopes: string[], address = url) => {
      const json = { name: `key ${++keys}`, scopes };
      const made = await app.request(`/api/v1.0/users/${ann.id}/api-keys`, { token: ann.token, json });
      const { key } = (await made.json()) as { key: string };
      const query = new URLSearchParams({ ownerid: ann.userid, url: address });
      return (await app.request(`/rawstore/presign?${query.toString()}`, { token: key })).status;
    };
    expect(await sign(['datastore.read'])).toBe(200);
    expect(await sign(['datastore.upload'])).toBe(403);
    expect(await sign(['datastore.read'], `${url}.never`)).toBe(403);
    expect(await sign(['datastore.upload'], `${app.url}/elsewhere`)).toBe(403);
  });
});
