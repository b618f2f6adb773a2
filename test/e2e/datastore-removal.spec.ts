import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { NobodysObjects } from '../../src/datastore/arrivals/nobodys-objects.js';
import { DatasetFiles } from '../../src/datastore/index.js';
import { Database } from '../../src/platform/database/database.js';
import { ObjectStore } from '../../src/storage/index.js';
import { startApp, type TestApp } from '../support/app.js';
import {
  authorize,
  authorized,
  type AuthorizedPut,
  described,
  put,
  queryOf,
  store,
  type Uploader,
  uploader,
} from '../support/uploads.js';

let app: TestApp;
let ann: Uploader;
let database: Database;
let objects: ObjectStore;

beforeAll(async () => {
  app = await startApp({ JOBS_IN_API: 'false' });
  ann = await uploader(app, 'ann');
  database = app.app.get(Database);
  objects = app.app.get(ObjectStore);
});
afterAll(() => app?.close());

const keyOf = (path: string) => `${ann.userid}/set/${path}`;
const upload = (path: string, content: string) => store(app, ann, 'set', path, content);

async function reserve(path: string, content: string): Promise<AuthorizedPut> {
  const metadata = { owner: ann.userid, name: 'set' };
  const wanted = { [path]: described(content) };
  return authorized(await authorize(app, '/datastore/', ann.datastore, metadata, wanted), path);
}

async function remove(path: string): Promise<number> {
  const query = new URLSearchParams({ key: keyOf(path) }).toString();
  return (await app.request(`/datastore/files?${query}`, { method: 'DELETE', token: ann.token })).status;
}

async function read(path: string): Promise<string | number> {
  const answer = await app.request(`/objects/${keyOf(path)}`, { token: ann.token });
  return answer.status === 200 ? answer.text() : answer.status;
}

/** Begins a PUT; resolves with what ends it, and tells its status. */
async function slowPut(target: AuthorizedPut, content: string): Promise<() => Promise<number>> {
  const outgoing = request(`${target.upload_url}?${queryOf(target)}`, {
    ...{ method: 'PUT', agent: false },
    headers: { 'content-md5': target.md5, 'content-length': content.length },
  });
  const status = new Promise<number>((resolve, reject) => {
    outgoing.on('response', (answer) => resolve(answer.resume().statusCode!)).on('error', reject);
  });
  outgoing.write(content.slice(0, 1));
  await new Promise((later) => setTimeout(later, 300));
  return () => {
    outgoing.end(content.slice(1));
    return status;
  };
}

describe('files that are deleted', () => {
  it('do not come back by an upload that was under way, which leaves alone what came since', async () => {
    const slow = await slowPut(await reserve('slow.csv', 'the former'), 'the former');
    expect(await remove('slow.csv')).toBe(204); // nothing has come yet: what may come is taken back
    await upload('slow.csv', 'the new one');
    expect(await slow()).toBe(403);
    expect(await read('slow.csv')).toBe('the new one');
  });

  it('give back the room of what may still come', async () => {
    const target = await reserve('pending.csv', 'pending');
    expect(await remove('pending.csv')).toBe(204);
    expect(await remove('pending.csv')).toBe(404);
    expect((await put(target, 'pending')).status).toBe(403);
  });

  it('take with them nothing that came while their object was looked for', async () => {
    await upload('again.csv', 'first');
    await database.execute('delete from datastore_file where key = $1', [keyOf('again.csv')]);
    await database.execute('delete from upload where key = $1', [keyOf('again.csv')]);
    for (const [between, after] of [
      [() => upload('again.csv', 'again'), 'again'],
      [() => reserve('again.csv', 'later'), 'again'],
    ] as const) {
      const slow = Object.assign(Object.create(objects) as ObjectStore, {
        head: async (key: string) => {
          const info = await objects.head(key);
          await between();
          return info;
        },
      });
      await new NobodysObjects(database, slow).remove([keyOf('again.csv')]);
      expect(await read('again.csv')).toBe(after);
    }
  });
});

describe('a dataset that is deleted', () => {
  it('loses the files that it has, at once, and not those that are uploaded before its objects go', async () => {
    const files = app.app.get(DatasetFiles);
    await upload('old.csv', 'old');
    await upload('corrected.csv', 'wrong');
    const address = await reserve('late.csv', 'late');
    await database.transaction(() => files.forget(ann.userid, 'set'));
    expect([await read('old.csv'), await read('corrected.csv')]).toEqual([403, 403]);
    expect((await put(address, 'late')).status).toBe(403);
    await upload('corrected.csv', 'right');
    const last = await reserve('last.csv', 'last');
    await files.removeObjects(ann.userid, 'set');
    await files.removeObjects(ann.userid, 'set');
    expect(await objects.head(keyOf('old.csv'))).toBeNull();
    expect(await read('corrected.csv')).toBe('right');
    expect((await put(last, 'last')).status).toBe(200);
  });
});
