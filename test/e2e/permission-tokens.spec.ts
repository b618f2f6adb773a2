import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  importSPKI,
  jwtVerify,
} from 'jose';
import { RolesService, systemActor, UsersService } from '../../src/identity/index.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp, type TestRequest } from '../support/app.js';
import { signUp } from '../support/people.js';
import { DepotModule, SERVICE } from '../support/service-routes.js';

interface Authorization {
  permissions: Record<string, unknown>;
  service?: string;
  token?: string;
  userid?: string;
}

let app: TestApp;
let admin: string;
let ann: { token: string; password: string; id: number };
let annsUserid: string;

beforeAll(async () => {
  app = await startApp({ PERMISSION_TOKEN_SECONDS: '1800' }, [DepotModule]);
  admin = await app.adminToken();
  ann = await signUp(app, 'ann');
  await app.app.get(RolesService).createRole(systemActor(), 'storekeeper', ['depot.manage']);
  annsUserid = decodeJwt(ann.token).sub!;
});
afterAll(() => app?.close());

async function authorize(
  service: string,
  options: TestRequest = {},
  path = '/user/authorize',
): Promise<Authorization> {
  const answer = await app.request(`${path}?service=${encodeURIComponent(service)}`, options);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Authorization;
}

async function tokenFor(service: string, token = ann.token): Promise<string> {
  return (await authorize(service, { token })).token!;
}

/** A token in each of the headers that can bring it. */
function sent(token: string): Record<string, string>[] {
  return [{ 'auth-token': token }, { authorization: `Bearer ${token}` }];
}

async function status(path: string, token: string): Promise<number> {
  const answer = await app.request(path, { token });
  await answer.arrayBuffer();
  return answer.status;
}

async function set(userid: string, service: string, permissions: object): Promise<void> {
  const path = `/api/v1.0/service-permissions/${userid}/${service}`;
  expect((await app.request(path, { method: 'PUT', token: admin, json: permissions })).status).toBe(200);
}

describe('authorize', () => {
  it('answers what everybody may at the data store, and a token that says so', async () => {
    const answer = await app.request('/user/authorize?service=os.datastore', { token: ann.token });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const given = (await answer.json()) as Authorization;
    expect(given).toEqual({
      permissions: { 'datapackage-upload': true },
      service: 'os.datastore',
      token: expect.any(String),
      userid: annsUserid,
    });
    const claims = decodeJwt(given.token!);
    expect(claims).toMatchObject({
      userid: annsUserid,
      sub: annsUserid,
      iss: 'signalbox',
      service: 'os.datastore',
      permissions: { 'datapackage-upload': true },
    });
    expect(claims.aud).toBeUndefined();
    expect(claims.exp! - claims.iat!).toBe(1_800);
    expect(decodeProtectedHeader(given.token!)).toEqual({
      alg: 'RS256',
      typ: 'permission+jwt',
      kid: expect.any(String),
    });
  });

  it.each(['/user/authorize', '/user/authorize/', '/auth/authorize', '/permit/check'])(
    'takes the token at %s in each way that clients send it',
    async (path) => {
      const ways: [string, TestRequest][] = [
        [path, { token: ann.token }],
        [path, { basic: ['ann', ann.password] }],
        [path, { headers: { 'auth-token': ann.token } }],
        [`${path}?jwt=${ann.token}`, {}],
        [`${path}?jwt=${ann.token}`, { headers: { 'auth-token': '' } }],
      ];
      for (const [address, options] of ways) {
        const answer = await app.request(
          `${address}${address.includes('?') ? '&' : '?'}service=source`,
          options,
        );
        expect(await answer.json()).toMatchObject({ service: 'source', userid: annsUserid });
      }
    },
  );

  it('answers nothing to nobody, to who is not valid, and without a service', async () => {
    const nothing = { permissions: {} };
    expect(await authorize('os.datastore')).toEqual(nothing);
    for (const token of ['', 'x', 'a.b.c', `${ann.token}x`, 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.'])
      for (const headers of sent(token))
        expect(await authorize('os.datastore', { headers })).toEqual(nothing);
    expect(await authorize('os.datastore', { basic: ['ann', 'wrong'] })).toEqual(nothing);
    for (const service of ['', '../x', 'a b', '\0', "'", 'x'.repeat(65), 'é'])
      expect(await authorize(service, { token: ann.token })).toEqual(nothing);
    for (const query of ['', '?service=a&service=b', '?service[]=a'])
      expect(await (await app.request(`/user/authorize${query}`, { token: ann.token })).json()).toEqual(
        nothing,
      );
  });

  it('lays the own row over that of everybody, name by name', async () => {
    await set('*', 'sample', { david: [4, 5, 6], color: 'red' });
    expect((await authorize('sample', { token: ann.token })).permissions).toEqual({
      david: [4, 5, 6],
      color: 'red',
    });
    await set(annsUserid, 'sample', { color: { deep: 'blue' }, more: null });
    expect((await authorize('sample', { token: ann.token })).permissions).toEqual({
      david: [4, 5, 6],
      color: { deep: 'blue' },
      more: null,
    });
    expect((await authorize('sample', { token: admin })).permissions).toEqual({
      david: [4, 5, 6],
      color: 'red',
    });
  });

  it('gives a token without permissions for a service that nobody knows', async () => {
    const given = await authorize('frontend', { token: ann.token });
    expect(given).toMatchObject({ permissions: {}, service: 'frontend', userid: annsUserid });
    expect(decodeJwt(given.token!)['permissions']).toEqual({});
  });

  it('says what plans say, and writes down whom it gave what', async () => {
    const rawstore = { max_private_storage_mb: 100, max_public_storage_mb: 100 };
    expect((await authorize('rawstore', { token: ann.token })).permissions).toEqual(rawstore);
    const given = await authorize('source', { token: ann.token });
    expect(given.permissions).toEqual({ max_dataset_num: 100 });
    const [entry] = await app.app
      .get(Database)
      .query(
        `select actor, action, subject, details from audit_entry where action = 'permission-token.create' order by id desc limit 1`,
      );
    expect(entry).toEqual({
      actor: annsUserid,
      action: 'permission-token.create',
      subject: `user:${ann.id}`,
      details: {
        service: 'source',
        jti: decodeJwt(given.token!).jti,
        expiresAt: expect.any(String),
        credential: { kind: 'token', id: decodeJwt(ann.token).jti },
      },
    });
  });

  it('gives a token that ends no later than the one that asked for it', async () => {
    const answer = await app.request('/api/v1.0/tokens?expiration=90', {
      method: 'POST',
      basic: ['ann', ann.password],
    });
    const { token } = (await answer.json()) as { token: string };
    expect(decodeJwt(await tokenFor('source', token)).exp).toBe(decodeJwt(token).exp);
  });

  it('does not turn a permission token into another one, or into a user token', async () => {
    const token = await tokenFor(SERVICE);
    for (const service of [SERVICE, 'os.datastore']) {
      expect(await authorize(service, { token })).toEqual({ permissions: {} });
      expect(await authorize(service, { headers: { 'auth-token': token } })).toEqual({ permissions: {} });
    }
    expect((await app.request('/api/v1.0/tokens', { method: 'POST', token })).status).toBe(403);
  });
});

describe('a permission token', () => {
  it('is verified by others with the published key and the published set', async () => {
    const token = await tokenFor('os.datastore');
    const pem = await (await app.request('/user/public-key')).text();
    const options = { issuer: 'signalbox', algorithms: ['RS256'], typ: 'permission+jwt' };
    const byPem = await jwtVerify(token, await importSPKI(pem, 'RS256'), options);
    expect(byPem.payload['userid']).toBe(annsUserid);
    const remote = createRemoteJWKSet(new URL(`${app.url}/.well-known/jwks.json`));
    expect((await jwtVerify(token, remote, options)).payload).toEqual(byPem.payload);
    const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
    const wrong = createLocalJWKSet({ keys: [{ ...foreign, alg: 'RS256' }] });
    await expect(jwtVerify(token, wrong, options)).rejects.toThrow();
  });

  it('opens its own service for its user, and nothing else', async () => {
    await set(annsUserid, SERVICE, { fetch: 'much' });
    const token = await tokenFor(SERVICE);
    const answer = await app.request('/depot/fetch', { token });
    expect(await answer.json()).toEqual({
      id: ann.id,
      userid: annsUserid,
      nickname: 'ann',
      permissions: ['depot.fetch'],
      credential: {
        kind: 'service',
        id: decodeJwt(token).jti,
        service: SERVICE,
        permissions: { fetch: 'much' },
      },
    });
    for (const path of [
      '/depot/manage',
      '/depot/inside',
      '/api/v1.0/users',
      `/api/v1.0/users/${ann.id}/permissions`,
    ])
      expect([path, await status(path, token)]).toEqual([path, 403]);
    expect(await status('/depot/fetch', await tokenFor('test.other'))).toBe(403);
    expect(await status('/depot/fetch', await tokenFor('os.datastore'))).toBe(403);
    expect(await status('/depot/inside', ann.token)).toBe(200); // it is the token, not its user, who may not
  });

  it('opens what its user may by a role, from when he has it to when he has not', async () => {
    const roles = app.app.get(RolesService);
    await roles.createRole(systemActor(), 'keeper', ['depot.manage']);
    const token = await tokenFor(SERVICE);
    expect(await status('/depot/manage', token)).toBe(403);
    const grant = await roles.grant(systemActor(), ann.id, 'keeper');
    const both = async () => [await status('/depot/manage', token), await status('/depot/fetch', token)];
    expect(await both()).toEqual([200, 200]);
    expect(await status('/depot/manage', await tokenFor('test.other'))).toBe(200);
    await roles.revoke(systemActor(), ann.id, grant);
    expect(await both()).toEqual([403, 200]);
  });

  it('tells services here what the user may now, not what he might when it was made', async () => {
    const token = await tokenFor(SERVICE);
    const seen = async () =>
      ((await (await app.request('/depot/fetch', { token })).json()) as { credential: Authorization })
        .credential;
    await set(annsUserid, SERVICE, { fetch: 'little' });
    expect((await seen()).permissions).toEqual({ fetch: 'little' });
    await app.request(`/api/v1.0/service-permissions/${annsUserid}/${SERVICE}`, {
      method: 'DELETE',
      token: admin,
    });
    expect((await seen()).permissions).toEqual({});
  });

  it('ends with its user', async () => {
    const users = app.app.get(UsersService);
    const { token: bobs } = await signUp(app, 'bob');
    const token = await tokenFor(SERVICE, bobs);
    expect(await status('/depot/fetch', token)).toBe(200);
    await users.disable(systemActor(), 'bob');
    expect(await status('/depot/fetch', token)).toBe(401);
    await users.enable(systemActor(), 'bob');
    expect(await status('/depot/fetch', token)).toBe(401); // former tokens stay ended
    await sleep(1_100);
    const again = await tokenFor(SERVICE, await users.issueToken(systemActor(), 'bob', 600));
    expect(await status('/depot/fetch', again)).toBe(200);
    await users.resetPassword(systemActor(), 'bob');
    expect(await status('/depot/fetch', again)).toBe(401);
    const dated = await tokenFor(SERVICE, await users.issueToken(systemActor(), 'bob', 600)); // in the same second
    expect(await status('/depot/fetch', dated)).toBe(200);
  });

  it('ends with the token that it was made from', async () => {
    const { token: carls } = await signUp(app, 'carl');
    const token = await tokenFor(SERVICE, carls);
    expect(await status('/depot/fetch', token)).toBe(200);
    await app.request('/api/v1.0/tokens', { method: 'DELETE', token: carls });
    expect(await status('/depot/fetch', token)).toBe(401);
  });

  it('ends with the API key that it was made from, and no later than that', async () => {
    const dora = await signUp(app, 'dora');
    const keys = `/api/v1.0/users/${dora.id}/api-keys`;
    const expires_at = Math.floor(Date.now() / 1000) + 120;
    const json = { name: 'short', scopes: ['depot.fetch'], expires_at };
    const made = (await (await app.request(keys, { method: 'POST', token: dora.token, json })).json()) as {
      id: number;
      key: string;
    };
    const token = await tokenFor(SERVICE, made.key);
    expect(decodeJwt(token)).toMatchObject({ key: made.id, exp: expires_at, scope: 'depot.fetch' });
    expect(await status('/depot/fetch', token)).toBe(200);
    const gone = await app.request(`${keys}/${made.id}`, { method: 'DELETE', token: dora.token });
    expect(gone.status).toBe(204);
    expect(await status('/depot/fetch', token)).toBe(401);
  });

  it('goes to no API key that opens less than its user may: elsewhere it would speak for him', async () => {
    const finn = await signUp(app, 'finn');
    const grant = await app.app.get(RolesService).grant(systemActor(), finn.id, 'storekeeper');
    const keyFor = async (...scopes: string[]) => {
      const path = `/api/v1.0/users/${finn.id}/api-keys`;
      const made = await app.request(path, {
        method: 'POST',
        token: finn.token,
        json: { name: scopes.join(), scopes },
      });
      return ((await made.json()) as { key: string }).key;
    };
    const [fetching, both, all] = [
      await keyFor('depot.fetch'),
      await keyFor('depot.fetch', 'depot.manage'),
      await keyFor('*'),
    ];
    const services = async (token: string) => {
      const answers = [SERVICE, 'elsewhere'].map((service) => authorize(service, { token }));
      return (await Promise.all(answers)).map((answer) => answer.token !== undefined);
    };
    expect(await services(fetching)).toEqual([false, false]);
    expect(await services(both)).toEqual([true, false]);
    expect(await services(all)).toEqual([true, true]);
    await app.app.get(RolesService).revoke(systemActor(), finn.id, grant);
    expect(await services(fetching)).toEqual([true, false]); // now it opens as much as he may
  });
});
