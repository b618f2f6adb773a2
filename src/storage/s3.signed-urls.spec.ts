import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Environment } from '../platform/config/environment.js';
import { S3Server } from '../../test/support/s3.js';
import { describeWith } from '../../test/support/services.js';
import { S3Bucket } from './s3-bucket.js';
import { S3Config } from './s3.config.js';
import { S3ObjectStore } from './s3.object-store.js';
import { S3SignedUrls } from './s3.signed-urls.js';
import { signedUrlsContract } from './signed-urls.contract.js';
import { InvalidObjectKeyError } from './storage.errors.js';

describeWith('s3')('S3SignedUrls', () => {
  let server: S3Server;
  let bucket: S3Bucket;

  beforeAll(async () => {
    server = await S3Server.start();
    bucket = new S3Bucket(new S3Config(new Environment(await server.createBucket())));
  });
  afterAll(async () => {
    bucket?.close();
    await server?.stop();
  });

  signedUrlsContract('S3SignedUrls', async () => ({
    urls: new S3SignedUrls(bucket),
    store: new S3ObjectStore(bucket),
    formsProveMd5: false,
  }));

  it.each([
    ['a/page.html', 'application/octet-stream', /^attachment; filename="page.html"/],
    ['a/data.csv', 'text/csv', undefined],
  ])('have %s told as %s, whatever its sender said', async (key, type, disposition) => {
    await new S3ObjectStore(bucket).put(key, Buffer.from('<script>'), { contentType: 'text/html' });
    const { headers } = await fetch(await new S3SignedUrls(bucket).signGet(key, { expiresIn: 60 }));
    expect(headers.get('content-type')).toBe(type);
    if (disposition) expect(headers.get('content-disposition')).toMatch(disposition);
    else expect(headers.get('content-disposition')).toBeNull();
  });
});

describe('S3SignedUrls of Amazon', () => {
  const bucketOf = (env: Record<string, string>) => new S3Bucket(new S3Config(new Environment(env)));
  const keys = { S3_ACCESS_KEY_ID: 'key', S3_SECRET_ACCESS_KEY: 'secret' };

  it('have the bucket in the host, and know both forms', async () => {
    const urls = new S3SignedUrls(bucketOf({ S3_BUCKET: 'data', S3_REGION: 'eu-west-1', ...keys }));
    expect(urls.objectUrl('a b/ü')).toBe('https://data.s3.eu-west-1.amazonaws.com/a%20b/%C3%BC');
    expect(urls.places()).toEqual(['s3.eu-west-1.amazonaws.com/data', 'data.s3.eu-west-1.amazonaws.com']);
    const { url, query } = await urls.signPut('a b/ü', {
      length: 1,
      md5Base64: 'XUFAKrxLKna5cZ2REBfFkg==',
      expiresIn: 259_200,
    });
    expect(url).toBe(urls.objectUrl('a b/ü'));
    expect(query).toMatchObject({
      'X-Amz-Expires': '259200',
      'X-Amz-SignedHeaders': 'content-length;content-md5;host',
    });
    expect(JSON.stringify(query)).not.toContain('checksum');
  });

  it('have no form for a name that the service would replace', async () => {
    const urls = new S3SignedUrls(bucketOf({ S3_BUCKET: 'data', ...keys }));
    const terms = { length: 1, md5Base64: 'XUFAKrxLKna5cZ2REBfFkg==', contentType: 'text/csv', expiresIn: 1 };
    await expect(urls.signPost('a/${filename}/b', { ...terms, visibility: 'private' })).rejects.toThrow(
      InvalidObjectKeyError,
    );
  });
});
