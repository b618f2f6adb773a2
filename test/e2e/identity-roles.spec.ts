import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { definedPermissions } from '../../src/platform/access/permissions.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp, type TestRequest } from '../support/app.js';
import { signUp } from '../support/people.js';

const ROLES = '/api/v1.0/roles';

let app: TestApp;
let database: Database;
let admin: string;
let ann: { token: string; id: number };

beforeAll(async () => {
  app = await startApp();
  database = app.app.get(Database);
  admin = await app.adminToken();
  ann = await signUp(app, 'ann');
});
afterAll(() => app?.close());

async function ask(path: string, options: TestRequest): Promise<[number, Record<string, unknown>]> {
  const answer = await app.request(path, options);
  const text = await answer.text();
  return [answer.status, text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)];
}

async function refusal(path: string, options: TestRequest): Promise<[number, unknown]> {
  const [status, { code }] = await ask(path, options);
  return [status, code];
}

const define = (name: string, permissions: string[], token = admin) =>
  ask(ROLES, { token, json: { name, permissions } });
const grant = (id: number, name: string) =>
  ask(`/api/v1.0/users/${id}/roles`, { token: admin, json: { name } });
const stored = () => database.query('select * from role order by name');

describe('the permissions', () => {
  it('are listed for everybody, with what they are about', async () => {
    const [status, { permissions }] = await ask('/api/v1.0/permissions', { token: ann.token });
    expect(status).toBe(200);
    const list = permissions as { name: string; about: string; everyone: boolean }[];
    expect(list.map(({ name }) => name)).toEqual([...definedPermissions().keys()].sort());
    expect(list.filter(({ about }) => !/\.$/.test(about))).toEqual([]);
    expect(list).toContainEqual({ name: 'roles.manage', about: expect.any(String), everyone: false });
    expect(list).toContainEqual({ name: 'users.read', about: expect.any(String), everyone: true });
  });
});

describe('a role', () => {
  it('is defined, shown, changed in part and deleted', async () => {
    const json = {
      name: 'importer',
      permissions: ['orders.rules', 'orders.import', 'orders.rules'],
      about: 'Imports.',
    };
    const view = {
      name: 'importer',
      about: 'Imports.',
      permissions: ['orders.rules', 'orders.import'],
      built_in: false,
      _links: { self: `${ROLES}/importer` },
    };
    const one = `${ROLES}/importer`;
    expect(await ask(ROLES, { token: admin, json })).toEqual([201, view]);
    expect(await ask(one, { token: admin })).toEqual([200, view]);
    const change = (body: object) => ask(one, { method: 'PUT', token: admin, json: body });
    expect(await change({ about: 'x' })).toEqual([200, { ...view, about: 'x' }]);
    expect(await change({ permissions: [] })).toEqual([200, { ...view, about: 'x', permissions: [] }]);
    expect(await change({})).toEqual([200, { ...view, about: 'x', permissions: [] }]);
    expect(await ask(one, { token: admin })).toEqual([200, { ...view, about: 'x', permissions: [] }]);
    expect(await ask(one, { method: 'DELETE', token: admin })).toEqual([204, {}]);
    expect(await refusal(one, { token: admin })).toEqual([404, 'ROLE_NOT_DEFINED']);
    expect(await refusal(one, { method: 'DELETE', token: admin })).toEqual([404, 'ROLE_NOT_DEFINED']);
    const entries = await database.query<{ action: string }>(
      `select action from audit_entry where subject = 'role:importer' order by id`,
    );
    expect(entries.map(({ action }) => action)).toEqual([
      'role.create',
      ...Array.from({ length: 3 }, () => 'role.change'),
      'role.delete',
    ]);
  });

  it('takes effect at once for who holds it, by each change', async () => {
    const { id, token } = await signUp(app, 'holder', ['viewer']);
    const others = `/api/v1.0/users/${ann.id}/roles`;
    const may = async () => (await ask(others, { token }))[0] === 200;
    expect(await may()).toBe(false);
    await define('viewer', ['roles.manage']);
    expect(await may()).toBe(true);
    const change = (permissions: string[]) =>
      ask(`${ROLES}/viewer`, { method: 'PUT', token: admin, json: { permissions } });
    await change(['audit.read']);
    expect(await may()).toBe(false);
    await change(['roles.manage']);
    expect(await may()).toBe(true);
    await ask(`${ROLES}/viewer`, { method: 'DELETE', token: admin });
    expect(await may()).toBe(false);
    await define('viewer', ['roles.manage']); // whoever defines the name anew gives it to nobody
    expect(await may()).toBe(false);
    expect(await ask(`/api/v1.0/users/${id}/roles`, { token: admin })).toEqual([200, []]);
  });

  it('is listed by name, in pages that together are the whole list', async () => {
    for (const name of ['aa', 'zz', 'Ümlaut', 'b.b', 'B']) await define(name, []);
    const whole = (await ask(`${ROLES}?limit=1000`, { token: admin }))[1]['roles'] as { name: string }[];
    const names = whole.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['B', 'aa', 'admin', 'b.b', 'user', 'zz', 'Ümlaut']));
    expect(whole.find(({ name }) => name === 'admin')).toEqual({
      name: 'admin',
      about: expect.any(String),
      permissions: ['*'],
      built_in: true,
      _links: { self: `${ROLES}/admin` },
    });
    const paged: string[] = [];
    for (let after = ''; paged.length < names.length + 1;) {
      const [, page] = await ask(`${ROLES}?limit=1${after}`, { token: admin });
      const [role] = page['roles'] as { name: string; _links: { self: string } }[];
      if (!role) break;
      paged.push(role.name);
      after = `&after=${encodeURIComponent(role.name)}`;
      expect((await ask(role._links.self, { token: admin }))[1]).toEqual(role);
    }
    expect(paged).toEqual(names);
  });

  it.each(['limit=0', 'limit=1001', 'limit=x', 'after=', 'after=a%00', 'after=a/b', 'x=1'])(
    'is not listed with ?%s',
    async (query) => {
      expect((await ask(`${ROLES}?${query}`, { token: admin }))[0]).toBe(400);
    },
  );

  it('that is built in is shown, and stays', async () => {
    for (const name of ['admin', 'user']) {
      expect((await ask(`${ROLES}/${name}`, { token: admin }))[1]).toMatchObject({ name, built_in: true });
      expect((await define(name, []))[0]).toBe(409);
      const change = { method: 'PUT', token: admin, json: { permissions: [] } };
      expect(await refusal(`${ROLES}/${name}`, change)).toEqual([409, 'ROLE_BUILT_IN']);
      expect(await refusal(`${ROLES}/${name}`, { method: 'DELETE', token: admin })).toEqual([
        409,
        'ROLE_BUILT_IN',
      ]);
    }
  });

  it('is defined once, where two come at the same time', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => define('twin', [])));
    expect(answers.map(([status]) => status).sort()).toEqual([201, 409, 409]);
  });

  it.each([
    ['GET', '', 200],
    ['POST', '', 201],
    ['GET', '/nowhere', 404],
    ['PUT', '/nowhere', 404],
    ['DELETE', '/nowhere', 404],
    ['GET', '/%00', 404],
    ['PUT', '/%00', 404],
    ['DELETE', `/${'x'.repeat(500)}`, 404],
  ])('is for who manages roles, which is asked before existence: %s %s', async (method, rest, boss) => {
    const json = method === 'POST' ? { name: 'ordered', permissions: [] } : {};
    const options = { method, ...(method !== 'GET' && { json }) };
    expect((await ask(ROLES + rest, { ...options, token: ann.token }))[0]).toBe(403);
    expect((await ask(ROLES + rest, { ...options, token: admin }))[0]).toBe(boss);
  });

  it('that may more than oneself is not defined, changed or deleted', async () => {
    await define('keeper', ['roles.manage', 'audit.read']);
    await define('strong', ['audit.read', 'users.manage']);
    const kim = await signUp(app, 'kim');
    await grant(kim.id, 'keeper');
    const before = await stored();
    const put = (name: string, json: object) =>
      refusal(`${ROLES}/${name}`, { method: 'PUT', token: kim.token, json });
    for (const answer of [
      await refusal(ROLES, { token: kim.token, json: { name: 'mine', permissions: ['users.manage'] } }),
      await put('keeper', { permissions: ['users.manage'] }),
      await put('strong', { permissions: ['audit.read'] }),
      await put('strong', { about: 'mine now' }),
      await refusal(`${ROLES}/strong`, { method: 'DELETE', token: kim.token }),
    ]) {
      expect(answer).toEqual([403, 'PERMISSION_DENIED']);
    }
    expect(await stored()).toEqual(before);
    expect((await define('mine', ['audit.read'], kim.token))[0]).toBe(201);
    expect((await ask(`${ROLES}/mine`, { method: 'DELETE', token: kim.token }))[0]).toBe(204);
  });

  it.each([
    [undefined, /^Missing post data name; Missing post data permissions$/],
    [{ name: 'x' }, /^Missing post data permissions$/],
    [{ permissions: [] }, /^Missing post data name$/],
    [{ name: 'no good', permissions: [] }, /^name must be/],
    [{ name: 'a\u0000', permissions: [] }, /^name must be/],
    [{ name: ['x'], permissions: [] }, /^name must be/],
    [{ name: 'x', permissions: 'orders.read' }, /^permissions must be a list of at most 200 words/],
    [{ name: 'x', permissions: ['no.such'] }, /^There are no such permissions: no\.such/],
    [{ name: 'x', permissions: ['*'] }, /^There are no such permissions: \*/],
    [{ name: 'x', permissions: ['__proto__'] }, /^There are no such permissions/],
    [{ name: 'x', permissions: [7] }, /^permissions must be a list of/],
    [{ name: 'x', permissions: ['x'.repeat(65)] }, /^permissions must be a list of/],
    [
      { name: 'x', permissions: Array(201).fill('orders.read') },
      /^permissions must be a list of at most 200 words/,
    ],
    [{ name: 'x', permissions: [], about: 7 }, /^about must be a text$/],
    [{ name: 'x', permissions: [], about: 'x'.repeat(501) }, /^about has at most 500/],
    [{ name: 'x', permissions: [], about: 'a\u0000' }, /^about has at most 500/],
    [{ name: 'x', permissions: [], built_in: true }, /built_in should not exist/],
    [{ name: 'x', permissions: [], id: 1 }, /id should not exist/],
    [[], /./],
    ['x', /./],
  ])('is not made of the body %j', async (json, message) => {
    const before = await stored();
    const [status, answer] = await ask(ROLES, {
      method: 'POST',
      token: admin,
      ...(json !== undefined && { json }),
    });
    expect([status, answer['message']]).toEqual([400, expect.stringMatching(message)]);
    expect(await stored()).toEqual(before);
  });

  it.each([
    [{ permissions: null }],
    [{ permissions: ['no.such'] }],
    [{ about: null }],
    [{ name: 'other' }],
    [{ built_in: true }],
    [[]],
  ])('is not changed by the body %j', async (json) => {
    await define('stays', ['orders.read']);
    const before = await stored();
    expect((await ask(`${ROLES}/stays`, { method: 'PUT', token: admin, json }))[0]).toBe(400);
    expect(await stored()).toEqual(before);
  });

  it('cannot be reached through the prototype', async () => {
    const body = '{"name":"x","__proto__":{"permissions":["users.manage"]}}';
    const headers = { 'content-type': 'application/json' };
    const answer = await app.request(ROLES, { method: 'POST', token: admin, body, headers });
    expect(answer.status).toBe(400);
  });
});
