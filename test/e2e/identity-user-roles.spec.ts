import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { RolesService, systemActor } from '../../src/identity/index.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp, type TestRequest } from '../support/app.js';
import { signUp } from '../support/people.js';

let app: TestApp;
let database: Database;
let roles: RolesService;
let admin: string;
let ann: { id: number; token: string };
/** May manage roles and read the audit log, and nothing else that not everybody may. */
let reg: { id: number; token: string };

beforeAll(async () => {
  app = await startApp();
  database = app.app.get(Database);
  roles = app.app.get(RolesService);
  admin = await app.adminToken();
  await roles.createRole(systemActor(), 'registrar', ['roles.manage', 'audit.read']);
  await roles.createRole(systemActor(), 'auditor', ['audit.read']);
  await roles.createRole(systemActor(), 'steward', ['users.manage']);
  await roles.createRole(systemActor(), 'idle', []);
  ann = await signUp(app, 'ann');
  reg = await signUp(app, 'reg', ['registrar']);
});
afterAll(() => app?.close());

const path = (id: number | string, role: number | string = '') => `/api/v1.0/users/${id}/roles/${role}`;

async function ask(url: string, options: TestRequest): Promise<[number, Record<string, unknown>]> {
  const answer = await app.request(url, options);
  const text = await answer.text();
  return [answer.status, text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)];
}

async function put(url: string, json: unknown, token = admin): Promise<[number, unknown, unknown]> {
  const [status, { code, message }] = await ask(url, { method: 'PUT', token, json });
  return [status, code, message];
}

const held = () => database.query<{ id: number; name: string }>('select * from user_role order by id');
const entries = (id: number) =>
  database.query(
    `select action, details from audit_entry where subject = $1 and action like 'role.%' order by id`,
    [`user:${id}`],
  );

/** A new user with one role, and where that is. */
async function holder(name: string): Promise<{ id: number; token: string; role: number; url: string }> {
  const user = await signUp(app, `holder${Math.random().toString(36).slice(2)}`, [name]);
  const [grant] = await roles.list(systemActor(), user.id);
  return { ...user, role: grant!.id, url: path(user.id, grant!.id) };
}

describe('PUT of a role of a user', () => {
  it('has him hold another one under the same number, at once, with one record', async () => {
    const { id, token, role, url } = await holder('idle');
    const reading = async () => (await ask('/api/v1.0/audit', { token }))[0];
    expect(await reading()).toBe(403);
    const answer = await app.request(url, { method: 'PUT', token: admin, json: { name: 'auditor' } });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(await reading()).toBe(200);
    expect((await ask(url, { token }))[1]).toMatchObject({ id: role, name: 'auditor', user_id: id });
    const { jti } = decodeJwt(admin);
    expect((await entries(id)).slice(1)).toEqual([
      {
        action: 'role.replace',
        details: { role: 'auditor', former: 'idle', credential: { kind: 'token', id: jti } },
      },
    ]);
    expect((await put(url, { name: 'idle' }, reg.token))[0]).toBe(200);
    expect(await reading()).toBe(403);
  });

  it('changes what is given: nothing without a name, or with the same one', async () => {
    const { id, url } = await holder('auditor');
    const before = [await held(), await entries(id)];
    for (const json of [{}, { name: 'auditor' }]) expect((await put(url, json))[0]).toBe(200);
    const bare = await app.request(url, { method: 'PUT', token: admin });
    expect(bare.status).toBe(200);
    expect([await held(), await entries(id)]).toEqual(before);
  });

  it('is 400 for a role that he holds already', async () => {
    const { id, url } = await holder('auditor');
    const other = await roles.grant(systemActor(), id, 'idle');
    const before = await held();
    expect(await put(url, { name: 'idle' })).toEqual([
      400,
      'ROLE_ALREADY_GRANTED',
      `Role already exists : id ${other}`,
    ]);
    expect(await held()).toEqual(before);
  });

  it('is for who may take the one away and grant the other', async () => {
    const strong = await holder('steward');
    const weak = await holder('auditor');
    const [first] = await roles.list(systemActor(), 1);
    const before = await held();
    for (const [url, name] of [
      [strong.url, 'idle'],
      [strong.url, 'steward'],
      [weak.url, 'steward'],
      [weak.url, 'admin'],
      [path(1, first!.id), 'idle'],
    ] as const) {
      const [status, code] = await put(url, { name }, reg.token);
      expect([url, name, status, code]).toEqual([url, name, 403, 'PERMISSION_DENIED']);
    }
    expect((await put(strong.url, {}, reg.token))[0]).toBe(403);
    expect((await put(weak.url, { name: 'to-be-defined' }, reg.token))[1]).toBe('UNDEFINED_ROLE_DENIED');
    expect(await held()).toEqual(before);
    expect((await put(weak.url, { name: 'to-be-defined' }))[0]).toBe(200);
    expect((await put(weak.url, { name: 'idle' }, reg.token))[0]).toBe(200);
    expect((await put(strong.url, { name: 'admin' }))[0]).toBe(200);
  });

  it('leaves an admin', async () => {
    await database.execute(`delete from user_role where name = 'admin' and user_id <> 1`);
    const [first] = await roles.list(systemActor(), 1);
    const url = path(1, first!.id);
    expect((await put(url, { name: 'idle' })).slice(0, 2)).toEqual([409, 'LAST_ADMIN']);
    expect((await put(url, { name: 'admin' }))[0]).toBe(200);
    expect((await ask(url, { token: admin }))[1]).toMatchObject({ name: 'admin' });
  });

  it('asks for the permission before the existence', async () => {
    const { id, role, url } = await holder('idle');
    for (const missing of [
      path(1_000_000, 1),
      path('abc', 1),
      path(ann.id, role),
      path(id, 999_999),
      path(id, 'x'),
    ]) {
      for (const json of [{}, { name: 'auditor' }]) {
        expect((await put(missing, json, ann.token))[0]).toBe(403);
        expect((await put(missing, json))[0]).toBe(404);
      }
      expect((await put(missing, { name: 'steward' }, reg.token))[0]).toBe(403);
    }
    expect((await put(url, { name: 'idle' }, ann.token))[0]).toBe(403);
  });

  it.each([
    [{ name: '' }, /^name must be/],
    [{ name: 7 }, /^name must be/],
    [{ name: null }, /^name must be/],
    [{ name: ['admin'] }, /^name must be/],
    [{ name: 'a\u0000b' }, /^name must be/],
    [{ name: 'x'.repeat(65) }, /^name must be/],
    [{ name: 'idle', id: 1 }, /id should not exist/],
    [{ user_id: 1 }, /user_id should not exist/],
    [{ permissions: ['*'] }, /permissions should not exist/],
    [[], /./],
    ['x', /./],
  ])('is 400 for the body %j, and nothing changes', async (json, message) => {
    const { url } = await holder('auditor');
    const before = await held();
    expect(await put(url, json)).toEqual([400, expect.any(String), expect.stringMatching(message)]);
    expect(await held()).toEqual(before);
  });

  it('cannot be reached through the prototype', async () => {
    const { url } = await holder('idle');
    const headers = { 'content-type': 'application/json' };
    for (const body of ['{"__proto__":{"name":"admin"}}', '{"constructor":{"prototype":{"name":"admin"}}}'])
      expect((await app.request(url, { method: 'PUT', token: admin, body, headers })).status).toBe(400);
  });

  it('of several at the same time makes no role twice', async () => {
    const { id } = await holder('idle');
    const others = await Promise.all(['a', 'b', 'c'].map((name) => roles.grant(systemActor(), id, name)));
    const answers = await Promise.all(others.map((role) => put(path(id, role), { name: 'same' })));
    expect(answers.map(([status]) => status).sort()).toEqual([200, 400, 400]);
    expect((await held()).filter(({ name }) => name === 'same')).toHaveLength(1);
  });
});
