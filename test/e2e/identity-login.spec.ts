import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app.module.js';
import { IdentityBootstrap, systemActor, UsersService } from '../../src/identity/index.js';
import { LoginThrottle } from '../../src/identity/passwords/login-throttle.js';
import { ConfigError } from '../../src/platform/config/config-section.js';
import { Environment } from '../../src/platform/config/environment.js';
import { createHttpApplication } from '../../src/platform/http/http-application.js';
import { startApp, type TestApp } from '../support/app.js';

describe('guessing passwords', () => {
  let app: TestApp;
  const passwords: Record<string, string> = {};

  beforeAll(async () => {
    app = await startApp({ TRUST_PROXY: '127.0.0.1' });
    const users = app.app.get(UsersService);
    const names = [
      'ann',
      'bob',
      'cleo',
      'dan',
      'eve',
      ...Array.from({ length: 12 }, (_, index) => `spray${index}`),
    ];
    for (const name of names) passwords[name] = (await users.createUser(systemActor(), name)).password;
  });
  afterAll(() => app.close());

  async function signIn(
    name: string,
    password: string,
    address: string,
  ): Promise<{ status: number; wait: number }> {
    const headers = { 'x-forwarded-for': address };
    const answer = await app.request('/api/v1.0/users', { basic: [name, password], headers });
    await answer.arrayBuffer();
    return { status: answer.status, wait: Number(answer.headers.get('retry-after')) };
  }

  /** Failures that are counted at once: what follows then comes while the gate is closed. */
  async function fail(names: string[], address: string): Promise<void> {
    for (const name of names) await app.app.get(LoginThrottle).begin(name, address);
  }
  const others = ['spray0', 'spray1', 'spray2', 'spray3', 'spray4'];

  it('from one address at one account: five tries, then growing waits; success starts anew', async () => {
    const statuses = [];
    for (let tries = 0; tries < 6; tries++)
      statuses.push((await signIn('ann', `guess ${tries}`, '10.0.0.1')).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    await sleep(1_050);
    expect((await signIn('ann', 'guess', '10.0.0.1')).status).toBe(401);
    expect(await signIn('ann', passwords['ann']!, '10.0.0.1')).toEqual({ status: 429, wait: 2 });
    await sleep(2_050);
    expect((await signIn('ann', passwords['ann']!, '10.0.0.1')).status).toBe(200);
    for (let tries = 0; tries < 5; tries++)
      expect((await signIn('ann', 'guess', '10.0.0.1')).status).toBe(401);
    expect((await signIn('ann', 'guess', '10.0.0.1')).status).toBe(429);
  });

  it('all at once: no more than five are tried', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => signIn('bob', `guess ${index}`, '10.0.1.1')),
    );
    const tried = answers.filter(({ status }) => status === 401).length;
    expect(tried).toBeGreaterThan(0);
    expect(tried).toBeLessThanOrEqual(5);
    // who finds the line full is sent away without a look at the account
    expect(answers.filter(({ status }) => status === 429 || status === 503)).toHaveLength(40 - tried);
  });

  it('from one address at many accounts: five tries, then waits; others from elsewhere go on', async () => {
    for (let index = 0; index < 4; index++) {
      expect((await signIn(`spray${index}`, 'Summer2026!', '10.0.2.1')).status).toBe(401);
    }
    await fail(['spray4'], '10.0.2.1');
    expect((await signIn('spray5', passwords['spray5']!, '10.0.2.1')).status).toBe(429);
    expect((await signIn('spray5', passwords['spray5']!, '10.0.2.2')).status).toBe(200);
  });

  it('from many addresses at one account: waits, but not for where the user comes from', async () => {
    expect((await signIn('cleo', passwords['cleo']!, '10.0.3.1')).status).toBe(200);
    for (let index = 0; index < 5; index++) await fail(['cleo'], `10.0.4.${index}`);
    expect((await signIn('cleo', passwords['cleo']!, '10.0.4.9')).status).toBe(429);
    expect((await signIn('cleo', 'a typo', '10.0.3.1')).status).toBe(401);
    expect((await signIn('cleo', passwords['cleo']!, '10.0.3.1')).status).toBe(200);
  });

  it('from the network of another user locks nobody out who is known there', async () => {
    expect((await signIn('dan', passwords['dan']!, '10.0.5.1')).status).toBe(200);
    await fail(others, '10.0.5.1');
    expect((await signIn('spray6', passwords['spray6']!, '10.0.5.1')).status).toBe(429);
    expect((await signIn('dan', passwords['dan']!, '10.0.5.1')).status).toBe(200);
    expect((await signIn('dan', 'a typo', '10.0.5.1')).status).toBe(401);
    expect((await signIn('dan', passwords['dan']!, '10.0.5.1')).status).toBe(200);
  });

  it('counts the addresses of one IPv6 network together, and IPv4 in IPv6 as IPv4', async () => {
    await fail(others, '2001:db8:1:2::1');
    expect((await signIn('spray7', 'guess', '2001:db8:1:2:ffff::1')).status).toBe(429);
    expect((await signIn('spray7', 'guess', '2001:db8:1:3::1')).status).toBe(401);
    await fail(['nobody0', 'nobody1', 'nobody2', 'nobody3', 'nobody4'], '10.0.6.1');
    expect((await signIn('nobody9', 'guess', '::ffff:10.0.6.1')).status).toBe(429);
  });

  it('is not faster where the right password was just used', async () => {
    expect((await signIn('eve', passwords['eve']!, '10.0.7.1')).status).toBe(200);
    expect((await signIn('eve', 'guess', '10.0.7.1')).status).toBe(401);
    await fail(['eve', 'eve', 'eve', 'eve'], '10.0.7.1');
    expect((await signIn('eve', passwords['eve']!, '10.0.7.1')).status).toBe(429);
  });

  it('does not reach a token', async () => {
    const token = await app.app.get(UsersService).issueToken(systemActor(), 'bob', 600);
    const headers = { 'x-forwarded-for': '10.0.1.1' };
    expect((await app.request('/api/v1.0/users', { token, headers })).status).toBe(200);
  });
});

describe('an installation', () => {
  let dataDir: string;
  beforeAll(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'signalbox-test-'));
  });
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  async function start(env: Record<string, string> = {}) {
    const environment = new Environment({
      SIGNALBOX_DATA_DIR: dataDir,
      LOG_LEVEL: 'silent',
      PORT: '4711',
      ...env,
    });
    return createHttpApplication(AppModule.for(environment), environment);
  }

  async function printedBy(work: () => Promise<unknown>): Promise<string> {
    let printed = '';
    const stdout = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    try {
      await work();
    } finally {
      stdout.mockRestore();
    }
    return printed;
  }

  it('prints the password of its first user once, and knows its secret again', async () => {
    const first = await start();
    const printed = await printedBy(() => first.init());
    const password = /password (\S{15,})/.exec(printed)![1]!;
    expect(printed).toContain(`curl -X POST -u 'admin:${password}' http://127.0.0.1:4711/api/v1.0/tokens`);
    expect(printed).toContain('http://127.0.0.1:4711/apidocs');
    const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
    const signIn = { method: 'POST' as const, url: '/api/v1.0/tokens', headers: { authorization } };
    const { token } = (await first.inject(signIn)).json<{ token: string }>();
    expect(token).toMatch(/^ey/);
    await first.close();

    const second = await start();
    expect(await printedBy(() => second.init())).toBe('');
    expect(await printedBy(() => second.get(IdentityBootstrap).ensureAdmin())).toBe('');
    const headers = { authorization: `Bearer ${token}` };
    expect((await second.inject({ url: '/api/v1.0/users', headers })).statusCode).toBe(200);
    await second.close();

    const third = await start({ SIGNALBOX_SECRET: 'quite another secret of thirty-two characters' });
    const refused = await third.init().then(
      () => undefined,
      (error: unknown) => error,
    );
    await third.close();
    expect(refused).toBeInstanceOf(ConfigError);
    expect((refused as Error).message).toMatch(/^SIGNALBOX_SECRET is not the secret that/);
  });
});

describe('a second process', () => {
  it('changes an account, and the server heeds it within about a second', async () => {
    const app = await startApp();
    const environment = new Environment({ SIGNALBOX_DATA_DIR: app.dataDir });
    const cli = await NestFactory.createApplicationContext(AppModule.for(environment, 'cli'), {
      logger: false,
    });
    try {
      const users = cli.get(UsersService);
      const { password } = await users.createUser(systemActor(), 'ann', { email: 'Ann@example.org' });
      const token = await users.issueToken(systemActor(), 'ann', 600);
      const status = async (options: object) => (await app.request('/api/v1.0/users', options)).status;
      expect(await status({ token })).toBe(200);
      expect(await status({ basic: ['ann', password] })).toBe(200);
      await users.disable(systemActor(), 'ann');
      const disabledAt = performance.now();
      while ((await status({ token })) === 200 && performance.now() - disabledAt < 5_000) await sleep(20);
      expect(performance.now() - disabledAt).toBeLessThan(2_500);
      expect(await status({ token })).toBe(401);
      expect(await status({ basic: ['ann', password] })).toBe(401);
    } finally {
      await cli.close();
      await app.close();
    }
  });
});
