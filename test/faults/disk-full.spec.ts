import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp, type TestApp } from '../support/app.js';
import {
  authorize,
  authorized,
  type AuthorizedPut,
  described,
  put,
  type Uploader,
  uploader,
} from '../support/uploads.js';

const MB = 1024 ** 2;
const mayMount = process.platform === 'linux' && process.getuid?.() === 0;
if (!mayMount && process.env['REQUIRE_SERVICES'] === '1')
  throw new Error('Only root can mount a small disk.');

/** A disk of 8 MB below the objects: what comes is larger, or finds it taken by others. */
(mayMount ? describe : describe.skip)('a disk that is full', () => {
  let app: TestApp;
  let ann: Uploader;
  let home: string;
  let disk: string;
  const incoming = () => readdirSync(join(disk, 'incoming'));

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'signalbox-full-'));
    disk = join(home, 'storage');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]);
    app = await startApp({ SIGNALBOX_DATA_DIR: home, JOBS_IN_API: 'false' });
    ann = await uploader(app, 'ann');
  });
  afterAll(async () => {
    await app?.close();
    if (existsSync(disk)) execFileSync('umount', [disk]);
    rmSync(home, { recursive: true, force: true });
  });

  async function upload(path: string, content: Buffer): Promise<Response> {
    const wanted = { [path]: described(content) };
    const metadata = { owner: ann.userid, name: 'set' };
    const answer = await authorize(app, '/datastore/', ann.datastore, metadata, wanted);
    return put(await authorized<AuthorizedPut>(answer, path), content);
  }

  async function used(): Promise<number> {
    const answer = await app.request(`/storage/owner/${ann.userid}`, { token: ann.token });
    return ((await answer.json()) as { totalBytes: number }).totalBytes;
  }

  it('answers 507, keeps nothing of it, and takes what fits', async () => {
    const answer = await upload('large.bin', Buffer.alloc(16 * MB, 'x'));
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([507, 'STORAGE_FULL']);
    expect(incoming()).toEqual([]);
    expect(await used()).toBe(0);
    expect((await upload('small.bin', Buffer.alloc(MB, 'x'))).status).toBe(200);
  });

  it('takes uploads again once there is room', async () => {
    const others = join(disk, 'others');
    writeFileSync(others, Buffer.alloc(6.5 * MB));
    expect((await upload('more.bin', Buffer.alloc(MB, 'y'))).status).toBe(507);
    expect(await used()).toBe(MB);
    unlinkSync(others);
    expect((await upload('more.bin', Buffer.alloc(MB, 'y'))).status).toBe(200);
    expect(await used()).toBe(2 * MB);
    expect(incoming()).toEqual([]);
  });
});
