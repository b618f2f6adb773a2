import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { decodeJwt } from 'jose';
import { RolesService, systemActor, UsersService } from '../../src/identity/index.js';
import { Authenticator } from '../../src/platform/access/authenticator.port.js';
import { Database } from '../../src/platform/database/database.js';
import { ADMIN_PASSWORD, startApp, type TestApp, type TestRequest } from '../support/app.js';

let app: TestApp;
let users: UsersService;
let admin: string;
const passwords: Record<string, string> = {};

beforeAll(async () => {
  app = await startApp({ TRUST_PROXY: '127.0.0.1', TOKEN_MAX_SECONDS: '90000' });
  users = app.app.get(UsersService);
  admin = await app.adminToken();
  for (const name of ['ann', 'bob']) passwords[name] = (await users.createUser(systemActor(), name)).password;
});
afterAll(() => app.close());

/** A request that comes from another address. */
function from(address: string, options: TestRequest = {}): TestRequest {
  return { ...options, headers: { ...options.headers, 'x-forwarded-for': address } };
}

async function tokenOf(name: string, query = ''): Promise<string> {
  const answer = await app.request(`/api/v1.0/tokens${query}`, {
    method: 'POST',
    basic: [name, passwords[name]!],
  });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { token: string }).token;
}

async function idOf(name: string): Promise<number> {
  const [row] = await app.app
    .get(Database)
    .query<{ id: number }>('select id from "user" where nickname = $1', [name]);
  return row!.id;
}

async function body(answer: Response): Promise<Record<string, unknown>> {
  return (await answer.json()) as Record<string, unknown>;
}

describe('tokens', () => {
  it('are given for nickname and password, and open what their user may', async () => {
    const answer = await app.request('/api/v1.0/tokens', {
      method: 'POST',
      basic: ['ANN', passwords['ann']!],
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const given = await body(answer);
    expect(Object.keys(given)).toEqual(['token']);
    expect((await app.request('/api/v1.0/users', { token: given['token'] as string })).status).toBe(200);
    const claims = JSON.parse(
      Buffer.from((given['token'] as string).split('.')[1]!, 'base64url').toString(),
    ) as {
      iat: number;
      exp: number;
    };
    expect(claims.exp - claims.iat).toBe(600);
  });

  it.each(['0', '-1', '1.5', 'abc', '', '1e3', '0x10', '90001', '99999999999', '60&expiration=60'])(
    'are not given for the expiration %p',
    async (expiration) => {
      const answer = await app.request(`/api/v1.0/tokens?expiration=${expiration}`, {
        method: 'POST',
        basic: ['ann', passwords['ann']!],
      });
      expect([answer.status, (await body(answer))['error']]).toEqual([400, 'bad request']);
    },
  );

  it('expire', async () => {
    const token = await tokenOf('ann', '?expiration=1');
    expect((await app.request('/api/v1.0/users', { token })).status).toBe(200);
    await sleep(1_100);
    const answer = await app.request('/api/v1.0/users', { token });
    expect([answer.status, (await body(answer))['code']]).toEqual([401, 'TOKEN_EXPIRED']);
  });

  it('are refused as soon as they are given back, and only they', async () => {
    const [first, second] = [await tokenOf('ann'), await tokenOf('ann')];
    expect((await app.request('/api/v1.0/users', { token: first })).status).toBe(200);
    const answer = await app.request('/api/v1.0/tokens', { method: 'DELETE', token: first });
    expect([answer.status, await answer.text()]).toEqual([204, '']);
    expect((await app.request('/api/v1.0/users', { token: first })).status).toBe(401);
    expect((await app.request('/api/v1.0/tokens', { method: 'DELETE', token: first })).status).toBe(401);
    expect((await app.request('/api/v1.0/users', { token: second })).status).toBe(200);
  });

  it('are not had for a token, nor given back by a password', async () => {
    const again = await app.request('/api/v1.0/tokens', { method: 'POST', token: await tokenOf('ann') });
    expect([again.status, (await body(again))['code']]).toEqual([401, 'PASSWORD_NEEDED']);
    const back = await app.request('/api/v1.0/tokens', {
      method: 'DELETE',
      basic: ['ann', passwords['ann']!],
    });
    expect([back.status, (await body(back))['code']]).toEqual([401, 'TOKEN_NEEDED']);
  });
});

describe('without valid credentials', () => {
  const encode = (text: string | Buffer) => Buffer.from(text).toString('base64');

  it.each([
    ['nothing', {}],
    ['a word', { authorization: 'Bearer nonsense' }],
    ['a scheme only', { authorization: 'Bearer' }],
    ['another scheme', { authorization: 'Digest username="ann"' }],
    ['half a token', { authorization: 'Bearer eyJhbGciOiJSUzI1NiJ9.e30.' }],
    ['an empty Basic', { authorization: 'Basic ' }],
    ['a Basic that is no base64', { authorization: 'Basic !!!!' }],
    ['a Basic without a colon', { authorization: `Basic ${encode('ann')}` }],
  ])('%s is answered 401 and no prompt', async (_name, headers) => {
    const answer = await app.request('/api/v1.0/users', { headers });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /);
    expect(await body(answer)).toMatchObject({ status: 401, error: 'authentication required' });
  });

  it('a wrong password, an unknown user and a disabled one look the same', async () => {
    passwords['dan'] = (await users.createUser(systemActor(), 'dan')).password;
    await users.disable(systemActor(), 'dan');
    const answers = await Promise.all(
      [
        ['ann', 'wrong'],
        ['nobody', 'wrong'],
        ['dan', passwords['dan']],
      ].map(([name, password], index) =>
        app.request('/api/v1.0/users', from(`10.1.0.${index}`, { basic: [name!, password!] })),
      ),
    );
    const bodies = await Promise.all(answers.map(body));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    for (const one of bodies) expect({ ...one, requestId: '' }).toEqual({ ...bodies[0], requestId: '' });
  });

  it.each([
    ['control characters', encode('an\u0000n\r\n\u001b[31m:wrong')],
    ['bytes that are not UTF-8', encode(Buffer.from([0x61, 0xff, 0xfe, 0x3a, 0x62]))],
    ['SQL', encode(`' or 1=1 --:wrong`)],
    ['a very long name', encode(`${'a'.repeat(8_000)}:wrong`)],
    ['a password beyond 1024 bytes', encode(`ann:${'x'.repeat(5_000)}`)],
    ['a byte order mark', encode('\ufeffann:wrong')],
    ['no name', encode(':wrong')],
    ['no password', encode('ann:')],
  ])('a Basic header with %s is 401', async (_name, encoded) => {
    const headers = {
      authorization: `Basic ${encoded}`,
      'x-forwarded-for': `10.2.0.${encoded.length % 250}`,
    };
    expect((await app.request('/api/v1.0/users', { headers })).status).toBe(401);
  });

  it('a password is not cut at its colon', async () => {
    await users.createUser(systemActor(), 'colon', { password: 'first:second' });
    const status = async (password: string) =>
      (await app.request('/api/v1.0/users', from('10.3.0.1', { basic: ['colon', password] }))).status;
    expect(await status('first')).toBe(401);
    expect(await status('first:other')).toBe(401);
    expect(await status('first:second')).toBe(200);
  });

  it('a header of 10 MB is cut off, and others are served', async () => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    let answer = '';
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined).on('data', (data) => (answer += data.toString()));
    socket.write('GET /api/v1.0/users HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ');
    socket.write('QUJD'.repeat((10 * 1024 * 1024) / 4));
    await closed;
    expect(answer).not.toContain(' 200 ');
    expect(socket.bytesWritten).toBeGreaterThan(16 * 1024);
    expect((await app.request('/api/v1.0/users', { token: admin })).status).toBe(200);
  });
});

describe('users', () => {
  it('are listed in the order of the contract, in its shape', async () => {
    const answer = await app.request('/api/v1.0/users', { token: await tokenOf('ann') });
    const list = (await body(answer)) as { users: Record<string, unknown>[] };
    expect(Object.keys(list)).toEqual(['users']);
    const ann = list.users.find(({ nickname }) => nickname === 'ann')!;
    const self = `/api/v1.0/users/${String(ann['id'])}`;
    expect(ann).toEqual({
      id: expect.any(Number),
      created_at: expect.any(Number),
      updated_at: expect.any(Number),
      nickname: 'ann',
      last_seen_at: expect.any(Number),
      _links: { self, tokens: '/api/v1.0/tokens', acls: `${self}/acls` },
    });
    for (const key of ['created_at', 'updated_at', 'last_seen_at']) {
      expect(Number.isInteger(ann[key])).toBe(true);
      expect(Math.abs((ann[key] as number) - Date.now() / 1000)).toBeLessThan(120);
    }
    const keys = list.users.map((user) => [user['updated_at'], user['nickname']] as [number, string]);
    expect(keys).toEqual([...keys].sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1)));
    expect(await body(await app.request(self, { token: await tokenOf('bob') }))).toEqual(ann);
  });

  it('come in pages that together are the whole list', async () => {
    const whole = (await body(await app.request('/api/v1.0/users', { token: admin }))) as {
      users: { id: number }[];
    };
    const ids: number[] = [];
    let after = '';
    for (let page = 0; page < whole.users.length; page++) {
      const answer = await app.request(`/api/v1.0/users?limit=1${after}`, { token: admin });
      const { users: one } = (await answer.json()) as {
        users: { id: number; updated_at: number; nickname: string }[];
      };
      ids.push(...one.map(({ id }) => id));
      after = `&after=${one[0]!.updated_at},${encodeURIComponent(one[0]!.nickname)}`;
    }
    expect(ids).toEqual(whole.users.map(({ id }) => id));
    expect(await body(await app.request(`/api/v1.0/users?limit=1${after}`, { token: admin }))).toEqual({
      users: [],
    });
  });

  it.each([
    'limit=0',
    'limit=1001',
    'limit=x',
    'limit=',
    'after=x',
    'after=1,%00',
    'after=99999999999,a',
    'x=1',
  ])('are not listed with ?%s', async (query) => {
    expect((await app.request(`/api/v1.0/users?${query}`, { token: admin })).status).toBe(400);
  });

  it.each(['abc', '0', '-1', '1000000000', '99999999999999', '1.0', '1e0', '%00', "1'--", '01', ' 1'])(
    'with the number %p do not exist',
    async (id) => {
      const answer = await app.request(`/api/v1.0/users/${encodeURIComponent(id).replace('%2500', '%00')}`, {
        token: admin,
      });
      expect([answer.status, (await body(answer))['error']]).toEqual([404, 'not found']);
    },
  );
});

describe('roles', () => {
  const path = (id: number | string, rest = '') => `/api/v1.0/users/${id}/roles${rest}`;

  it('are granted, shown and taken away by an admin', async () => {
    const id = await idOf('bob');
    const granted = await app.request(path(id), { token: admin, json: { name: 'auditor' } });
    expect(granted.status).toBe(200);
    const { id: role, ...rest } = await body(granted);
    expect([Number.isInteger(role), rest]).toEqual([true, {}]);
    const self = path(id, `/${String(role)}`);
    const view = { id: role, name: 'auditor', user_id: id, _links: { self, user: `/api/v1.0/users/${id}` } };
    expect(await body(await app.request(path(id), { token: admin }))).toEqual([view]);
    expect(await body(await app.request(self, { token: await tokenOf('bob') }))).toEqual(view);

    const again = await app.request(path(id), { token: admin, json: { name: 'auditor' } });
    expect([again.status, (await body(again))['message']]).toEqual([
      400,
      `Role already exists : id ${String(role)}`,
    ]);
    expect((await app.request(path(await idOf('ann'), `/${String(role)}`), { token: admin })).status).toBe(
      404,
    );

    const taken = await app.request(self, { method: 'DELETE', token: admin });
    expect([taken.status, await taken.text()]).toEqual([200, '']);
    expect((await app.request(self, { method: 'DELETE', token: admin })).status).toBe(404);
  });

  it.each([
    ['GET', '', 'unknown user', 403, 404],
    ['GET', '/1', 'unknown user', 403, 404],
    ['POST', '', 'unknown user', 403, 404],
    ['DELETE', '/1', 'unknown user', 403, 404],
    ['GET', '/999999', 'oneself', 404, 404],
    ['DELETE', '/999999', 'oneself', 403, 404],
    ['POST', '', 'oneself', 403, 200],
  ])(
    'check the permission before the existence: %s roles%s of %s',
    async (method, rest, whose, user, boss) => {
      const token = await tokenOf('bob');
      for (const id of whose === 'oneself' ? [await idOf('bob')] : [1_000_000, 'abc', 0]) {
        const send = (bearer: string) =>
          app.request(path(id, rest), {
            method,
            token: bearer,
            ...(method === 'POST' && { json: { name: 'reviewer' } }),
          });
        expect((await send(token)).status).toBe(user);
        expect((await send(admin)).status).toBe(boss);
      }
    },
  );

  it.each([
    [undefined, 'Missing post data name'],
    [{}, 'Missing post data name'],
    [{ name: '' }, /name must be/],
    [{ name: 7 }, /name must be/],
    [{ name: ['admin'] }, /name must be/],
    [{ name: null }, /name must be/],
    [{ name: 'a\u0000b' }, /name must be/],
    [{ name: 'x', id: 1 }, /id should not exist/],
    [{ name: 'x', user: 1 }, /user should not exist/],
    [{ name: 'x', permissions: ['*'] }, /permissions should not exist/],
  ])('are not granted by the body %j, and nothing changes', async (json, message) => {
    const id = await idOf('ann');
    const answer = await app.request(path(id), { method: 'POST', token: admin, ...(json && { json }) });
    expect(answer.status).toBe(400);
    expect((await body(answer))['message']).toEqual(
      typeof message === 'string' ? message : expect.stringMatching(message),
    );
    expect(await body(await app.request(path(id), { token: admin }))).toEqual([]);
  });

  it('cannot be reached through the prototype', async () => {
    for (const text of ['{"__proto__":{"name":"admin"}}', '{"constructor":{"prototype":{"name":"admin"}}}']) {
      const answer = await app.request(path(await idOf('ann')), {
        method: 'POST',
        token: admin,
        body: text,
        headers: { 'content-type': 'application/json' },
      });
      expect(answer.status).toBe(400);
    }
  });

  it('let nobody grant, or manage, more than he may himself', async () => {
    const roles = app.app.get(RolesService);
    await expect(roles.createRole(systemActor(), 'steward', ['no.such'])).rejects.toMatchObject({
      code: 'UNKNOWN_PERMISSION',
    });
    await roles.createRole(systemActor(), 'steward', ['users.manage', 'roles.manage']);
    await expect(roles.createRole(systemActor(), 'admin', [])).rejects.toMatchObject({ code: 'ROLE_EXISTS' });
    passwords['stew'] = (await users.createUser(systemActor(), 'stew', { roles: ['steward'] })).password;
    const token = await tokenOf('stew');
    const ann = path(await idOf('ann'));
    for (const name of ['admin', 'steward', 'auditor']) {
      const answer = await app.request(ann, { token, json: { name } });
      expect([name, answer.status]).toEqual([name, name === 'steward' ? 200 : 403]);
    }
    const [first] = (await (await app.request(path(await idOf('admin')), { token })).json()) as {
      id: number;
    }[];
    const taken = await app.request(path(await idOf('admin'), `/${first!.id}`), { method: 'DELETE', token });
    expect(taken.status).toBe(403);
    const asked = { headers: { authorization: `Bearer ${token}` }, url: '/api/v1.0/users', routeOptions: {} };
    const stew = await app.app.get(Authenticator).authenticate(asked as FastifyRequest);
    await expect(users.resetPassword(stew, 'admin')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(users.issueToken(stew, 'admin', 60)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(await users.issueToken(stew, 'bob', 60)).toMatch(/^ey/);
    for (const { id } of (await (await app.request(ann, { token: admin })).json()) as { id: number }[]) {
      await app.request(`${ann}/${id}`, { method: 'DELETE', token: admin });
    }
  });

  it('take effect at once for a token in use', async () => {
    const token = await tokenOf('ann');
    const others = path(await idOf('bob'));
    expect((await app.request(others, { token })).status).toBe(403);
    const granted = await body(
      await app.request(path(await idOf('ann')), { token: admin, json: { name: 'admin' } }),
    );
    expect((await app.request(others, { token })).status).toBe(200);
    await app.request(path(await idOf('ann'), `/${String(granted['id'])}`), {
      method: 'DELETE',
      token: admin,
    });
    expect((await app.request(others, { token })).status).toBe(403);
  });
});

describe('changes of an account', () => {
  it('a new password ends tokens and the former password, also where they were just in use', async () => {
    passwords['eve'] = (await users.createUser(systemActor(), 'eve')).password;
    const [former, token] = [passwords['eve'], await tokenOf('eve')];
    const status = async (options: TestRequest) =>
      (await app.request('/api/v1.0/users', from('10.4.0.1', options))).status;
    expect(await status({ basic: ['eve', former] })).toBe(200);
    expect(await status({ token })).toBe(200);
    passwords['eve'] = await users.resetPassword(systemActor(), 'eve');
    expect(await status({ token })).toBe(401);
    expect(await status({ basic: ['eve', former] })).toBe(401);
    expect(await status({ basic: ['eve', passwords['eve']] })).toBe(200);
    expect(await status({ token: await tokenOf('eve') })).toBe(200);
  });

  it('disabling ends every credential, enabling lets sign in again', async () => {
    passwords['finn'] = (await users.createUser(systemActor(), 'finn')).password;
    const token = await tokenOf('finn');
    await users.disable(systemActor(), 'finn');
    expect((await app.request('/api/v1.0/users', { token })).status).toBe(401);
    expect((await app.request('/api/v1.0/users', { basic: ['finn', passwords['finn']] })).status).toBe(401);
    await users.enable(systemActor(), 'finn');
    expect((await app.request('/api/v1.0/users', { token })).status).toBe(401);
    expect((await app.request('/api/v1.0/users', { token: await tokenOf('finn') })).status).toBe(200);
  });

  it('notes when a user was seen, to the minute, off the request', async () => {
    const database = app.app.get(Database);
    const id = await idOf('bob');
    await database.execute(`update "user" set last_seen_at = now() - interval '1 hour' where id = $1`, [id]);
    const before = Math.floor(Date.now() / 1000);
    const token = await tokenOf('bob');
    await app.request('/api/v1.0/users', { token });
    await sleep(1_500);
    const seen = await body(await app.request(`/api/v1.0/users/${id}`, { token }));
    expect(seen['last_seen_at']).toBeGreaterThanOrEqual(before);
  });
});

describe('the audit log', () => {
  it('holds who did what in which request, and no secret', async () => {
    const token = await tokenOf('ann');
    const { jti } = decodeJwt(token);
    await app.request('/api/v1.0/tokens', {
      method: 'DELETE',
      token,
      headers: { 'x-request-id': 'audited-request' },
    });
    const database = app.app.get(Database);
    const [ann] = await database.query<{ userid: string; id: number }>(
      `select * from "user" where nickname = 'ann'`,
    );
    const entries = await database.query<{ actor: string; action: string; subject: string; details: object }>(
      `select actor, action, subject, details from audit_entry where request_id = 'audited-request'`,
    );
    expect(entries).toEqual([
      {
        actor: ann!.userid,
        action: 'token.revoke',
        subject: `user:${ann!.id}`,
        details: { jti, credential: { kind: 'token', id: jti } },
      },
    ]);
    const [row] = await database.query<{ all: string }>(
      `select string_agg(e::text, ' ') as all from audit_entry e`,
    );
    for (const secret of [token, token.split('.')[2]!, ADMIN_PASSWORD, ...Object.values(passwords)]) {
      expect(row!.all).not.toContain(secret);
    }
    const [stored] = await database.query<{ all: string }>(
      `select (select string_agg(u::text, ' ') from "user" u) || (select string_agg(k::text, ' ') from signing_key k) as all`,
    );
    expect(stored!.all).not.toContain('PRIVATE KEY');
    for (const secret of Object.values(passwords)) expect(stored!.all).not.toContain(secret);
  });

  it.each(['update audit_entry set actor = null', 'delete from audit_entry', 'truncate audit_entry'])(
    'refuses: %s',
    async (sql) => {
      await expect(app.app.get(Database).execute(sql)).rejects.toThrow('the audit log is append-only');
    },
  );

  it('keeps no entry of a deed that failed', async () => {
    const database = app.app.get(Database);
    const count = async () =>
      (await database.query<{ n: string }>('select count(*) as n from audit_entry'))[0]!.n;
    const before = await count();
    await expect(users.createUser(systemActor(), 'ann')).rejects.toMatchObject({ code: 'USER_EXISTS' });
    await expect(users.createUser(systemActor(), 'gus', { roles: ['not a role'] })).rejects.toMatchObject({
      code: 'ROLE_NAME_INVALID',
    });
    expect(await count()).toBe(before);
  });
});
