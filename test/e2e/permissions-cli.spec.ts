import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApp, type TestApp } from '../support/app.js';
import { type Cli, cliWith, expectRefusal, valueOf } from '../support/cli.js';

/** A change that the CLI makes holds in a running server after a second; the rest is for a slow machine. */
const SOON_MS = 5_000;

jest.setTimeout(180_000); // every command is a process of its own

describe('the commands about permissions and keys, beside a server', () => {
  let app: TestApp;
  let cli: Cli;
  let token: string;

  beforeAll(async () => {
    app = await startApp();
    cli = cliWith({ SIGNALBOX_DATA_DIR: app.dataDir });
    await cli('createuser', 'ann');
    token = (await cli('token', 'ann', '--expiration', '3600')).stdout.trim();
  });
  afterAll(() => app?.close());

  /** What `ask` resolves with once `right` says yes, or at last. */
  async function soon<T>(ask: () => Promise<T>, right: (answer: T) => boolean): Promise<T> {
    const until = Date.now() + SOON_MS;
    for (;;) {
      const answer = await ask();
      if (right(answer) || Date.now() > until) return answer;
      await sleep(100);
    }
  }

  const uploads = async () => {
    const answer = await app.request('/user/authorize?service=os.datastore', { token });
    return ((await answer.json()) as { permissions: Record<string, unknown> }).permissions;
  };

  it('let a service let somebody do something, and take it back', async () => {
    const permission = ['--permission', 'datapackage-upload=false', 'level=high', 'deep={"a":[1]}'];
    expect(await cli('grant', 'ann', '--service', 'os.datastore', ...permission)).toMatchObject({
      code: 0,
      stdout: 'granted datapackage-upload, level, deep for os.datastore to ann\n',
    });
    expect(await uploads()).toEqual({ 'datapackage-upload': false, level: 'high', deep: { a: [1] } });
    await cli('grant', 'ann', '--service', 'os.datastore', '--permission', 'level=3'); // adds to the others
    const shown = await cli('permissions', 'ann');
    expect(shown.stdout).toMatch(/^signalbox {2,}orders\.read +everyone/m);
    expect(shown.stdout).not.toMatch(/^signalbox +users\.manage/m);
    expect((await cli('permissions', 'ann', '--service', 'os.datastore')).stdout.split(/\s+/)).toEqual(
      ['datapackage-upload=false', 'level=3', 'deep={"a":[1]}']
        .sort()
        .flatMap((permission) => ['os.datastore', permission, expect.stringMatching(/^[0-9a-f]{32}$/)])
        .concat(''),
    );
    expectRefusal(await cli('permissions', 'nobody'), 1, /^There is no such user/);
    expect(await uploads()).toEqual({ 'datapackage-upload': false, level: 3, deep: { a: [1] } });
    const some = await cli('revoke', 'ann', '--service', 'os.datastore', '--permission', 'level', 'deep');
    expect(some).toMatchObject({ code: 0, stdout: 'took level, deep for os.datastore away from ann\n' });
    expect(await uploads()).toEqual({ 'datapackage-upload': false });
    expect((await cli('revoke', 'ann', '--service', 'os.datastore')).code).toBe(0);
    expect(await uploads()).toEqual({ 'datapackage-upload': true });
    await cli('grant', '*', '--service', 'os.datastore', '--permission', 'all=true');
    expect(await uploads()).toEqual({ 'datapackage-upload': true, all: true });
    expectRefusal(
      await cli('revoke', 'ann', '--service', 'os.datastore'),
      1,
      /^There are no permissions of this user/,
    );
    expectRefusal(
      await cli('grant', 'nobody', '--service', 'x', '--permission', 'a=1'),
      1,
      /^There is no such user/,
    );
    expectRefusal(
      await cli('grant', 'ann', '--service', 'a b', '--permission', 'a=1'),
      1,
      /^A service is named/,
    );
    expectRefusal(
      await cli('grant', 'ann', '--service', 'x', '--permission', 'a b=1'),
      1,
      /^Send the permissions/,
    );
  });

  it('grant a role and take it back', async () => {
    const others = async () => (await app.request('/api/v1.0/users/1/roles', { token })).status;
    expect(await others()).toBe(403);
    expect((await cli('grant', 'ann', 'admin')).stdout).toBe('granted admin to ann\n');
    expect(await soon(others, (status) => status === 200)).toBe(200);
    expect(await cli('revoke', 'ann', 'admin')).toMatchObject({
      code: 0,
      stdout: 'took admin away from ann\n',
    });
    expect(await soon(others, (status) => status === 403)).toBe(403);
    expectRefusal(await cli('revoke', 'ann', 'admin'), 1, /^The user does not hold the role admin/);
    expectRefusal(await cli('revoke', 'nobody', 'admin'), 1, /^There is no such user/);
  });

  it('say how they are used', async () => {
    for (const [words, message] of [
      [['grant', 'ann'], 'name either a role, or a service'],
      [
        ['grant', 'ann', 'admin', '--service', 'x', '--permission', 'a=1'],
        'name either a role, or a service',
      ],
      [['grant', 'ann', '--service', 'x'], 'go together'],
      [['grant', 'ann', 'admin', '--permission', 'a=1'], 'go together'],
      [['grant', 'ann', '--service', 'x', '--permission', 'a'], 'written name=value'],
      [['revoke', 'ann'], 'name either a role, or a service'],
      [['revoke', 'ann', 'admin', '--permission', 'a'], 'goes with --service'],
    ] as const) {
      const result = await cli(...words);
      expect(result).toMatchObject({ code: 2, stdout: '' });
      expect(result.stderr).toContain(message);
      expect(result.stderr).toContain('Usage: signalbox');
    }
  });

  it('rotate the keys, in an hour or now', async () => {
    const kids = async () => {
      const answer = await app.request('/.well-known/jwks.json');
      return ((await answer.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
    };
    const status = async () => (await app.request('/api/v1.0/users', { token })).status;
    const [former] = await kids();
    const rotated = await cli('rotate-keys');
    const next = valueOf('key', rotated);
    const from = new Date(valueOf('signs from', rotated));
    expect(Math.abs(from.getTime() - Date.now() - 3_600_000)).toBeLessThan(120_000);
    expect(new Date(valueOf('former keys verify until', rotated)).getTime()).toBeGreaterThan(from.getTime());
    expect(await soon(kids, (all) => all.length === 2)).toEqual([next, former]);
    expect(decodeProtectedHeader((await cli('token', 'ann')).stdout.trim()).kid).toBe(former);
    const again = await cli('rotate-keys');
    expect([valueOf('key', again), again.stderr]).toEqual([
      next,
      expect.stringContaining('on its way already'),
    ]);

    expect(await status()).toBe(200);
    const replaced = await cli('rotate-keys', '--now');
    const key = valueOf('key', replaced);
    expect(await soon(status, (code) => code === 401)).toBe(401);
    expect(await soon(kids, (all) => all.length === 1)).toEqual([key]);
    expect(decodeProtectedHeader((await cli('token', 'ann')).stdout.trim()).kid).toBe(key);
  });
});
