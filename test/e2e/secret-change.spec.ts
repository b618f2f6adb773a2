import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app.module.js';
import { AuditSealing } from '../../src/audit/audit-sealing.js';
import { AuditVerification } from '../../src/audit/audit-verification.js';
import { systemActor, UsersService } from '../../src/identity/index.js';
import { ConfigError } from '../../src/platform/config/config-section.js';
import { Environment } from '../../src/platform/config/environment.js';
import { Database } from '../../src/platform/database/database.js';
import { createHttpApplication } from '../../src/platform/http/http-application.js';
import { startApp, type TestApp } from '../support/app.js';
import { AuditTampering } from '../support/audit.js';

const OLD = 'the old secret of thirty-two characters or more';
const NEW = 'the new secret of thirty-two characters or more';
const THIRD = 'a third secret of thirty-two characters or more';

jest.setTimeout(180_000); // many starts

describe('changing SIGNALBOX_SECRET', () => {
  let dataDir: string;
  let app: TestApp | undefined;
  let token: string;

  beforeAll(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'signalbox-secret-'));
  });
  afterAll(async () => {
    await app?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const environmentOf = (secret: string, previous?: string) => ({
    SIGNALBOX_DATA_DIR: dataDir,
    AUDIT_SEAL_SECONDS: '86400',
    SIGNALBOX_SECRET: secret,
    ...(previous !== undefined && { SIGNALBOX_SECRET_PREVIOUS: previous }),
  });
  async function start(secret: string, previous?: string): Promise<void> {
    await app?.close();
    app = undefined;
    app = await startApp(environmentOf(secret, previous));
  }
  /** What a start says that is refused. */
  async function refusal(secret: string, previous?: string): Promise<unknown> {
    await app?.close();
    app = undefined;
    const environment = new Environment({
      ...environmentOf(secret, previous),
      LOG_LEVEL: 'silent',
      PORT: '0',
    });
    const refused = await createHttpApplication(AppModule.for(environment), environment);
    try {
      await refused.init();
      return undefined;
    } catch (error) {
      return error;
    } finally {
      await refused.close();
    }
  }
  const status = async () => (await app!.request('/api/v1.0/users', { token })).status;
  const keysOf = async (column: string, table: string) => {
    const rows = await app!.app
      .get(Database)
      .query<{ key: string }>(
        `select distinct split_part(${column}, '.', 1) as key from ${table} order by 1`,
      );
    return rows.map(({ key }) => key);
  };
  const lastSeal = async () =>
    (
      await app!.app
        .get(Database)
        .query<{ id: number; key_id: string }>('select id, key_id from audit_seal order by id desc limit 1')
    )[0]!;

  it('takes the former one, encrypts the stored keys anew, and needs the former one no more', async () => {
    await start(OLD);
    token = await app!.adminToken();
    const [oldKey] = await keysOf('encrypted_private_key', 'signing_key');
    await new AuditTampering(app!).seal();
    const sealedBefore = await lastSeal();
    expect(sealedBefore.key_id).toBe(oldKey);

    expect(await refusal(NEW)).toBeInstanceOf(ConfigError); // not without the former one
    expect(await refusal(NEW, THIRD)).toBeInstanceOf(ConfigError); // nor with a wrong one
    await start(NEW, OLD);
    expect(await status()).toBe(200); // tokens stay good
    const [newKey, ...others] = await keysOf('encrypted_private_key', 'signing_key');
    expect([newKey === oldKey, others]).toEqual([false, []]);

    await start(NEW);
    expect(await status()).toBe(200);
    const issued = await app!.app.get(UsersService).issueToken(systemActor(), 'admin', 600);
    expect((await app!.request('/api/v1.0/users', { token: issued })).status).toBe(200);
    expect(await refusal(OLD)).toBeInstanceOf(ConfigError);
  });

  it('has the audit log vouched for by a seal of the new one', async () => {
    await start(NEW);
    const log = new AuditTampering(app!);
    const last = await lastSeal();
    expect(last.key_id).toBe((await keysOf('encrypted_private_key', 'signing_key'))[0]);
    expect((await log.verify()).fault).toBeNull();
    const changes = await log.database.query<{ actor: string; subject: string }>(
      `select actor, subject from audit_entry where action = 'secret.change'`,
    );
    expect(changes).toEqual([{ actor: 'system', subject: `secret:${last.key_id}` }]);
    // What the former secret has sealed cannot be changed either, although that secret is not known any more.
    await log.keeping(async () => {
      await log.tamper(
        `update audit_entry set actor = 'somebody' where id = (select first_id from audit_seal where id = 1)`,
      );
      expect((await log.verify()).fault).toMatchObject({ seal: 1, problem: 'entry-changed' });
    });
  });

  it('says so where nothing vouches for the seals of a former one', async () => {
    await start(NEW);
    const log = new AuditTampering(app!);
    const [key] = await keysOf('encrypted_private_key', 'signing_key');
    await log.keeping(async () => {
      await log.tamper(`delete from audit_seal where key_id = '${key}'`);
      const { fault, seals } = await log.verify();
      expect(seals).toBeGreaterThan(0);
      expect(fault).toMatchObject({ seal: 1, problem: 'not-vouched-for' });
      expect(await log.seal()).toBeGreaterThan(0);
      expect((await log.verify()).fault).toBeNull();
    });
  });

  it('can be prepared: a process that knows the next one too reads what others write with it', async () => {
    await start(NEW, THIRD);
    expect(await status()).toBe(200);
    await start(THIRD, NEW);
    expect(await status()).toBe(200);
    await start(NEW, THIRD); // a process that was not told yet
    expect(await status()).toBe(200);
    await start(THIRD, NEW);
    await start(THIRD);
    expect(await status()).toBe(200);
    expect((await new AuditTampering(app!).verify()).fault).toBeNull();
  });

  it('is not done by a command: the server may run on with the former one', async () => {
    await start(THIRD);
    const environment = new Environment({
      SIGNALBOX_DATA_DIR: dataDir,
      SIGNALBOX_SECRET: OLD,
      SIGNALBOX_SECRET_PREVIOUS: THIRD,
    });
    const cli = await NestFactory.createApplicationContext(AppModule.for(environment, 'cli'), {
      logger: false,
    });
    try {
      const issued = await cli.get(UsersService).issueToken(systemActor(), 'admin', 600);
      expect((await app!.request('/api/v1.0/users', { token: issued })).status).toBe(200);
      expect((await cli.get(AuditVerification, { strict: false }).verify(systemActor())).fault).toBeNull();
    } finally {
      await cli.close();
    }
    await start(THIRD);
    expect(await status()).toBe(200);
    expect(await app!.app.get(AuditSealing).run()).toBe(0);
  });
});
