import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { systemActor, UsersService } from '../../src/identity/index.js';
import { Database } from '../../src/platform/database/database.js';
import { Environment } from '../../src/platform/config/environment.js';
import { AppModule } from '../../src/app.module.js';
import { createHttpApplication } from '../../src/platform/http/http-application.js';
import { startApp, type TestApp } from '../support/app.js';
import { PostgresServer } from '../support/postgres.js';
import { describeWith } from '../support/services.js';

describeWith('postgres')('two processes on one PostgreSQL', () => {
  let postgres: PostgresServer;
  let url: string;
  let one: TestApp;
  let two: TestApp;

  beforeAll(async () => {
    postgres = await PostgresServer.start();
    url = await postgres.createDatabase();
    const env = { DATABASE_URL: url, TRUST_PROXY: '127.0.0.1' };
    [one, two] = await Promise.all([startApp(env), startApp(env)]);
  });
  afterAll(async () => {
    await Promise.all([one.close(), two.close()]);
    await postgres.stop();
  });

  const status = async (app: TestApp, options: object) =>
    (await app.request('/api/v1.0/users', options)).status;

  it('make one admin, and one signing key that both verify with', async () => {
    const [first, second] = await Promise.all([one.adminToken(), two.adminToken()]);
    expect(await status(one, { token: second })).toBe(200);
    expect(await status(two, { token: first })).toBe(200);
    const [count] = await one.app
      .get(Database)
      .query(
        'select (select count(*)::int from "user") as users, (select count(*)::int from signing_key) as keys',
      );
    expect(count).toEqual({ users: 1, keys: 1 });
  });

  it('heed each other: a token given back at one is refused at the other within a second', async () => {
    const users = one.app.get(UsersService);
    await users.createUser(systemActor(), 'ann');
    for (let round = 0; round < 5; round++) {
      const token = await users.issueToken(systemActor(), 'ann', 600);
      expect(await status(two, { token })).toBe(200);
      expect((await one.request('/api/v1.0/tokens', { method: 'DELETE', token })).status).toBe(204);
      const revokedAt = performance.now();
      while ((await status(two, { token })) === 200 && performance.now() - revokedAt < 5_000) await sleep(5);
      expect(performance.now() - revokedAt).toBeLessThan(2_500);
    }
  });

  it('heed each other without hints too', async () => {
    const users = one.app.get(UsersService);
    const token = await users.issueToken(systemActor(), 'ann', 600);
    expect(await status(two, { token })).toBe(200);
    // as another program would do it: no notification follows
    await postgres.execute(`update "user" set disabled = true where nickname = 'ann'`, url);
    await postgres.execute(
      `update setting set value = to_jsonb(value::bigint + 1) where key = 'identity.version'`,
      url,
    );
    await sleep(1_600);
    expect(await status(two, { token })).toBe(401);
  });

  it('count failed sign-ins together', async () => {
    const { password } = await one.app.get(UsersService).createUser(systemActor(), 'bob');
    const guess = (app: TestApp, secret: string) =>
      status(app, { basic: ['bob', secret], headers: { 'x-forwarded-for': '10.0.0.1' } });
    const statuses = [];
    for (let tries = 0; tries < 8; tries++)
      statuses.push(await guess(tries % 2 ? one : two, `guess ${tries}`));
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    await sleep(1_050);
    expect(await guess(one, password)).toBe(200);
    expect(await guess(two, 'guess')).toBe(401);
    expect(await guess(two, password)).toBe(200);
    const [row] = await postgres.execute<{ keys: string }>(
      `select string_agg(key, ' ') as keys from login_throttle`,
      url,
    );
    expect(row!.keys).not.toContain('bob');
  });

  it('say what to do where the database has no tables', async () => {
    const environment = new Environment({
      DATABASE_URL: await postgres.createDatabase(),
      SIGNALBOX_SECRET: 'a secret of thirty-two characters or more',
      SIGNALBOX_DATA_DIR: one.dataDir,
      LOG_LEVEL: 'silent',
    });
    const app = await createHttpApplication(AppModule.for(environment), environment);
    await expect(app.init()).rejects.toThrow(/^MIGRATE_ON_START: the database has no tables yet/);
    await app.close();
  });
});
