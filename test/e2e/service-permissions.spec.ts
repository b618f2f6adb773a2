import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { signUp } from '../support/people.js';

interface Row {
  userid: string;
  service: string;
  permissions: Record<string, unknown>;
  updated_at: number;
}

const ROWS = '/api/v1.0/service-permissions';

let app: TestApp;
let admin: string;
let ann: { token: string; id: number };
let userid: string;
let bobsUserid: string;

beforeAll(async () => {
  app = await startApp();
  admin = await app.adminToken();
  ann = await signUp(app, 'ann');
  userid = decodeJwt(ann.token).sub!;
  bobsUserid = decodeJwt((await signUp(app, 'bob')).token).sub!;
});
afterAll(() => app?.close());

const put = (path: string, json: unknown, token = admin) => app.request(path, { method: 'PUT', token, json });
const remove = (path: string, token = admin) => app.request(path, { method: 'DELETE', token });

async function body<T = Record<string, unknown>>(answer: Promise<Response>, status = 200): Promise<T> {
  const { status: found } = await answer;
  expect(found).toBe(status);
  return (await (await answer).json()) as T;
}

async function authorized(service: string): Promise<Record<string, unknown>> {
  const answer = app.request(`/user/authorize?service=${service}`, { token: ann.token });
  return (await body<{ permissions: Record<string, unknown> }>(answer)).permissions;
}

async function lastEntry(): Promise<unknown> {
  const [entry] = await app.app
    .get(Database)
    .query(
      `select action, subject, details - 'credential' as details from audit_entry where action not like '%token%' order by id desc limit 1`,
    );
  return entry;
}

describe('service permissions', () => {
  it('are set, shown and removed by who manages them, count at once, and are written down', async () => {
    const path = `${ROWS}/${userid}/os.datastore`;
    expect((await app.request(path, { token: admin })).status).toBe(404);
    const made = await body<Row>(put(path, { 'datapackage-upload': false }));
    expect(made).toEqual({
      userid,
      service: 'os.datastore',
      permissions: { 'datapackage-upload': false },
      updated_at: expect.any(Number),
      _links: { self: path },
    });
    expect(Math.abs(made.updated_at - Date.now() / 1000)).toBeLessThan(60);
    expect(await body(app.request(path, { token: admin }))).toEqual(made);
    expect(await authorized('os.datastore')).toEqual({ 'datapackage-upload': false });
    expect(await lastEntry()).toEqual({
      action: 'service-permission.set',
      subject: `userid:${userid}`,
      details: { service: 'os.datastore', permissions: { 'datapackage-upload': false } },
    });
    await body(put(path, { other: 1 })); // sets, and does not add
    expect(await authorized('os.datastore')).toEqual({ 'datapackage-upload': true, other: 1 });
    expect((await remove(path)).status).toBe(204);
    expect(await lastEntry()).toMatchObject({ action: 'service-permission.delete' });
    expect((await remove(path)).status).toBe(404);
    expect(await authorized('os.datastore')).toEqual({ 'datapackage-upload': true });
  });

  it('of everybody go by a star, also a written-out one', async () => {
    expect(await body(put(`${ROWS}/*/sample`, { david: [4, 5, 6] }))).toMatchObject({ userid: '*' });
    expect(await body(app.request(`${ROWS}/%2A/sample`, { token: ann.token }))).toMatchObject({
      permissions: { david: [4, 5, 6] },
    });
    expect(await authorized('sample')).toEqual({ david: [4, 5, 6] });
    expect((await remove(`${ROWS}/*/sample`)).status).toBe(204);
  });

  it('hold what they were given, whatever names and values it has', async () => {
    const values = {
      constructor: 1,
      toString: null,
      deep: { a: [{ b: '\\u0000 "ü" 💥' }] },
      'a.b:c-d_e': 0.5,
    };
    expect((await body<Row>(put(`${ROWS}/${userid}/odd`, values))).permissions).toEqual(values);
    expect(await authorized('odd')).toEqual(values);
    await remove(`${ROWS}/${userid}/odd`);
  });

  it.each([
    ['a list', '[]'],
    ['a text', '"x"'],
    ['null', 'null'],
    ['nothing', ''],
    ['no JSON', '{'],
    ['a bad name', '{"a b": 1}'],
    ['an empty name', '{"": 1}'],
    ['a prototype', '{"__proto__": {"x": 1}}'],
    ['a NUL', '{"a": "\\u0000"}'],
    ['half a character', '{"a": "\\ud800"}'],
    ['a NUL in a nested name', '{"a": {"\\u0000": 1}}'],
    ['too much', JSON.stringify({ a: 'x'.repeat(4_096) })],
  ])('refuse %s', async (_name, text) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await app.request(`${ROWS}/${userid}/odd`, {
      method: 'PUT',
      token: admin,
      body: text,
      headers,
    });
    expect(answer.status).toBe(400);
    expect((await app.request(`${ROWS}/${userid}/odd`, { token: admin })).status).toBe(404);
  });

  it('refuse services and users that cannot be', async () => {
    for (const service of ['a%20b', '-x', 'x'.repeat(65), '%00', 'é', "'"])
      expect([service, (await put(`${ROWS}/*/${service}`, {})).status]).toEqual([service, 400]);
    for (const nobody of ['f'.repeat(32), 'ann', '%00', 'a:b', '**', "'"])
      expect([nobody, (await put(`${ROWS}/${nobody}/x`, {})).status]).toEqual([nobody, 404]);
    for (const path of ['%00/x', '*/%00', "'/x", '*/a%20b']) {
      expect((await app.request(`${ROWS}/${path}`, { token: admin })).status).toBe(404);
      expect((await remove(`${ROWS}/${path}`)).status).toBe(404);
    }
  });

  it('are listed in pages, with filters', async () => {
    for (const service of ['a', 'b', 'c'])
      for (const who of ['*', userid, bobsUserid]) await put(`${ROWS}/${who}/${service}`, { service });
    type Page = { service_permissions: Row[]; next: string | null };
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const query: string = after === null ? '' : `&after=${encodeURIComponent(after)}`;
      const page = await body<Page>(app.request(`${ROWS}?limit=4${query}`, { token: admin }));
      expect(page.service_permissions.length).toBeLessThanOrEqual(4);
      seen.push(...page.service_permissions.map((row) => `${row.userid},${row.service}`));
      after = page.next;
    } while (after !== null);
    expect(seen).toHaveLength(10); // these nine, and the data store's
    expect(new Set(seen).size).toBe(10);
    const listed = async (query: string, token = admin) =>
      (await body<Page>(app.request(`${ROWS}${query}`, { token }))).service_permissions.map((row) => [
        row.userid,
        row.service,
      ]);
    expect(await listed('?service=b')).toHaveLength(3);
    expect(await listed(`?userid=${userid}&service=b`)).toEqual([[userid, 'b']]);
    expect(await listed('?userid=*&after=*,b')).toEqual([
      ['*', 'c'],
      ['*', 'os.datastore'],
    ]);
    for (const query of [
      'limit=0',
      'limit=1001',
      'limit=x',
      'after=x',
      'after=%00,x',
      'userid=%00',
      'service=%00',
      'nonsense=1',
    ])
      expect([query, (await app.request(`${ROWS}?${query}`, { token: admin })).status]).toEqual([query, 400]);
  });

  it('of others are for nobody but who manages them', async () => {
    const { token } = ann;
    type Page = { service_permissions: Row[] };
    const own = await body<Page>(app.request(ROWS, { token }));
    expect(new Set(own.service_permissions.map((row) => row.userid))).toEqual(new Set(['*', userid]));
    expect((await app.request(`${ROWS}/${userid}/a`, { token })).status).toBe(200);
    for (const who of [bobsUserid, 'f'.repeat(32)]) {
      expect((await app.request(`${ROWS}?userid=${who}`, { token })).status).toBe(403);
      expect((await app.request(`${ROWS}/${who}/a`, { token })).status).toBe(403);
    }
    expect((await put(`${ROWS}/${userid}/a`, {}, token)).status).toBe(403);
    expect((await remove(`${ROWS}/${userid}/a`, token)).status).toBe(403);
  });
});
