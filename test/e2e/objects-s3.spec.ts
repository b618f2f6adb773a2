import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { validateConfiguration } from '../../src/platform/config/config-section.js';
import { Environment } from '../../src/platform/config/environment.js';
import { LocalSignedUrls, ObjectStore, SignedUrls } from '../../src/storage/index.js';
import { md5Of, putUrl, send } from '../support/signed-requests.js';
import { startApp, type TestApp } from '../support/app.js';
import { S3Server } from '../support/s3.js';
import { describeWith } from '../support/services.js';

const CONTENT = '0123456789';

describeWith('s3')('objects in a bucket', () => {
  let server: S3Server;
  let app: TestApp;

  beforeAll(async () => {
    server = await S3Server.start();
    app = await startApp(await server.createBucket());
  });
  afterAll(async () => {
    await app?.close();
    await server?.stop();
  });

  it('are sent to the service and fetched from it, and pass through here only where they must', async () => {
    const urls = app.app.get(SignedUrls);
    const signed = await urls.signPut('a/k.csv', {
      ...{ length: CONTENT.length, md5Base64: md5Of(CONTENT), expiresIn: 60 },
    });
    expect(signed.url.startsWith(server.endpoint)).toBe(true);
    const headers = { 'content-length': '10', 'content-md5': md5Of(CONTENT) };
    expect((await send('PUT', putUrl(signed), headers, CONTENT)).status).toBe(200);
    expect(await app.app.get(ObjectStore).head('a/k.csv')).toMatchObject({ size: 10 });
    expect(existsSync(join(app.dataDir, 'storage'))).toBe(false);
  });

  it('are redirected to by who may say so, with a signature', async () => {
    await app.app.get(ObjectStore).put('b/k.csv', Buffer.from(CONTENT));
    const url = await app.app.get(LocalSignedUrls).signGet('b/k.csv', { expiresIn: 60, download: 'k.csv' });
    const redirect = await fetch(url, { redirect: 'manual' });
    expect([redirect.status, redirect.headers.get('cache-control')]).toEqual([307, 'no-store']);
    const answer = await fetch(redirect.headers.get('location')!);
    expect([answer.status, await answer.text()]).toEqual([200, CONTENT]);
    expect(answer.headers.get('content-disposition')).toContain('k.csv');
    for (const unsigned of [url.split('?')[0]!, `${server.endpoint}/bucket-1/b/k.csv`])
      expect((await fetch(unsigned, { redirect: 'manual' })).status).toBe(403);
  });

  it('are a part of being ready', async () => {
    const ready = (await (await app.request('/health/ready')).json()) as { details: object };
    expect(ready.details).toMatchObject({ 'object store': { status: 'up' } });
    const elsewhere = await startApp({ ...(await server.createBucket()), S3_BUCKET: 'never-made' });
    try {
      expect((await elsewhere.request('/health/ready')).status).toBe(503);
    } finally {
      await elsewhere.close();
    }
  });
});

describe('the configuration of a bucket', () => {
  const bucket = { S3_BUCKET: 'data', S3_ENDPOINT: 'http://127.0.0.1:9000' };
  const keys = { S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'the secret' };
  const validate = (variables: Record<string, string>) => validateConfiguration(new Environment(variables));

  it.each([{}, { S3_BUCKET: 'data' }, bucket, { ...bucket, ...keys, S3_FORCE_PATH_STYLE: 'false' }])(
    'may be %j',
    (variables) => expect(() => validate(variables as Record<string, string>)).not.toThrow(),
  );

  it.each([
    [{ S3_ENDPOINT: bucket.S3_ENDPOINT }, 'S3_BUCKET is required'],
    [keys, 'S3_BUCKET is required'],
    [{ S3_FORCE_PATH_STYLE: 'true' }, 'S3_BUCKET is required'],
    [{ ...bucket, S3_ACCESS_KEY_ID: 'id' }, 'S3_SECRET_ACCESS_KEY is required'],
    [{ ...bucket, S3_SECRET_ACCESS_KEY: 'the secret' }, 'S3_ACCESS_KEY_ID is required'],
    [{ ...bucket, S3_ENDPOINT: 'not an address' }, 'S3_ENDPOINT: "not an address" must be a URL'],
  ])('is refused by one line where it is not whole: %j', (variables, line) => {
    let message = '';
    try {
      validate(variables);
    } catch (error) {
      ({ message } = error as Error);
    }
    expect(message.startsWith(line)).toBe(true);
    expect(message).not.toMatch(/\n|the secret/);
  });
});
