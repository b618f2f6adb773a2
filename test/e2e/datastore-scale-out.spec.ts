import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DatasetVisibility, FileAccess } from '../../src/datastore/index.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { PostgresServer } from '../support/postgres.js';
import { describeWith } from '../support/services.js';
import {
  authorize,
  authorized,
  type AuthorizedPut,
  described,
  md5Base64,
  put,
  store,
  uploader,
} from '../support/uploads.js';

const MEGABYTE = 1_000_000;

/** Two API processes on one PostgreSQL, where transactions do not take turns by themselves. */
describeWith('postgres')('uploads through two processes', () => {
  let postgres: PostgresServer;
  let apps: TestApp[];

  beforeAll(async () => {
    postgres = await PostgresServer.start();
    const env = { DATABASE_URL: await postgres.createDatabase(), JOBS_IN_API: 'false' };
    const first = await startApp(env);
    apps = [first, await startApp({ ...env, SIGNALBOX_DATA_DIR: first.dataDir })];
  });
  afterAll(async () => {
    for (const app of apps ?? []) await app.close();
    await postgres?.stop();
  });

  it('go together no further than the plan', async () => {
    const [one, two] = apps as [TestApp, TestApp];
    const ann = await uploader(one, 'ann'); // the built-in plan: 100 MB
    const ask = (n: number) =>
      authorize(
        n % 2 ? one : two,
        '/rawstore/',
        ann.rawstore,
        { owner: ann.userid },
        {
          x: { length: 10 * MEGABYTE, md5: md5Base64(`${n}`), name: 'x' },
        },
      );
    const statuses = (await Promise.all(Array.from({ length: 40 }, (_, n) => ask(n)))).map(
      ({ status }) => status,
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    expect(statuses.filter((status) => status === 403)).toHaveLength(30);
  });

  it('are as public as their dataset is in the end, whatever comes first', async () => {
    const [one, two] = apps as [TestApp, TestApp];
    const bob = await uploader(one, 'bob');
    await store(one, bob, 'set', 'first.csv', 'x');
    for (let round = 0; round < 10; round++) {
      const visibility = round % 2 ? 'private' : 'public';
      const path = `${round}.csv`;
      const metadata = { owner: bob.userid, name: 'set' };
      const answer = await authorize(one, '/datastore/', bob.datastore, metadata, { [path]: described('x') });
      const upload = await authorized<AuthorizedPut>(answer, path);
      const [stored] = await Promise.all([
        put(upload, 'x'),
        two.app.get(DatasetVisibility).set(bob.userid, 'set', visibility),
      ]);
      expect(stored.status).toBe(200);
      const others: string[] = [];
      for (const { key } of await one.app
        .get(Database)
        .query<{ key: string }>('select key from datastore_file where owner = $1', [bob.userid])) {
        const isPublic = await one.app.get(FileAccess).isPublic(key);
        if (isPublic !== (visibility === 'public')) others.push(key);
      }
      expect(others).toEqual([]);
    }
  });

  it('of one key leave the content that is there', async () => {
    const [one, two] = apps as [TestApp, TestApp];
    const cleo = await uploader(one, 'cleo');
    const contents = ['aaaa', 'bbbb', 'cccc', 'dddd'];
    for (let round = 0; round < 5; round++) {
      const uploads = await Promise.all(
        contents.map(async (content, n) => {
          const metadata = { owner: cleo.userid, name: 'set' };
          const app = n % 2 ? one : two;
          const wanted = { 'a.csv': described(content) };
          return authorized<AuthorizedPut>(
            await authorize(app, '/datastore/', cleo.datastore, metadata, wanted),
            'a.csv',
          );
        }),
      );
      const stored = await Promise.all(uploads.map((upload, n) => put(upload, contents[n]!)));
      expect(stored.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      const url = uploads[0]!.upload_url;
      const there = await (await fetch(url, { headers: { 'auth-token': cleo.token } })).text();
      const [row] = await one.app
        .get(Database)
        .query<{ md5: string }>('select md5 from datastore_file where owner = $1', [cleo.userid]);
      expect(row!.md5).toBe(Buffer.from(md5Base64(there), 'base64').toString('hex'));
    }
  });
});
