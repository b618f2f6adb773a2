import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PublicUrl } from '../../src/platform/http/public-url.js';
import { SecretBox } from '../../src/platform/crypto/secret-box.js';
import { LocalSignedUrls } from '../../src/storage/index.js';
import { md5Of, putUrl, send } from '../../src/storage/signed-urls.contract.js';
import { freePort } from '../support/binaries.js';
import { CompiledServer } from '../support/compiled-server.js';
import { seededRandom } from '../support/orders-file.js';

const KILLS = process.env['FAULTS'] === 'full' ? 20 : 4;
const SECRET = 'a secret of thirty-two characters or more';
const KEY = 'owner/data.csv';
const CONTENT = Buffer.alloc(40 * 1024 ** 2, 'year,amount\n2026,100\n');
const BEFORE = Buffer.from('what was there before');
const TERMS = { length: CONTENT.length, md5Base64: md5Of(CONTENT), expiresIn: 3600 };

/** A server that is killed in the middle of an upload, again and again. */
describe('kill -9 during an upload', () => {
  let dataDir: string;
  let env: Record<string, string>;
  let server: CompiledServer;
  let urls: LocalSignedUrls;
  const incoming = () => readdirSync(join(dataDir, 'storage/incoming'));

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'signalbox-upload-'));
    env = {
      ...{ SIGNALBOX_DATA_DIR: dataDir, SIGNALBOX_SECRET: SECRET, LOG_LEVEL: 'error' },
      PORT: String(await freePort()),
    };
    server = await CompiledServer.start(env);
    urls = new LocalSignedUrls(new SecretBox(SECRET), {
      to: (path: string) => server.url + path,
    } as PublicUrl);
  });
  afterEach(async () => {
    await server?.stop('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });

  const headersOf = (content: Buffer) => ({
    'content-length': String(content.length),
    'content-md5': md5Of(content),
  });
  const read = async () => (await fetch(await urls.signGet(KEY, { expiresIn: 60 }))).arrayBuffer();

  async function put(content: Buffer): Promise<number> {
    const terms = { ...TERMS, length: content.length, md5Base64: md5Of(content) };
    const url = putUrl(await urls.signPut(KEY, terms));
    return (await send('PUT', url, headersOf(content), content)).status;
  }

  /** Uploads slowly and kills the server when a part of it is on the disk. */
  async function killAfter(bytes: number): Promise<void> {
    const outgoing = request(putUrl(await urls.signPut(KEY, TERMS)), {
      ...{ method: 'PUT', agent: false, headers: headersOf(CONTENT) },
    });
    const failed = new Promise((resolve) => outgoing.on('error', resolve));
    outgoing.write(CONTENT.subarray(0, bytes + 2 * 1024 ** 2));
    const isThere = () => incoming().some((name) => sizeOf(join(dataDir, 'storage/incoming', name)) >= bytes);
    for (let tries = 0; !isThere(); tries++) {
      if (tries > 500) throw new Error('The upload did not come to the disk.');
      await sleep(10);
    }
    await server.stop('SIGKILL');
    await failed;
  }

  it('shows nothing of it, keeps what was there, and what is left goes at a later start', async () => {
    const random = seededRandom(KILLS);
    expect(await put(BEFORE)).toBe(200);
    for (let kill = 0; kill < KILLS; kill++) {
      await killAfter(Math.floor(random() * 30 * 1024 ** 2));
      server = await CompiledServer.start(env);
      expect(Buffer.from(await read()).equals(BEFORE)).toBe(true);
    }
    expect(incoming().length).toBeGreaterThan(0);

    // What another process may still write to is left alone for an hour.
    await server.stop();
    const hourAgo = Date.now() / 1000 - 3700;
    for (const name of incoming()) utimesSync(join(dataDir, 'storage/incoming', name), hourAgo, hourAgo);
    server = await CompiledServer.start(env);
    expect(incoming()).toEqual([]);

    expect(await put(CONTENT)).toBe(200);
    expect(Buffer.from(await read()).equals(CONTENT)).toBe(true);
    await server.stop('SIGKILL'); // what was answered is there
    server = await CompiledServer.start(env);
    expect(Buffer.from(await read()).equals(CONTENT)).toBe(true);
  });
});

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
