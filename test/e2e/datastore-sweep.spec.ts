import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SweepUploadsJob } from '../../src/datastore/arrivals/sweep-uploads.job.js';
import { UploadSweep } from '../../src/datastore/arrivals/upload-sweep.js';
import type { JobRun } from '../../src/jobs/index.js';
import { Database } from '../../src/platform/database/database.js';
import { ObjectStore } from '../../src/storage/index.js';
import { startApp, type TestApp } from '../support/app.js';
import {
  authorize,
  authorized,
  type AuthorizedPut,
  described,
  store,
  type Uploader,
  uploader,
} from '../support/uploads.js';

describe('the sweep of uploads', () => {
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

  async function reserve(path: string, content: string): Promise<AuthorizedPut> {
    const metadata = { owner: ann.userid, name: 'set' };
    return authorized(
      await authorize(app, '/datastore/', ann.datastore, metadata, { [path]: described(content) }),
      path,
    );
  }

  async function sweep(): Promise<number> {
    let swept = 0;
    for (let some = 1; some > 0; swept += some) some = await app.app.get(UploadSweep).sweepSome();
    return swept;
  }

  const expire = () => database.execute(`update upload set expires_at = now() - interval '2 days'`);
  const files = async () =>
    (await database.query<{ key: string }>('select key from datastore_file order by key')).map(
      ({ key }) => key,
    );
  const uploads = async () =>
    (await database.query<{ key: string }>('select key from upload order by key')).map(({ key }) => key);

  it('leaves what can still come', async () => {
    await reserve('pending.csv', 'p');
    await store(app, ann, 'set', 'stored.csv', 's');
    expect(await sweep()).toBe(0);
    expect(await uploads()).toEqual([keyOf('pending.csv'), keyOf('stored.csv')]);
  });

  it('removes what uploads that broke off have left on the disk', async () => {
    const left = join(app.dataDir, 'storage/incoming/left');
    writeFileSync(left, 'half a file');
    const twoHoursAgo = Date.now() / 1000 - 7200;
    utimesSync(left, twoHoursAgo, twoHoursAgo);
    const run = { throwIfInterrupted: () => undefined, progress: () => undefined };
    await app.app.get(SweepUploadsJob).run(run as unknown as JobRun<object>);
    expect(existsSync(left)).toBe(false);
  });

  it('forgets what never came, finds what nobody told of, and keeps the files', async () => {
    await reserve('told.csv', 'told');
    await objects.put(keyOf('told.csv'), Buffer.from('told')); // as S3 does it, behind our back
    await expire();
    await reserve('later.csv', 'l');
    expect(await sweep()).toBe(3);
    expect(await uploads()).toEqual([keyOf('later.csv')]);
    expect(await files()).toEqual([keyOf('stored.csv'), keyOf('told.csv')]);
    expect(await objects.head(keyOf('told.csv'))).not.toBeNull();
  });

  it('removes objects that are nobody’s file, and not those that are authorised anew', async () => {
    await reserve('wrong.csv', 'right');
    await objects.put(keyOf('wrong.csv'), Buffer.from('wrong')); // of the right length, and another content
    await reserve('again.csv', 'old');
    await database.execute(
      `update upload set expires_at = now() - interval '2 days' where path <> 'later.csv'`,
    );
    await reserve('again.csv', 'new');
    await objects.put(keyOf('again.csv'), Buffer.from('new'));
    expect(await sweep()).toBe(2);
    expect(await objects.head(keyOf('wrong.csv'))).toBeNull();
    expect(await objects.head(keyOf('again.csv'))).not.toBeNull();
    expect(await files()).toEqual(['again.csv', 'stored.csv', 'told.csv'].map(keyOf));
  });

  it('removes the object of a deleted file where a crash left it', async () => {
    const key = encodeURIComponent(keyOf('stored.csv'));
    await app.request(`/datastore/files?key=${key}`, { method: 'DELETE', token: ann.token });
    expect(await objects.head(keyOf('stored.csv'))).toBeNull();
    await objects.put(keyOf('stored.csv'), Buffer.from('s'));
    await expire();
    await sweep();
    expect(await objects.head(keyOf('stored.csv'))).toBeNull();
    expect(await files()).toEqual(['again.csv', 'told.csv'].map(keyOf));
    expect(await uploads()).toEqual([]);
  });
});
