import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { decodeProtectedHeader, importSPKI, jwtVerify } from 'jose';
import { systemActor } from '../../src/identity/index.js';
import { KeyRotation } from '../../src/identity/signing-keys/key-rotation.js';
import { startApp, type TestApp } from '../support/app.js';
import { PostgresServer } from '../support/postgres.js';
import { describeWith } from '../support/services.js';

describeWith('postgres')('two processes on one PostgreSQL', () => {
  let postgres: PostgresServer;
  let one: TestApp;
  let two: TestApp;

  beforeAll(async () => {
    postgres = await PostgresServer.start();
    const env = { DATABASE_URL: await postgres.createDatabase(), SIGNING_KEY_LEAD_SECONDS: '4' };
    [one, two] = await Promise.all([startApp(env), startApp(env)]);
  });
  afterAll(async () => {
    await Promise.all([one?.close(), two?.close()]);
    await postgres?.stop();
  });

  async function newToken(app: TestApp): Promise<string> {
    const basic: [string, string] = ['admin', 'correct-horse-battery-staple'];
    const answer = await app.request('/api/v1.0/tokens', { method: 'POST', basic });
    return ((await answer.json()) as { token: string }).token;
  }

  async function kids(app: TestApp): Promise<string[]> {
    const answer = await app.request('/.well-known/jwks.json');
    return ((await answer.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
  }

  const status = async (app: TestApp, token: string) =>
    (await app.request('/api/v1.0/users', { token })).status;
  const kidOf = (token: string) => decodeProtectedHeader(token).kid;

  it('rotate once, know the new key before it signs, and both sign with it from the same time', async () => {
    const former = await newToken(one);
    expect(await kids(two)).toEqual([kidOf(former)]);
    const rotations = await Promise.all(
      [one, two, one, two].map((app) => app.app.get(KeyRotation).rotate(systemActor())),
    );
    expect(rotations.filter(({ made }) => made)).toHaveLength(1);
    const { kid, activeFrom } = rotations[0]!;
    const rotatedAt = performance.now();
    for (const app of [one, two]) {
      while (!(await kids(app)).includes(kid) && performance.now() - rotatedAt < 5_000) await sleep(20);
      expect(kidOf(await newToken(app))).toBe(kidOf(former));
    }
    expect(Date.now()).toBeLessThan(activeFrom.getTime());
    await sleep(activeFrom.getTime() - Date.now() + 50);
    for (const app of [one, two]) {
      const latter = await newToken(app);
      expect(kidOf(latter)).toBe(kid);
      const pem = await (await app.request('/user/public-key')).text();
      await jwtVerify(latter, await importSPKI(pem, 'RS256'));
      for (const other of [one, two])
        expect([await status(other, former), await status(other, latter)]).toEqual([200, 200]);
    }
  });

  it('end a key together that is in wrong hands', async () => {
    const token = await newToken(one);
    expect(await status(two, token)).toBe(200);
    const { kid } = await one.app.get(KeyRotation).replace(systemActor());
    expect(await status(one, token)).toBe(401);
    const replacedAt = performance.now();
    while ((await status(two, token)) === 200 && performance.now() - replacedAt < 5_000) await sleep(5);
    expect(performance.now() - replacedAt).toBeLessThan(2_500);
    expect([kidOf(await newToken(one)), kidOf(await newToken(two))]).toEqual([kid, kid]);
    expect(await status(one, await newToken(two))).toBe(200);
    expect(await kids(two)).toEqual([kid]);
  });
});
