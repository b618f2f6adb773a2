import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Environment } from '../platform/config/environment.js';
import { S3Server } from '../../test/support/s3.js';
import { freePort } from '../../test/support/binaries.js';
import { describeWith } from '../../test/support/services.js';
import { objectStoreContract } from './object-store.contract.js';
import { S3Bucket } from './s3-bucket.js';
import { S3Config } from './s3.config.js';
import { S3ObjectStore } from './s3.object-store.js';
import { ObjectTooLargeError, StorageUnavailableError } from './storage.errors.js';

const MB = 1024 ** 2;

describeWith('s3')('S3ObjectStore', () => {
  let server: S3Server;

  beforeAll(async () => {
    server = await S3Server.start();
  });
  afterAll(() => server?.stop());

  async function open(changes: Record<string, string> = {}) {
    const config = new S3Config(new Environment({ ...(await server.createBucket()), ...changes }));
    const bucket = new S3Bucket(config);
    return { bucket, store: new S3ObjectStore(bucket), close: async () => bucket.close() };
  }

  /** The uploads in parts that were begun and neither ended nor given up. */
  async function unfinished({ client, name }: S3Bucket): Promise<number> {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: name }));
    return Uploads.length;
  }

  objectStoreContract('S3ObjectStore', async () => {
    const { bucket, store } = await open();
    return {
      store,
      async close() {
        expect(await unfinished(bucket)).toBe(0);
        bucket.close();
      },
    };
  });

  it('shows nothing of a long object before it is whole, and keeps nothing of one that fails', async () => {
    const { bucket, store, close } = await open();
    await store.put('k', Buffer.from('before'));
    const seen: unknown[] = [];
    const source = Readable.from(
      (async function* () {
        for (let n = 0; n < 20; n++) yield Buffer.alloc(MB, n);
        seen.push(await unfinished(bucket), await text(await store.get('k')));
        for (let n = 0; n < 10; n++) yield Buffer.alloc(MB, n);
      })(),
    );
    await expect(store.put('k', source, { maxBytes: 25 * MB })).rejects.toThrow(ObjectTooLargeError);
    expect(seen).toEqual([1, 'before']);
    expect(await unfinished(bucket)).toBe(0);
    expect(await text(await store.get('k'))).toBe('before');
    await close();
  });

  it.each([8 * MB - 1, 8 * MB, 8 * MB + 1, 16 * MB])('stores %p bytes as they are', async (size) => {
    const { store, close } = await open();
    const content = Buffer.alloc(size, 'signalbox ');
    await store.put('k', Readable.from([content.subarray(0, 1000), content.subarray(1000)]));
    expect((await store.head('k'))!.size).toBe(size);
    const back: Buffer[] = [];
    for await (const chunk of await store.get('k')) back.push(chunk as Buffer);
    expect(Buffer.concat(back).equals(content)).toBe(true);
    await close();
  });

  it.each([
    ['a key that is not right', { S3_SECRET_ACCESS_KEY: 'another-secret-key-than-the-right-one' }],
    ['a bucket that is not there', { S3_BUCKET: 'never-made' }],
  ])('says that the store does not answer as it should: %s', async (_, changes) => {
    const { store, close } = await open(changes);
    await expect(store.probe()).rejects.toThrow(StorageUnavailableError);
    await expect(store.put('k', Buffer.from('x'))).rejects.toThrow(StorageUnavailableError);
    await expect(store.put('k', Readable.from([Buffer.alloc(9 * MB)]))).rejects.toThrow(
      StorageUnavailableError,
    );
    await expect(store.get('k')).rejects.toThrow(StorageUnavailableError);
    await expect(store.list('', { limit: 1 })).rejects.toThrow(StorageUnavailableError);
    await close();
  });

  it('says so where nobody listens', async () => {
    const { store, close } = await open({ S3_ENDPOINT: `http://127.0.0.1:${await freePort()}` });
    await expect(store.head('k')).rejects.toMatchObject({ kind: 'unavailable', code: 'STORAGE_UNAVAILABLE' });
    await close();
  });
});
