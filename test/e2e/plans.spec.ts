import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { RolesService, systemActor, UsersService } from '../../src/identity/index.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { signUp } from '../support/people.js';

const ROWS = '/api/v1.0/service-permissions';
const PLANS = '/api/v1.0/plans';

let app: TestApp;
let admin: string;
let ann: { token: string; id: number };
let userid: string;

beforeAll(async () => {
  app = await startApp();
  admin = await app.adminToken();
  ann = await signUp(app, 'ann');
  userid = decodeJwt(ann.token).sub!;
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

describe('plans', () => {
  const gold = { max_private_storage_mb: 5_000, max_public_storage_mb: 9_000, max_dataset_num: 1_000 };
  const none = { max_private_storage_mb: 1, max_public_storage_mb: 2, max_dataset_num: 3 };
  const plan = (id: number, name: string | null, token = admin) =>
    put(`/api/v1.0/users/${id}/plan`, { plan: name }, token);

  it('say how much a user may keep: his own, else the default one, else the built-in', async () => {
    expect(await authorized('source')).toEqual({ max_dataset_num: 100 });
    expect(await body(put(`${PLANS}/default`, none))).toEqual({ name: 'default', ...none });
    expect(await lastEntry()).toEqual({ action: 'plan.set', subject: 'plan:default', details: none });
    expect(await authorized('source')).toEqual({ max_dataset_num: 3 });
    expect(await authorized('rawstore')).toEqual({ max_private_storage_mb: 1, max_public_storage_mb: 2 });
    await body(put(`${PLANS}/gold`, gold));
    expect(await body(plan(ann.id, 'gold'))).toEqual({ plan: 'gold' });
    expect(await lastEntry()).toEqual({
      action: 'plan.assign',
      subject: `user:${ann.id}`,
      details: { plan: 'gold' },
    });
    expect(await authorized('source')).toEqual({ max_dataset_num: 1_000 });
    expect(await authorized('rawstore')).toEqual({
      max_private_storage_mb: 5_000,
      max_public_storage_mb: 9_000,
    });
    expect(await authorized('os.datastore')).toEqual({ 'datapackage-upload': true });
    await body(put(`${PLANS}/gold`, { ...gold, max_dataset_num: 7 }));
    expect(await authorized('source')).toEqual({ max_dataset_num: 7 });
    await body(plan(ann.id, null));
    expect(await authorized('source')).toEqual({ max_dataset_num: 3 });
  });

  it('give way to what was said of everybody, unless they are his own, and to what was said of him', async () => {
    await put(`${ROWS}/*/source`, { max_dataset_num: 50 });
    expect(await authorized('source')).toEqual({ max_dataset_num: 50 });
    await body(plan(ann.id, 'gold'));
    expect(await authorized('source')).toEqual({ max_dataset_num: 7 });
    await put(`${ROWS}/${userid}/source`, { max_dataset_num: 8 });
    expect(await authorized('source')).toEqual({ max_dataset_num: 8 });
    await remove(`${ROWS}/${userid}/source`);
    await remove(`${ROWS}/*/source`);
  });

  it('leave their users without a plan of their own when they are removed', async () => {
    expect((await remove(`${PLANS}/gold`)).status).toBe(204);
    expect(await authorized('source')).toEqual({ max_dataset_num: 3 });
    expect((await remove(`${PLANS}/gold`)).status).toBe(404);
    expect((await remove(`${PLANS}/default`)).status).toBe(204);
    expect(await authorized('source')).toEqual({ max_dataset_num: 100 });
  });

  it('are listed in pages, to all', async () => {
    for (const name of ['a', 'b', 'c']) await put(`${PLANS}/${name}`, none);
    const first = await body(app.request(`${PLANS}?limit=2`, { token: ann.token }));
    expect(first).toEqual({
      plans: [
        { name: 'a', ...none },
        { name: 'b', ...none },
      ],
      next: 'b',
    });
    const second = await body(app.request(`${PLANS}?limit=2&after=b`, { token: ann.token }));
    expect(second).toEqual({ plans: [{ name: 'c', ...none }], next: null });
  });

  it('are changed by who manages them, in the way they can be', async () => {
    const { token, id } = ann;
    expect((await put(`${PLANS}/a`, none, token)).status).toBe(403);
    expect((await remove(`${PLANS}/a`, token)).status).toBe(403);
    expect((await plan(id, 'a', token)).status).toBe(403);
    for (const name of ['a%20b', '%00', '-', 'x'.repeat(65)]) {
      expect((await put(`${PLANS}/${name}`, none)).status).toBe(400);
      expect((await remove(`${PLANS}/${name}`)).status).toBe(404);
    }
    for (const changes of [
      { max_dataset_num: -1 },
      { max_dataset_num: 0.5 },
      { max_dataset_num: 2 ** 31 },
      { max_dataset_num: '1' },
      { max_dataset_num: undefined },
      { more: 1 },
    ])
      expect((await put(`${PLANS}/a`, { ...none, ...changes })).status).toBe(400);
    for (const name of ['nonsense', '', 'a b', 7, undefined])
      expect((await put(`/api/v1.0/users/${id}/plan`, { plan: name })).status).toBe(400);
    for (const nobody of [99_999, 0]) expect((await plan(nobody, 'a')).status).toBe(404);
  });
});

describe('what a user effectively may', () => {
  interface Effective {
    userid: string;
    disabled: boolean;
    permissions: { permission: string; about: string; given_by: string[] }[];
    services: { service: string; permissions: Record<string, unknown>; given_by: Record<string, string> }[];
  }
  const effective = (id: number, token: string) =>
    app.request(`/api/v1.0/users/${id}/permissions`, { token });
  const reasons = ({ permissions }: Effective) =>
    Object.fromEntries(permissions.map(({ permission, given_by }) => [permission, given_by]));

  it('is told with the roles that give it', async () => {
    const roles = app.app.get(RolesService);
    await roles.createRole(systemActor(), 'clerk', ['orders.rules', 'orders.read']);
    await roles.createRole(systemActor(), 'chief', ['orders.rules']);
    for (const role of ['clerk', 'chief', 'undefined-role']) await roles.grant(systemActor(), ann.id, role);
    const told = await body<Effective>(effective(ann.id, ann.token));
    expect(told).toMatchObject({ userid, disabled: false });
    expect(reasons(told)).toMatchObject({
      'orders.rules': ['role:chief', 'role:clerk'],
      'orders.read': ['everyone', 'role:clerk'],
      'tokens.manage': ['everyone'],
    });
    expect(reasons(told)).not.toHaveProperty('users.manage');
    const admins = await body<Effective>(effective(1, admin));
    expect(reasons(admins)).toMatchObject({
      'users.manage': ['role:admin'],
      'orders.read': ['everyone', 'role:admin'],
    });
  });

  it('is told with the rows and plans that the values come from', async () => {
    await put(`${ROWS}/${userid}/os.datastore`, { extra: 1 });
    await put(`${PLANS}/a`, { max_private_storage_mb: 1, max_public_storage_mb: 2, max_dataset_num: 3 });
    await put(`/api/v1.0/users/${ann.id}/plan`, { plan: 'a' });
    const { services } = await body<Effective>(effective(ann.id, admin));
    const of = (service: string) => services.find((one) => one.service === service);
    expect(of('os.datastore')).toEqual({
      service: 'os.datastore',
      permissions: { 'datapackage-upload': true, extra: 1 },
      given_by: { 'datapackage-upload': '*', extra: userid },
    });
    expect(of('source')).toMatchObject({
      permissions: { max_dataset_num: 3 },
      given_by: { max_dataset_num: 'plan:a' },
    });
    const admins = await body<Effective>(effective(1, admin));
    expect(admins.services.find(({ service }) => service === 'source')).toMatchObject({
      given_by: { max_dataset_num: 'built-in' },
    });
    for (const { service, permissions } of services) expect(await authorized(service)).toEqual(permissions);
  });

  it('is for himself and for who manages roles', async () => {
    expect((await effective(1, ann.token)).status).toBe(403);
    expect((await effective(99_999, ann.token)).status).toBe(403);
    expect((await effective(99_999, admin)).status).toBe(404);
    await app.app.get(UsersService).disable(systemActor(), 'ann');
    expect(await body(effective(ann.id, admin))).toMatchObject({ disabled: true });
  });
});
