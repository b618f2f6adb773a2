import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { AuditTampering } from '../support/audit.js';
import { type Cli, cliWith, expectRefusal } from '../support/cli.js';

jest.setTimeout(180_000); // every command is a process of its own

describe('signalbox audit', () => {
  let app: TestApp;
  let log: AuditTampering;
  let cli: Cli;

  beforeAll(async () => {
    app = await startApp({ AUDIT_SEAL_SECONDS: '86400' });
    log = new AuditTampering(app);
    cli = cliWith({ SIGNALBOX_DATA_DIR: app.dataDir });
  });
  afterAll(() => app?.close());

  it('seals, verifies, and says what it has seen', async () => {
    expect(await cli('audit', 'verify')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^OK: 0 entries under 0 seals are as they were sealed; 2 are not sealed yet, the oldest of 20\S+Z\.\n$/,
      ),
    });
    const sealed = await cli('audit', 'seal');
    const [, hash] = /^seal 1: ([0-9a-f]{64})\n$/.exec(sealed.stdout)!;
    await log.fill(1_500);
    expect((await cli('audit', 'seal')).stdout).toMatch(/^seal 3: /);
    const verified = await cli('audit', 'verify', '--expect', hash!);
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(verified.stdout).toMatch(
      /^OK: 1502 entries under 3 seals are as they were sealed; 0 are not sealed yet\.\nThe last seal is 3: [0-9a-f]{64}\n$/,
    );
    expect(JSON.parse((await cli('audit', 'verify', '--json', '--from', '3')).stdout)).toEqual({
      ok: true,
      ...{ seals: 1, entries: 500, unsealed: 0, unsealedSince: null, fault: null },
      lastSeal: { id: 3, hash: expect.any(String) },
    });
  });

  it('ends with 1 and the first fault where there is one', async () => {
    const wrong = 'ab'.repeat(32);
    expectRefusal(
      await cli('audit', 'verify', '--expect', wrong),
      1,
      /^No seal has the hash abab\w+: seals were removed/,
    );
    expectRefusal(
      await cli('audit', 'verify', '--from', '4'),
      1,
      /^There is no seal 4 of the audit log; the last one is 3\.$/m,
    );
    await log.tamper(
      `update audit_entry set actor = 'somebody' where id = (select last_id from audit_seal where id = 2)`,
    );
    expectRefusal(
      await cli('audit', 'verify'),
      1,
      /^Seal 2 is broken: an entry was changed\. It covers the entries 3 to 1002\.$/m,
    );
    const json = await cli('audit', 'verify', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      seals: 1,
      fault: { seal: 2, problem: 'entry-changed' },
    });
  });

  it('ends with 2 where it was called the wrong way', async () => {
    const calls = [
      ['audit'],
      ['audit', 'verify', '--from', '0'],
      ['audit', 'verify', '--expect', 'x'],
      ['audit', 'verify', 'x'],
    ];
    for (const result of await Promise.all(calls.map((words) => cli(...words))))
      expect(result).toMatchObject({ code: 2, stdout: '' });
  });

  it('has nothing to say without a log', async () => {
    const SIGNALBOX_DATA_DIR = mkdtempSync(join(tmpdir(), 'signalbox-empty-'));
    const empty = cliWith({ SIGNALBOX_DATA_DIR });
    expect(await empty('audit', 'seal')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'There is nothing to seal yet.\n',
    });
    expect(await empty('audit', 'verify')).toMatchObject({
      code: 0,
      stdout: 'OK: 0 entries under 0 seals are as they were sealed; 0 are not sealed yet.\n',
    });
    rmSync(SIGNALBOX_DATA_DIR, { recursive: true, force: true });
  });
});
