import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { authorize, md5Base64, type Uploader, uploader } from '../support/uploads.js';

const MEGABYTE = 1_000_000;

let app: TestApp;

beforeAll(async () => {
  app = await startApp({ JOBS_IN_API: 'false' });
});
afterAll(() => app?.close());

function ask(filedata: unknown, metadata: object, who: Uploader) {
  return authorize(app, '/rawstore/authorize', who.rawstore, { owner: who.userid, ...metadata }, filedata);
}

async function used(who: Uploader): Promise<number> {
  const headers = { 'auth-token': who.rawstore };
  const answer = await app.request(`/storage/owner/${who.userid}`, { headers });
  return ((await answer.json()) as { totalBytes: number }).totalBytes;
}

async function plan(who: Uploader, name: string, limits: object): Promise<void> {
  const token = await app.adminToken();
  const json = { max_private_storage_mb: 100, max_public_storage_mb: 100, max_dataset_num: 1, ...limits };
  await app.request(`/api/v1.0/plans/${name}`, { method: 'PUT', token, json });
  const path = `/api/v1.0/users/${who.id}/plan`;
  expect((await app.request(path, { method: 'PUT', token, json: { plan: name } })).status).toBe(200);
}

describe('the limits of a plan', () => {
  const big = (bytes: number, salt: string) => ({ length: bytes, md5: md5Base64(salt), name: 'x' });

  it('are told as DataHub tells them', async () => {
    const gus = await uploader(app, 'gus');
    await plan(gus, 'small', { max_private_storage_mb: 1, max_public_storage_mb: 2 });
    const refused = await ask({ a: big(MEGABYTE + 1, 'a') }, { findability: 'private' }, gus);
    expect(refused.status).toBe(403);
    expect(refused.headers.get('content-type')).toContain('text/plain');
    expect(await refused.text()).toBe('Max private storage for user exceeded plan limit (1MB)');
    const all = await ask({ a: big(MEGABYTE, 'a'), b: big(MEGABYTE + 1, 'b') }, {}, gus);
    expect(await all.text()).toBe('Max storage for user exceeded plan limit (2MB)');
    expect((await ask({ a: big(MEGABYTE, 'a') }, { findability: 'private' }, gus)).status).toBe(200);
    // Private ones count for the limit of all, and what is reserved counts like what is there.
    expect((await ask({ b: big(MEGABYTE + 1, 'b') }, {}, gus)).status).toBe(403);
    expect((await ask({ b: big(MEGABYTE, 'b') }, {}, gus)).status).toBe(200);
    expect((await ask({ b: big(MEGABYTE, 'b') }, {}, gus)).status).toBe(200); // the same again needs no more room
    expect((await ask({ c: big(1, 'c') }, {}, gus)).status).toBe(403);
    expect(await used(gus)).toBe(0);
  });

  it('are told with numbers by the data store', async () => {
    const hal = await uploader(app, 'hal');
    await plan(hal, 'tiny', { max_private_storage_mb: 1 });
    const metadata = { owner: hal.userid, name: 'set' };
    const send = (file: object) => authorize(app, '/datastore/', hal.datastore, metadata, { 'a.csv': file });
    expect((await send(big(600_000, 'a'))).status).toBe(200);
    // The address for the other content of the key is still good: the larger one counts.
    expect((await send(big(1, 'b'))).status).toBe(200);
    const answer = await authorize(app, '/datastore/', hal.datastore, metadata, {
      'b.csv': big(500_000, 'c'),
    });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({
      code: 'STORAGE_QUOTA_EXCEEDED',
      message: expect.stringMatching(/from 0\.6 MB to 1\.1 MB.* 1 MB/),
    });
  });

  it('count an empty file as 4 KiB, and end the number of uploads that are remembered', async () => {
    const jon = await uploader(app, 'jon');
    await plan(jon, 'one', { max_private_storage_mb: 1, max_public_storage_mb: 1 });
    const empty = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, big(0, `jon ${n}`)]));
    expect((await ask(empty(245), {}, jon)).status).toBe(403); // 1,003,520 bytes
    expect((await ask(empty(244), {}, jon)).status).toBe(200);
    await app.app.get(Database).execute(
      `insert into upload (key, owner, path, bytes, md5, state, expires_at)
       select $1 || '/' || n, $1, '', 0, '', 'removed', now() from generate_series(1, 100000) as n`,
      [jon.userid],
    );
    const refused = await ask(empty(1), {}, jon);
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      429,
      'TOO_MANY_UPLOADS',
    ]);
    await app.app.get(Database).execute('delete from upload where owner = $1', [jon.userid]);
  });

  it('hold for requests at the same time together', async () => {
    const ida = await uploader(app, 'ida');
    await plan(ida, 'ten', { max_private_storage_mb: 10, max_public_storage_mb: 10 });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => ask({ a: big(MEGABYTE, `ida ${i}`) }, {}, ida)),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    expect(statuses.filter((status) => status === 403)).toHaveLength(10);
  });
});
