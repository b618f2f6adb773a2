import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ObjectStore, SignedUrls } from '../../src/storage/index.js';
import { md5Of, putUrl } from '../support/signed-requests.js';
import { startApp, type TestApp } from '../support/app.js';

const CONTENT = 'x'.repeat(20_000);

/** Uploads over slow lines may take longer than other requests, as long as they go on. */
describe('slow uploads to /objects', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({
      ...{ REQUEST_TIMEOUT: '2', HEADERS_TIMEOUT: '1' },
      ...{ UPLOAD_STALL_TIMEOUT: '1', UPLOAD_MIN_RATE: '1000' },
    });
  });
  afterAll(() => app?.close());

  async function target(key: string): Promise<string> {
    const terms = { length: CONTENT.length, md5Base64: md5Of(CONTENT), expiresIn: 600 };
    return putUrl(await app.app.get(SignedUrls).signPut(key, terms)).slice(app.url.length);
  }

  /** Sends so many bytes every 200 ms; resolves with the status of the answer and how long it took. */
  async function drip(path: string, piece: number): Promise<{ status: number; seconds: number }> {
    const began = Date.now();
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    const said: Buffer[] = [];
    let isOpen = true;
    socket.on('data', (chunk) => said.push(chunk)).on('error', () => undefined);
    socket.on('close', () => (isOpen = false));
    const headers = [`Content-Length: ${CONTENT.length}`, `Content-MD5: ${md5Of(CONTENT)}`];
    socket.write([`PUT ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n'));
    for (let at = 0; isOpen && at < CONTENT.length && Date.now() - began < 20_000; at += piece) {
      socket.write(CONTENT.slice(at, at + piece));
      await sleep(200);
    }
    while (isOpen && Date.now() - began < 20_000) await sleep(50);
    socket.destroy();
    const status = Number(Buffer.concat(said).toString().split(' ')[1]);
    return { status, seconds: (Date.now() - began) / 1000 };
  }

  it('are kept while they go on', async () => {
    const { status, seconds } = await drip(await target('a/slow'), 1000);
    expect(status).toBe(200);
    expect(seconds).toBeGreaterThan(3.5);
    expect((await app.app.get(ObjectStore).head('a/slow'))!.size).toBe(CONTENT.length);
  });

  it('are cut off where they drip', async () => {
    const { status, seconds } = await drip(await target('a/drip'), 10);
    expect(status).toBe(408);
    expect(seconds).toBeLessThan(4);
    expect(await app.app.get(ObjectStore).head('a/drip')).toBeNull();
  });

  it('are cut off where they drip after they were refused', async () => {
    const { status, seconds } = await drip('/objects/a/refused', 10);
    expect(status).toBe(403);
    expect(seconds).toBeLessThan(4);
  });

  it('are no way to hold up others', async () => {
    const { status, seconds } = await drip('/datastore/authorize', 1000);
    expect([405, 408]).toContain(status);
    expect(seconds).toBeLessThan(4);
  });
});
