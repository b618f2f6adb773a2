import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DatasetFiles } from '../../src/datastore/index.js';
import { StorageQuota } from '../../src/datastore/storage-use/storage-quota.js';
import { UploadSweep } from '../../src/datastore/arrivals/upload-sweep.js';
import { Database } from '../../src/platform/database/database.js';
import { ObjectStore } from '../../src/storage/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3Server } from '../support/s3.js';
import { describeWith } from '../support/services.js';
import {
  authorize,
  authorized,
  type AuthorizedForm,
  type AuthorizedPut,
  described,
  post,
  put,
  type Uploader,
  uploader,
} from '../support/uploads.js';

const CSV = 'year,amount\n2026,100\n';

/** Uploads that do not pass through here: nobody tells of them. */
describeWith('s3')('uploads to a bucket', () => {
  let server: S3Server;
  let app: TestApp;
  let ann: Uploader;

  beforeAll(async () => {
    server = await S3Server.start();
    app = await startApp({ ...(await server.createBucket()), JOBS_IN_API: 'false' });
    ann = await uploader(app, 'ann');
  });
  afterAll(async () => {
    await app?.close();
    await server?.stop();
  });

  async function form(content: string, findability = 'published'): Promise<AuthorizedForm> {
    const metadata = { owner: ann.userid, findability };
    return authorized(
      await authorize(app, '/rawstore/', ann.rawstore, metadata, { 'data.csv': described(content) }),
    );
  }

  async function address(path: string, content: string): Promise<AuthorizedPut> {
    const metadata = { owner: ann.userid, name: 'set' };
    const wanted = { [path]: described(content, path, 'text/csv') };
    return authorized(await authorize(app, '/datastore/', ann.datastore, metadata, wanted), path);
  }

  async function used(): Promise<number> {
    await sleep(100); // who asks again at once is not worth another look
    const answer = await app.request(`/storage/owner/${ann.userid}`, { token: ann.token });
    return ((await answer.json()) as { totalBytes: number }).totalBytes;
  }

  it('are known as soon as somebody asks', async () => {
    const upload = await address('a.csv', CSV);
    expect(upload.upload_url.startsWith(server.endpoint)).toBe(true);
    expect(await used()).toBe(0);
    expect((await put(upload, CSV)).status).toBe(200);
    expect(await used()).toBe(CSV.length);
    const first = await form(CSV);
    expect(first.exists).toBe(false);
    expect((await post(first, CSV)).status).toBeLessThanOrEqual(204);
    expect((await form(CSV)).exists).toBe(true);
    expect(await used()).toBe(2 * CSV.length);
  });

  it('are read here by who may: with a redirect to a signed address', async () => {
    const content = `${CSV}private`;
    const upload = await form(content, 'private');
    expect((await post(upload, content)).status).toBeLessThanOrEqual(204);
    const key = upload.upload_query['key']!;
    expect((await app.request(`/objects/${key}`)).status).toBe(403);
    const redirect = await app.request(`/objects/${key}`, { token: ann.token });
    expect(redirect.status).toBe(307);
    expect(await (await fetch(redirect.headers.get('location')!)).text()).toBe(content);
    // As the client puts the address together.
    const query = new URLSearchParams({ ownerid: ann.userid, url: `${upload.upload_url}/${key}` });
    const presigned = await app.request(`/rawstore/presign?${query.toString()}`, { token: ann.token });
    expect(presigned.status).toBe(200);
    const { url } = (await presigned.json()) as { url: string };
    expect(await (await fetch(url)).text()).toBe(content);
    expect((await app.request(`/rawstore/presign?${query.toString()}`)).status).toBe(401);
    expect((await form(content, 'published')).exists).toBe(true);
    expect((await app.request(`/objects/${key}`)).status).toBe(307);
  });

  it('count for the plan as long as one that came late is looked for', async () => {
    const bob = await uploader(app, 'bob');
    const wanted = { 'a.csv': { ...described(CSV), length: 1_000_000 } };
    await authorize(app, '/datastore/', bob.datastore, { owner: bob.userid, name: 'set' }, wanted);
    const expired = async (ago: string) => {
      await app.app
        .get(Database)
        .execute('update upload set expires_at = now() - $2::interval where owner = $1', [bob.userid, ago]);
      const none = { limitMb: 0, isPrivate: false };
      return (await app.app.get(StorageQuota).excess(bob.userid, [], none))?.used;
    };
    expect(await expired('1 hour')).toBe(1_000_000);
    expect(await expired('25 hours')).toBeUndefined();
  });

  it('with another content than was authorised are refused, or never shown', async () => {
    const upload = await address('b.csv', CSV);
    const other = CSV.replace('100', '999');
    expect((await put(upload, other)).status).toBeGreaterThanOrEqual(400);
    const key = `${ann.userid}/set/b.csv`;
    expect(await app.app.get(ObjectStore).head(key)).toBeNull();
    // And where the service does not look: the object is there, and not what was authorised.
    await app.app.get(ObjectStore).put(key, Buffer.from(other));
    const before = await used();
    expect((await app.request(`/objects/${key}`, { token: ann.token })).status).toBe(403);
    expect(await used()).toBe(before);
  });

  it('are not given out, or counted for less, when another content comes to their address', async () => {
    // A form takes any content of the length, again and again.
    const content = `${CSV}form`;
    const other = content.replace('100', '999');
    const upload = await form(content);
    const key = upload.upload_query['key']!;
    expect((await post(upload, content)).status).toBeLessThanOrEqual(204);
    expect((await app.request(`/objects/${key}`)).status).toBe(307);
    expect((await post(upload, other)).status).toBeLessThanOrEqual(204);
    expect((await app.request(`/objects/${key}`)).status).toBe(403);
    expect(await app.app.get(ObjectStore).head(key)).toBeNull();
    // The former address of a file that was replaced by a shorter one.
    const large = await address('d.csv', 'a large content');
    expect((await put(large, 'a large content')).status).toBe(200);
    await used();
    expect((await put(await address('d.csv', 's'), 's')).status).toBe(200);
    await used();
    expect((await put(large, 'a large content')).status).toBe(200); // an address cannot be taken back
    await address('d.csv', 's');
    expect(await app.app.get(ObjectStore).head(`${ann.userid}/set/d.csv`)).toBeNull();
  });

  it('stay what they are when the bucket was brought back from a copy', async () => {
    const upload = await form('copied');
    const key = upload.upload_query['key']!;
    await post(upload, 'copied');
    expect((await app.request(`/objects/${key}`)).status).toBe(307);
    const database = app.app.get(Database);
    await database.execute(`update datastore_file set etag = 'former-2' where key = $1`, [key]);
    await database.execute('delete from upload where key = $1', [key]);
    expect((await app.request(`/objects/${key}`)).status).toBe(307);
    expect(await database.query('select etag from datastore_file where key = $1', [key])).toEqual([
      { etag: (await app.app.get(ObjectStore).head(key))!.etag },
    ]);
  });

  it('are gone when they are deleted, and stay so', async () => {
    const upload = await address('c.csv', CSV);
    await put(upload, CSV);
    const key = `${ann.userid}/set/c.csv`;
    const remove = await app.request(`/datastore/files?key=${key}`, { method: 'DELETE', token: ann.token });
    expect(remove.status).toBe(204);
    expect(await app.app.get(ObjectStore).head(key)).toBeNull();
    expect((await put(upload, CSV)).status).toBe(200); // the address cannot be taken back
    expect((await app.request(`/objects/${key}`, { token: ann.token })).status).toBe(403);
    await app.app.get(Database).execute(`update upload set expires_at = now() - interval '2 days'`);
    while ((await app.app.get(UploadSweep).sweepSome()) > 0);
    expect(await app.app.get(ObjectStore).head(key)).toBeNull();
    expect(await app.app.get(ObjectStore).head(`${ann.userid}/set/a.csv`)).not.toBeNull();
    const files = app.app.get(DatasetFiles);
    await app.app.get(Database).transaction(() => files.forget(ann.userid, 'set'));
    expect(await app.app.get(ObjectStore).head(`${ann.userid}/set/a.csv`)).not.toBeNull();
    await files.removeObjects(ann.userid, 'set');
    expect(await app.app.get(ObjectStore).head(`${ann.userid}/set/a.csv`)).toBeNull();
  });
});
