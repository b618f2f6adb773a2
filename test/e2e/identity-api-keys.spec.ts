import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { RolesService, systemActor, UsersService } from '../../src/identity/index.js';
import { Authenticator } from '../../src/platform/access/authenticator.port.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp, type TestRequest } from '../support/app.js';
import { logEverythingTo, logged, stored } from '../support/leaks.js';
import { signUp } from '../support/people.js';

interface Person {
  token: string;
  password: string;
  id: number;
}
interface Key {
  id: number;
  key: string;
  prefix: string;
  expires_at: number;
}
type Body = Record<string, unknown>;

const ORDERS = '/acme_orders/api/v1/orders';
const DAY = 86_400;

let app: TestApp;
let logs: string;
let ann: Person;
let bob: Person;
let admin: string;
let names = 0;

beforeAll(async () => {
  logs = mkdtempSync(join(tmpdir(), 'signalbox-logs-'));
  app = await startApp({ API_KEY_MAX_DAYS: '200', ...logEverythingTo(logs) });
  [ann, bob] = [await signUp(app, 'ann'), await signUp(app, 'bob')];
  admin = await app.adminToken();
});
afterAll(async () => {
  await app.close();
  rmSync(logs, { recursive: true, force: true });
});

const path = (person: { id: number }, rest = '') => `/api/v1.0/users/${person.id}/api-keys${rest}`;
const body = async (answer: Response) => (await answer.json()) as Body;

async function make(person: Person, scopes: string[], more: object = {}): Promise<Key> {
  const json = { name: `key ${names++}`, scopes, ...more };
  const answer = await app.request(path(person), { token: person.token, json });
  expect(answer.status).toBe(201);
  return (await answer.json()) as Key;
}

async function status(address: string, options: TestRequest): Promise<number> {
  const answer = await app.request(address, options);
  await answer.arrayBuffer();
  return answer.status;
}

describe('an API key', () => {
  it('is made by its user, shown once, and listed without itself', async () => {
    const json = { name: 'nightly', scopes: ['orders.read', 'users.read', 'orders.read'] };
    const answer = await app.request(path(ann), { token: ann.token, json });
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const { key, ...rest } = await body(answer);
    expect(key).toMatch(/^sbx_[\w-]{43}$/);
    const self = path(ann, `/${String(rest['id'])}`);
    expect(rest).toEqual({
      id: expect.any(Number),
      name: 'nightly',
      prefix: (key as string).slice(0, 12),
      scopes: ['orders.read', 'users.read'],
      created_at: expect.any(Number),
      expires_at: expect.any(Number),
      last_used_at: null,
      user_id: ann.id,
      _links: { self, user: `/api/v1.0/users/${ann.id}` },
    });
    expect((rest['expires_at'] as number) - (rest['created_at'] as number)).toBe(90 * DAY);
    expect(await body(await app.request(self, { token: ann.token }))).toEqual(rest);
    expect(await body(await app.request(path(ann), { token: ann.token }))).toEqual([rest]);
    const again = await app.request(path(ann), { token: ann.token, json });
    expect([again.status, (await body(again))['code']]).toEqual([409, 'API_KEY_EXISTS']);
    expect(await status(path(bob), { token: bob.token, json })).toBe(201);
  });

  it('is good for as long as it says', async () => {
    const now = Math.floor(Date.now() / 1000);
    const { expires_at: byDays } = await make(ann, ['orders.read'], { expires_in_days: 7 });
    expect(Math.abs(byDays - (now + 7 * DAY))).toBeLessThan(5);
    const { expires_at: byTime } = await make(ann, ['orders.read'], { expires_at: now + 1_000 });
    expect(byTime).toBe(now + 1_000);
    const { key } = await make(ann, ['orders.read'], { expires_at: Math.floor(Date.now() / 1000) + 2 });
    expect(await status(ORDERS, { token: key })).toBe(200);
    await sleep(2_100);
    const late = await app.request(ORDERS, { token: key });
    expect(late.status).toBe(401);
    expect(await status('/api/v1.0/users', { basic: ['ann', key] })).toBe(401);
  });

  it.each([
    [{}],
    [{ name: 'x' }],
    [{ scopes: ['orders.read'] }],
    [{ name: 7, scopes: ['orders.read'] }],
    [{ name: 'a\u0000b', scopes: ['orders.read'] }],
    [{ name: '', scopes: ['orders.read'] }],
    [{ name: 'x'.repeat(201), scopes: ['orders.read'] }],
    [{ name: 'x', scopes: [] }],
    [{ name: 'x', scopes: 'orders.read' }],
    [{ name: 'x', scopes: ['orders.steal'] }],
    [{ name: 'x', scopes: ['a\u0000b'] }],
    [{ name: 'x', scopes: [null] }],
    [{ name: 'x', scopes: Array(101).fill('orders.read') }],
    [{ name: 'x', scopes: ['orders.read'], expires_at: 0 }],
    [{ name: 'x', scopes: ['orders.read'], expires_at: 1_000_000_000 }],
    [{ name: 'x', scopes: ['orders.read'], expires_at: 99_999_999_999 }],
    [{ name: 'x', scopes: ['orders.read'], expires_at: 1e300 }],
    [{ name: 'x', scopes: ['orders.read'], expires_at: '2030-01-01' }],
    [{ name: 'x', scopes: ['orders.read'], expires_in_days: 0 }],
    [{ name: 'x', scopes: ['orders.read'], expires_in_days: 1.5 }],
    [{ name: 'x', scopes: ['orders.read'], expires_in_days: 201 }],
    [{ name: 'x', scopes: ['orders.read'], expires_in_days: 1, expires_at: 4_000_000_000 }],
    [{ name: 'x', scopes: ['orders.read'], hash: 'x' }],
    [{ name: 'x', scopes: ['orders.read'], user: 1 }],
  ])('is not made by the body %j', async (json) => {
    const answer = await app.request(path(ann), { token: ann.token, json });
    expect([answer.status, (await body(answer))['error']]).toEqual([400, 'bad request']);
  });

  it('is not made by a body of 10 MB, and others are served', async () => {
    const json = { name: 'x'.repeat(10 * 1024 * 1024), scopes: ['orders.read'] };
    expect(await status(path(ann), { token: ann.token, json })).toBe(413);
    expect(await status(path(ann), { token: ann.token })).toBe(200);
  });

  it('is given no scope that its user does not hold', async () => {
    const json = { name: 'greedy', scopes: ['orders.read', 'users.manage'] };
    const answer = await app.request(path(ann), { token: ann.token, json });
    expect([answer.status, (await body(answer))['code']]).toEqual([403, 'PERMISSION_DENIED']);
    expect(await status(path({ id: 1 }), { token: admin, json })).toBe(201);
  });

  it('is not made for others, not even by an admin, nor by less than a sign-in', async () => {
    const json = { name: 'for others', scopes: ['orders.read'] };
    for (const token of [admin, bob.token]) expect(await status(path(ann), { token, json })).toBe(403);
    for (const id of [1_000_000, 0]) expect(await status(path({ id }), { token: admin, json })).toBe(403);
    const { key } = await make(ann, ['*']);
    const byKey = await app.request(path(ann), { token: key, json });
    expect([byKey.status, (await body(byKey))['code']]).toEqual([401, 'SIGN_IN_NEEDED']);
    expect(await status(path(ann), { basic: ['ann', key], json })).toBe(401);
    const client = await app.request('/api/client/keys', {
      token: ann.token,
      json: { title: 'x', scopes: ['*'] },
    });
    const { data } = (await client.json()) as { data: { client_id: string; client_secret: string } };
    const { client_id, client_secret } = data;
    const given = await body(await app.request('/api/authorize', { json: { client_id, client_secret } }));
    expect(await status(path(ann), { token: given['jwt'] as string, json })).toBe(401);
    expect(await status(path(ann), { basic: ['ann', ann.password], json })).toBe(201);
  });

  it('is seen and deleted by who manages users too, and by nobody else', async () => {
    const { id, key } = await make(ann, ['orders.read']);
    for (const rest of ['', `/${id}`, '/999999'])
      expect(await status(path(ann, rest), { token: bob.token })).toBe(403);
    expect(await status(path(ann, `/${id}`), { method: 'DELETE', token: bob.token })).toBe(403);
    expect(await status(path(bob, `/${id}`), { token: bob.token })).toBe(404);
    expect(await status(path(bob, `/${id}`), { method: 'DELETE', token: bob.token })).toBe(404);
    expect(await status(path({ id: 1_000_000 }), { token: admin })).toBe(404);
    expect(await status(path(ann), { token: admin })).toBe(200);
    expect(await status(ORDERS, { token: key })).toBe(200);
    expect(await status(path(ann, `/${id}`), { method: 'DELETE', token: admin })).toBe(204);
    expect(await status(ORDERS, { token: key })).toBe(401);
    expect(await status(path(ann, `/${id}`), { token: admin })).toBe(404);
  });

  it('of an admin is not deleted by who manages users but may less', async () => {
    await app.app.get(RolesService).createRole(systemActor(), 'keeper', ['users.manage']);
    const keeper = await signUp(app, 'keeper', ['keeper']);
    const { id } = await make({ token: admin, password: '', id: 1 }, ['orders.read']);
    expect(await status(path({ id: 1 }, `/${id}`), { method: 'DELETE', token: keeper.token })).toBe(403);
    expect(await status(path(ann), { token: keeper.token })).toBe(200);
  });

  it('is limited to a hundred per user, also when they are made at once', async () => {
    const carl = await signUp(app, 'carl');
    await app.app.get(Database).execute(
      `insert into api_key (user_id, name, prefix, hash, scopes, expires_at)
       select $1, 'n' || n, 'x', 'x' || n, '{}', now() from generate_series(1, 98) n`,
      [carl.id],
    );
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        status(path(carl), { token: carl.token, json: { name: `more ${index}`, scopes: ['orders.read'] } }),
      ),
    );
    expect(answers.filter((one) => one === 201)).toHaveLength(2);
    expect(answers.filter((one) => one === 409)).toHaveLength(6);
  });

  it('of one name is made once by twenty at once', async () => {
    const json = { name: 'the same', scopes: ['orders.read'] };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => status(path(bob), { token: bob.token, json })),
    );
    expect(answers.sort()).toEqual([201, ...Array<number>(19).fill(409)]);
  });
});

describe('what an API key opens', () => {
  it('is what its scopes say, as its user, by Bearer and as the password', async () => {
    const { key } = await make(ann, ['orders.read', 'users.read']);
    for (const way of [{ token: key }, { basic: ['ann', key] }, { basic: ['ANN', key] }] as TestRequest[]) {
      expect(await status(ORDERS, way)).toBe(200);
      expect(await status(`/api/v1.0/users/${ann.id}/roles`, way)).toBe(200);
      expect(await status('/api/v1.0/jobs', way)).toBe(403);
      expect(await status(path(ann), way)).toBe(403);
      expect(await status('/api/v1.0/tokens', { method: 'POST', ...way })).toBe(403);
    }
  });

  it('is not the account of another nickname, nor a token', async () => {
    const { key } = await make(ann, ['*']);
    for (const nickname of ['bob', 'nobody', '', 'admin', "ann' --"])
      expect(await status(ORDERS, { basic: [nickname, key] })).toBe(401);
    expect(await status(ORDERS, { basic: ['ann', key] })).toBe(200);
    for (const way of [{ token: key }, { basic: ['ann', key] }] as TestRequest[]) {
      expect(await status('/api/v1.0/tokens', { method: 'POST', ...way })).toBe(401);
      expect(await status('/api/v1.0/tokens?refresh=true', { method: 'POST', ...way })).toBe(401);
      expect(await status('/api/v1.0/tokens', { method: 'DELETE', ...way })).toBe(401);
    }
  });

  it('is nothing for what only looks like one', async () => {
    const { key } = await make(ann, ['*']);
    for (const other of [
      'sbx_',
      key.slice(0, -1),
      `${key}x`,
      key.toUpperCase(),
      `sbx_${'0'.repeat(43)}`,
      `sbx_${'%'.repeat(43)}`,
      key.slice(4),
    ]) {
      expect(await status(ORDERS, { token: other })).toBe(401);
    }
    expect(await status(ORDERS, { basic: ['ann', key.slice(0, -1)] })).toBe(401);
    const headers = { 'api-key': key };
    expect(await status(ORDERS, { headers })).toBe(401);
    expect(await status(`${ORDERS}?jwt=${key}`, {})).toBe(401);
  });

  it('comes in the header API-Key on the paths of the data store', async () => {
    const { key } = await make(ann, ['orders.read']);
    const ask = async (url: string) =>
      app.app
        .get(Authenticator)
        .authenticate({ headers: { 'api-key': key }, url, routeOptions: {} } as unknown as FastifyRequest);
    const actor = await ask('/datastore/authorize');
    expect([actor.nickname, actor.credential.kind, [...actor.permissions]]).toEqual([
      'ann',
      'api-key',
      ['orders.read'],
    ]);
    await expect(ask('/api/v1.0/users')).rejects.toMatchObject({ code: 'CREDENTIALS_MISSING' });
    await expect(ask('/datastores/authorize')).rejects.toMatchObject({ code: 'CREDENTIALS_MISSING' });
  });

  it('is no more than its user may, at any time', async () => {
    const dan = await signUp(app, 'dan', ['admin']);
    const [word, all] = [await make(dan, ['users.read', 'roles.manage']), await make(dan, ['*'])];
    const others = `/api/v1.0/users/${bob.id}/roles`;
    for (const { key } of [word, all]) expect(await status(others, { token: key })).toBe(200);
    const roles = app.app.get(RolesService);
    const [grant] = await roles.list(systemActor(), dan.id);
    await roles.revoke(systemActor(), dan.id, grant!.id);
    for (const { key } of [word, all]) {
      expect(await status(others, { token: key })).toBe(403);
      expect(await status('/api/v1.0/users', { token: key })).toBe(200);
    }
  });

  it('ends with the key, by each way at once, and with the account', async () => {
    const [first, second] = [await make(ann, ['orders.read']), await make(ann, ['orders.read'])];
    for (const { key } of [first, second])
      for (const way of [{ token: key }, { basic: ['ann', key] }] as TestRequest[])
        expect(await status(ORDERS, way)).toBe(200);
    expect(await status(path(ann, `/${first.id}`), { method: 'DELETE', token: ann.token })).toBe(204);
    for (const way of [{ token: first.key }, { basic: ['ann', first.key] }] as TestRequest[])
      expect(await status(ORDERS, way)).toBe(401);
    expect(await status(ORDERS, { basic: ['ann', second.key] })).toBe(200);

    const eve = await signUp(app, 'eve');
    const { key } = await make(eve, ['orders.read']);
    expect(await status(ORDERS, { token: key })).toBe(200);
    await app.app.get(UsersService).disable(systemActor(), 'eve');
    expect(await status(ORDERS, { token: key })).toBe(401);
    expect(await status(ORDERS, { basic: ['eve', key] })).toBe(401);
  });

  it('does not count as a failed sign-in, and the password works beside it', async () => {
    const { key } = await make(ann, ['orders.read']);
    for (let tries = 0; tries < 8; tries++)
      expect(await status(ORDERS, { basic: ['ann', `sbx_${'A'.repeat(43)}`] })).toBe(401);
    expect(await status(ORDERS, { basic: ['ann', ann.password] })).toBe(200);
    expect(await status(ORDERS, { basic: ['ann', key] })).toBe(200);
    expect(await status('/api/v1.0/jobs', { basic: ['ann', ann.password] })).toBe(200);
    expect(await status('/api/v1.0/jobs', { basic: ['ann', key] })).toBe(403);
  });
});

it('when a key was used is kept, to the minute, off the request', async () => {
  const { id, key } = await make(ann, ['orders.read']);
  const lastUsed = async () =>
    (await body(await app.request(path(ann, `/${id}`), { token: ann.token })))['last_used_at'];
  expect(await lastUsed()).toBeNull();
  const before = Math.floor(Date.now() / 1000);
  expect(await status(ORDERS, { token: key })).toBe(200);
  await sleep(1_500);
  expect(await lastUsed()).toBeGreaterThanOrEqual(before);
});

it('no key is in a log line, a table or the audit log', async () => {
  const { key, prefix, id } = await make(ann, ['orders.read']);
  for (const way of [
    { token: key },
    { basic: ['ann', key] },
    { headers: { 'api-key': key } },
  ] as TestRequest[])
    await status(ORDERS, way);
  await status(`${ORDERS}?limit=x`, { token: key });
  await status(path(ann, `/${id}`), { method: 'DELETE', token: ann.token });
  const [tables, lines] = [await stored(app), await logged(logs)];
  expect(lines).toContain('acme_orders');
  const basic = Buffer.from(`ann:${key}`).toString('base64');
  for (const text of [tables, lines]) {
    expect(text).not.toContain(key);
    expect(text).not.toContain(key.slice(prefix.length));
    expect(text).not.toContain(basic);
  }
  const entries = await app.app
    .get(Database)
    .query<{ action: string }>(`select action from audit_entry where details->>'apiKey' = $1 order by id`, [
      String(id),
    ]);
  expect(entries.map(({ action }) => action)).toEqual(['api-key.create', 'api-key.delete']);
});
