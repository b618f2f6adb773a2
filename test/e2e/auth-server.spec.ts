import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { decodeJwt } from 'jose';
import { systemActor, UsersService } from '../../src/identity/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { OldConductor } from '../support/old-conductor.js';
import { signUp } from '../support/people.js';
import { DepotModule, SERVICE } from '../support/service-routes.js';

const USERID = '0123456789abcdef0123456789abcdef';
const CLAIMS = { userid: USERID, permissions: { 'datapackage-upload': true }, service: SERVICE };
const MINUTE = 60_000;

/** The clock that caches go by, which a test cannot wait for. */
let later = 0;
const realNow = performance.now.bind(performance);
beforeAll(() => {
  jest.spyOn(performance, 'now').mockImplementation(() => realNow() + later);
});
afterAll(() => {
  jest.restoreAllMocks();
});

async function status(app: TestApp, token: string, path = '/depot/fetch'): Promise<number> {
  const answer = await app.request(path, { token });
  await answer.arrayBuffer();
  return answer.status;
}

describe('tokens of another Conductor', () => {
  let conductor: OldConductor;
  let app: TestApp;
  let count = 0;

  beforeAll(async () => {
    conductor = await OldConductor.start();
    app = await startApp({ AUTH_SERVER: conductor.url }, [DepotModule]);
  });
  afterAll(async () => {
    await app?.close();
    await conductor?.stop();
  });

  /** Each is another text, so that no answer is one that is remembered. */
  const token = (changes: object = {}, header?: object) =>
    conductor.token({ ...CLAIMS, nonce: ++count, ...changes }, header);
  const now = () => Math.floor(Date.now() / 1000);

  it('open what any account may at their service, for a user who has no account here', async () => {
    const answer = await app.request('/depot/fetch', { token: token() });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      id: 0,
      userid: USERID,
      nickname: USERID,
      permissions: ['depot.fetch'],
      credential: { kind: 'service', service: SERVICE, permissions: { 'datapackage-upload': true } },
    });
    expect(await status(app, token({}, { typ: 'JWT', alg: 'RS256' }))).toBe(200);
    expect(await status(app, token({ exp: now() + 60, iat: now() }))).toBe(200);
    expect(conductor.asked).toBe(1);
  });

  it('open nothing else', async () => {
    for (const path of [
      '/depot/manage',
      '/depot/inside',
      '/api/v1.0/users',
      '/api/v1.0/jobs',
      '/api/v1.0/service-permissions',
    ])
      expect([path, await status(app, token(), path)]).toEqual([path, 403]);
    expect(await status(app, token({ service: 'test.other' }))).toBe(403);
    const asked = await app.request(`/user/authorize?service=${SERVICE}`, { token: token() });
    expect(await asked.json()).toEqual({ permissions: {} });
  });

  it.each([
    ['google:123'],
    ['system'],
    ['System'],
    ['anonymous'],
    ['client-7'],
    ['CLIENT-7'],
    ['*'],
    [''],
    ['a b'],
    ['__tests'],
    ['../x'],
    ['a\0b'],
    ['a'.repeat(65)],
    ['é'],
    ["x'--"],
    [7],
    [null],
    [undefined],
    [['a']],
  ])('with the userid %j are refused', async (userid) => {
    expect(await status(app, token({ userid }))).toBe(401);
  });

  it.each([
    ['no service', { service: undefined }],
    ['a list of services', { service: [SERVICE] }],
    ['a bad service', { service: 'a b' }],
    ['no permissions', { permissions: undefined }],
    ['a list of permissions', { permissions: ['datapackage-upload'] }],
    ['an end in the past', { exp: 1_000_000_000 }],
    ['a beginning in the future', { nbf: 4_000_000_000 }],
    ['an end that is no number', { exp: 'soon' }],
  ])('with %s are refused', async (_name, changes) => {
    expect(await status(app, token(changes))).toBe(401);
  });

  it('are refused without a signature, and by any other algorithm', async () => {
    const [, payload, signature] = token().split('.');
    const head = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const alg of ['none', 'None', 'NONE', '', 'HS256', 'HS512', 'RS512', 'PS256', null]) {
      const signed = `${head({ alg })}.${payload}`;
      const hmac = createHmac('sha256', conductor.publicPem).update(signed).digest('base64url');
      for (const forged of ['', signature, hmac]) expect(await status(app, `${signed}.${forged}`)).toBe(401);
    }
    const signed = `${head({ alg: 'RS256' })}.${payload}`;
    const hmac = createHmac('sha256', conductor.publicPem).update(signed).digest('base64url');
    for (const forged of ['', hmac]) expect(await status(app, `${signed}.${forged}`)).toBe(401);
  });

  it('do not pass for tokens of ours, nor ours for theirs', async () => {
    const admin = await app.adminToken();
    const claims = decodeJwt(admin);
    for (const typ of ['at+jwt', 'permission+jwt'])
      expect(await status(app, token(claims, { alg: 'RS256', typ }), '/api/v1.0/users')).toBe(401);
    expect(await status(app, token(claims), '/api/v1.0/users')).toBe(403);
    expect(await status(app, token({}, { alg: 'RS256', kid: 'x' }))).toBe(401);
    expect(await status(app, admin)).toBe(200);
  });

  it('are refused where an account of this userid is disabled here', async () => {
    const { token: anns } = await signUp(app, 'ann');
    const userid = decodeJwt(anns).sub;
    const hers = token({ userid });
    expect(await status(app, hers)).toBe(200);
    await app.app.get(UsersService).disable(systemActor(), 'ann');
    expect(await status(app, hers)).toBe(401);
  });

  describe('when it has a new key', () => {
    afterEach(() => {
      later += MINUTE + 1;
    });

    it('are good once its key was asked for again, which is once a minute at most', async () => {
      later += MINUTE + 1;
      conductor.rotate();
      const before = conductor.asked;
      expect(await status(app, token())).toBe(200);
      expect(conductor.asked).toBe(before + 1);
      conductor.rotate();
      for (let tries = 0; tries < 3; tries++) expect(await status(app, token())).toBe(401);
      expect(conductor.asked).toBe(before + 1);
      later += MINUTE + 1;
      expect(await status(app, token())).toBe(200);
      expect(conductor.asked).toBe(before + 2);
    });
  });

  it('are good while it is down, as long as its key is known', async () => {
    const tokens = Array.from({ length: 3 }, () => token());
    await conductor.stop();
    later += MINUTE + 1;
    for (const one of tokens) expect(await status(app, one)).toBe(200);
    later += 2 * 60 * MINUTE;
    expect(await status(app, token())).toBe(200);
  });
});

describe('another Conductor', () => {
  it('may have its key where DataHub has it', async () => {
    const conductor = await OldConductor.start(['/auth/public-key']);
    const app = await startApp({ AUTH_SERVER: `${conductor.url}/` }, [DepotModule]);
    expect(await status(app, conductor.token(CLAIMS))).toBe(200);
    await app.close();
    await conductor.stop();
  });

  it('that has never answered makes its tokens wait, and nobody else', async () => {
    const conductor = await OldConductor.start();
    const token = conductor.token(CLAIMS);
    await conductor.stop();
    const app = await startApp({ AUTH_SERVER: conductor.url }, [DepotModule]);
    const answer = await app.request('/depot/fetch', { token });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('60');
    expect(await answer.json()).toMatchObject({ code: 'AUTH_SERVER_UNAVAILABLE' });
    expect(await status(app, await app.adminToken(), '/api/v1.0/users')).toBe(200);
    await app.close();
  });
});
