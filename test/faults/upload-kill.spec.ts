import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { ADMIN_PASSWORD, send } from '../support/app.js';
import { freePort } from '../support/binaries.js';
import { CompiledServer } from '../support/compiled-server.js';
import { seededRandom } from '../support/orders-file.js';
import {
  authorize,
  authorized,
  type AuthorizedPut,
  described,
  md5Base64,
  put,
  queryOf,
} from '../support/uploads.js';

const KILLS = process.env['FAULTS'] === 'full' ? 20 : 3;
const CONTENT = Buffer.alloc(40 * 1024 ** 2, 'year,amount\n2026,100\n');
const BEFORE = Buffer.from('what was there before');
/** The file has its place by then, and nobody knows. */
const BEFORE_RECORD = ['--import', join(import.meta.dirname, 'kill-at-statement.ts')];
const TWO_HOURS_LATER = [
  '--import',
  'data:text/javascript,const now = Date.now; Date.now = () => now() + 7_200_000;',
];

/** A server that is killed in the middle of an upload, again and again. */
describe('kill -9 during an upload', () => {
  let dataDir: string;
  let env: Record<string, string>;
  let server: CompiledServer;
  let token: string;
  const incoming = () => readdirSync(join(dataDir, 'storage/incoming'));
  const app = {
    request: (path: string, options = {}) => send(server.url + path, options),
  };

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'signalbox-upload-'));
    env = {
      ...{ SIGNALBOX_DATA_DIR: dataDir, SIGNALBOX_ADMIN_PASSWORD: ADMIN_PASSWORD, LOG_LEVEL: 'error' },
      PORT: String(await freePort()),
    };
    server = await CompiledServer.start(env);
    const basic: [string, string] = ['admin', ADMIN_PASSWORD];
    const answer = await app.request('/api/v1.0/tokens?expiration=86400', { method: 'POST', basic });
    token = ((await answer.json()) as { token: string }).token;
  });
  afterEach(async () => {
    await server?.stop('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });

  const restart = async (...nodeArgs: string[]) => {
    await server.stop('SIGKILL');
    server = await CompiledServer.start(env, nodeArgs);
  };

  async function address(content: Buffer): Promise<AuthorizedPut> {
    const metadata = { owner: decodeJwt(token).sub, name: 'set' };
    const wanted = { 'data.csv': described(content) };
    return authorized(await authorize(app, '/datastore/', token, metadata, wanted));
  }

  async function read(): Promise<Buffer> {
    const answer = await app.request(`/objects/${decodeJwt(token).sub}/set/data.csv`, { token });
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    return Buffer.from(await answer.arrayBuffer());
  }

  async function listed(): Promise<object[]> {
    const answer = await app.request('/datastore/files', { token });
    return ((await answer.json()) as { files: object[] }).files;
  }

  /** Uploads slowly and kills the server when a part of it is on the disk. */
  async function killAfter(bytes: number): Promise<void> {
    const target = await address(CONTENT);
    const left = new Set(incoming());
    const outgoing = request(`${target.upload_url}?${queryOf(target)}`, {
      ...{ method: 'PUT', agent: false },
      headers: { 'content-length': CONTENT.length, 'content-md5': target.md5 },
    });
    const failed = new Promise((resolve) => outgoing.on('error', resolve));
    outgoing.write(CONTENT.subarray(0, bytes + 2 * 1024 ** 2));
    const isThere = () =>
      incoming().some((name) => !left.has(name) && sizeOf(join(dataDir, 'storage/incoming', name)) >= bytes);
    for (let tries = 0; !isThere(); tries++) {
      if (tries > 500) throw new Error('The upload did not come to the disk.');
      await sleep(10);
    }
    await server.stop('SIGKILL');
    await failed;
  }

  it('shows nothing of it, keeps what was there, finds what was whole, and what is left goes later', async () => {
    const random = seededRandom(KILLS);
    expect((await put(await address(BEFORE), BEFORE)).status).toBe(200);
    for (let kill = 1; kill <= KILLS; kill++) {
      await killAfter(Math.floor(random() * 30 * 1024 ** 2));
      env['KILL_AT_TEXT'] = 'insert into datastore_file'; // heeded where the hook is loaded
      await restart(...(kill === KILLS ? BEFORE_RECORD : []));
      expect((await read()).equals(BEFORE)).toBe(true);
      expect(await listed()).toMatchObject([{ bytes: BEFORE.length, md5: md5Hex(BEFORE) }]);
    }
    expect(incoming()).toHaveLength(KILLS);

    await expect(put(await address(CONTENT), CONTENT)).rejects.toThrow(); // all of it is there, and nobody knows
    expect(server.printed).toContain('killed before');
    await restart();
    expect(incoming()).toHaveLength(KILLS); // what another process may still write to is left alone for an hour
    expect((await read()).equals(CONTENT)).toBe(true);
    expect(await listed()).toMatchObject([{ bytes: CONTENT.length, md5: md5Hex(CONTENT) }]);

    expect((await put(await address(BEFORE), BEFORE)).status).toBe(200);
    await restart(...TWO_HOURS_LATER);
    expect(incoming()).toEqual([]);
    expect((await read()).equals(BEFORE)).toBe(true); // what was answered is there
  });
});

const md5Hex = (content: Buffer) => Buffer.from(md5Base64(content), 'base64').toString('hex');

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
