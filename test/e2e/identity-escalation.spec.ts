import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClientsService } from '../../src/identity/clients/clients.service.js';
import { RolesService, systemActor, UsersService } from '../../src/identity/index.js';
import { definedPermissions } from '../../src/platform/access/permissions.js';
import { ADMIN_PASSWORD, type TestRequest } from '../support/app.js';
import { signUp } from '../support/people.js';
import { SignInScene } from '../support/sign-in.js';

interface Person {
  id: number;
  nickname: string;
  token: string;
  password: string;
}

const USERS = '/api/v1.0/users';

let scene: SignInScene;
let admin: string;
/** May manage users, and nothing else that not everybody may. */
let stew: Person;

beforeAll(async () => {
  scene = await SignInScene.start({ TRUST_PROXY: '127.0.0.1' });
  admin = await scene.app.adminToken();
  await scene.app.app.get(RolesService).createRole(systemActor(), 'steward', ['users.manage']);
  await scene.app.app.get(RolesService).createRole(systemActor(), 'registrar', ['roles.manage']);
  stew = await person('stew', ['steward']);
});
afterAll(() => scene?.close());

async function person(nickname: string, roles: string[] = []): Promise<Person> {
  return { nickname, ...(await signUp(scene.app, nickname, roles)) };
}

async function ask(path: string, options: TestRequest): Promise<[number, Record<string, unknown>]> {
  const answer = await scene.app.request(path, options);
  const text = await answer.text();
  return [answer.status, text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)];
}

async function refusal(path: string, options: TestRequest): Promise<unknown[]> {
  const [status, { code, error }] = await ask(path, options);
  return [status, code, error];
}

async function keyOf({ id, token }: { id: number; token: string }, scopes: string[]): Promise<string> {
  const json = { name: `key for ${scopes.slice(0, 3).join()} ${Math.random()}`, scopes };
  const [status, { key }] = await ask(`${USERS}/${id}/api-keys`, { token, json });
  expect(status).toBe(201);
  return key as string;
}

/** The token of a client that an operator made for somebody. */
async function clientOf(owner: string, slug: string, scopes: string[]): Promise<string> {
  const clients = scene.app.app.get(ClientsService);
  const made = await clients.createForUser(systemActor(), owner, slug, { title: 'x', scopes });
  const { client_id, client_secret } = made;
  return (await ask('/api/authorize', { json: { client_id, client_secret } }))[1]['jwt'] as string;
}

const everyones = () =>
  [...definedPermissions()].filter(([, { everyone }]) => everyone).map(([word]) => word);

/** Everything that decides who may what, to see that nothing changed. */
const everything = () =>
  scene.database.query(
    `select (select json_agg(to_jsonb(u) - 'last_seen_at' order by id) from "user" u) as users,
       (select json_agg(r order by id) from user_role r) as roles, (select json_agg(a order by id) from acl a) as acls`,
  );

describe('an account that is made may no more than its maker', () => {
  it('so that a key or a client for managing users makes none', async () => {
    const before = [
      await keyOf(stew, ['users.manage']),
      await keyOf({ id: 1, token: admin }, ['users.manage']),
    ];
    const clients = [await clientOf('admin', 'narrow', ['users.manage'])];
    const almost = await keyOf(stew, [
      'users.manage',
      ...everyones().filter((word) => word !== 'orders.import'),
    ]);
    const unchanged = await everything();
    for (const token of [...before, ...clients, almost]) {
      const [status, { code, error, message }] = await ask(USERS, { token, json: { nickname: 'puppet' } });
      expect([status, code, error]).toEqual([403, 'NEW_ACCOUNT_MAY_MORE', 'access denied via roles']);
      expect(message).toMatch(/does not allow .*orders\.import/);
      if (token === almost) expect(message).not.toContain('orders.read');
    }
    // Whether the nickname is taken, or right, is not even looked at.
    for (const nickname of ['stew', 'a b'])
      expect((await ask(USERS, { token: almost, json: { nickname } }))[0]).toBe(403);
    expect(await everything()).toEqual(unchanged);
  });

  it('so that who may as much makes it: signed in, or with a key for all that', async () => {
    const whole = await keyOf(stew, ['users.manage', ...everyones()]);
    const tokens = [stew.token, whole, await keyOf(stew, ['*']), await keyOf({ id: 1, token: admin }, ['*'])];
    for (const [index, token] of [...tokens, await clientOf('admin', 'wide', ['*'])].entries()) {
      const [status] = await ask(USERS, { token, json: { nickname: `made${index}` } });
      expect([index, status]).toEqual([index, 201]);
    }
    const { user } = await scene.app.app.get(UsersService).createUser(systemActor(), 'by-operator');
    expect(user.id).toBeGreaterThan(1);
  });

  it('nor runs more: who lost the first ACL gives it to nobody', async () => {
    const sam = await person('sam', ['steward']);
    await scene.database.execute('delete from acl where user_id = $1', [sam.id]);
    const before = await everything();
    expect(await refusal(USERS, { token: sam.token, json: { nickname: 'runner' } })).toEqual([
      403,
      'ACLS_EXCEEDED',
      'access denied via acl',
    ]);
    expect(await everything()).toEqual(before);
    const json = { minions: '.*', functions: 'test.ping' };
    expect((await ask(`${USERS}/${sam.id}/acls`, { token: admin, json }))[0]).toBe(200);
    expect((await ask(USERS, { token: sam.token, json: { nickname: 'runner' } }))[0]).toBe(201);
  });
});

describe('the name of a role that is not defined', () => {
  it('is granted by who may everything only, so that nobody waits for what it will allow', async () => {
    const reg = await person('reg', ['registrar']);
    const roles = `${USERS}/${reg.id}/roles`;
    const before = await everything();
    const [status, answer] = await ask(roles, { token: reg.token, json: { name: 'support' } });
    expect([status, answer['code'], answer['error']]).toEqual([
      403,
      'UNDEFINED_ROLE_DENIED',
      'access denied via roles',
    ]);
    expect(answer['message']).toMatch(/^There is no role support yet/);
    const both = await person('both', ['registrar', 'steward']);
    const json = { nickname: 'squatter', roles: ['registrar', 'support'] };
    expect((await refusal(USERS, { token: both.token, json }))[1]).toBe('UNDEFINED_ROLE_DENIED');
    const key = await keyOf({ id: 1, token: admin }, ['roles.manage']);
    expect((await refusal(roles, { token: key, json: { name: 'support' } }))[1]).toBe(
      'UNDEFINED_ROLE_DENIED',
    );
    expect((await everything())[0]).toEqual({
      ...(before[0] as object),
      users: expect.any(Array),
      acls: expect.any(Array),
      roles: expect.not.arrayContaining([expect.objectContaining({ name: 'support' })]),
    });
    await ask('/api/v1.0/roles', { token: admin, json: { name: 'support', permissions: ['users.manage'] } });
    expect((await ask(`${USERS}/${stew.id}`, { method: 'PATCH', token: reg.token, json: {} }))[0]).toBe(403);
  });

  it('is granted by an admin, as the contract has it, and by who may as much once it is defined', async () => {
    const reg = await person('reg2', ['registrar']);
    const to = (await person('dolly')).id;
    const grant = (name: string, token: string) => ask(`${USERS}/${to}/roles`, { token, json: { name } });
    expect((await grant('later', admin))[0]).toBe(200);
    expect((await grant('empty', reg.token))[0]).toBe(403);
    await ask('/api/v1.0/roles', { token: reg.token, json: { name: 'empty', permissions: [] } });
    expect((await grant('empty', reg.token))[0]).toBe(200);
    // What is not defined allows nothing, so whoever manages roles takes it away.
    const [, list] = (await ask(`${USERS}/${to}/roles`, { token: admin })) as unknown as [
      number,
      { id: number }[],
    ];
    for (const { id } of list)
      expect((await ask(`${USERS}/${to}/roles/${id}`, { method: 'DELETE', token: reg.token }))[0]).toBe(200);
  });
});

describe('the own e-mail address, which is a way to sign in', () => {
  const patch = (id: number, json: object, options: TestRequest) =>
    refusal(`${USERS}/${id}`, { method: 'PATCH', json, ...options });
  const NEEDED = [403, 'OWN_PASSWORD_NEEDED', 'access denied'];

  it('is not changed with a token, a key or a client that somebody stole', async () => {
    const { subject, email } = scene.person();
    const before = await everything();
    const borrowed: TestRequest[] = [
      { token: stew.token },
      { token: await keyOf(stew, ['*']) },
      { basic: ['stew', await keyOf(stew, ['*'])] },
    ];
    for (const options of borrowed) expect(await patch(stew.id, { email }, options)).toEqual(NEEDED);
    expect(await patch(stew.id, { email: null, name: 'Stew' }, borrowed[0]!)).toEqual(NEEDED);
    for (const token of [
      admin,
      await keyOf({ id: 1, token: admin }, ['*']),
      await clientOf('admin', 'thief', ['*']),
    ])
      expect(await patch(1, { email }, { token })).toEqual(NEEDED);
    expect(await everything()).toEqual(before);
    // The thief signs in with his provider, and is nobody but himself.
    const { id } = (await scene.profile(await scene.signIn(subject))) as { id: string };
    const [owner] = await scene.database.query<{ id: number }>('select id from "user" where userid = $1', [
      id,
    ]);
    expect([1, stew.id]).not.toContain(owner!.id);
  });

  it('is changed with the password, and the rest without it', async () => {
    const basic: [string, string] = ['stew', stew.password];
    expect((await patch(stew.id, { email: 'stew@example.org' }, { basic }))[0]).toBe(200);
    expect((await patch(1, { email: 'root@example.org' }, { basic: ['admin', ADMIN_PASSWORD] }))[0]).toBe(
      200,
    );
    expect((await patch(stew.id, { name: 'Stew' }, { token: stew.token }))[0]).toBe(200);
    const [, shown] = await ask(`${USERS}/${stew.id}`, { token: stew.token });
    expect(shown).toMatchObject({ email: 'stew@example.org', name: 'Stew' });
    const wrong = { basic: ['stew', 'not his password'] as [string, string] };
    expect((await patch(stew.id, { email: null }, wrong))[0]).toBe(401);
  });

  it('of another is changed by who may no less than he, and that is recorded', async () => {
    const ann = await person('ann');
    const strong = await person('strong', ['registrar']);
    const email = 'ann@example.org';
    const token = stew.token;
    expect((await patch(ann.id, { email }, { token }))[0]).toBe(200);
    const [entry] = (await scene.audited('user.change')).slice(-1);
    expect(entry).toMatchObject({ subject: `user:${ann.id}`, details: { fields: ['email'] } });
    const before = await everything();
    for (const id of [strong.id, 1]) {
      expect(await patch(id, { email: 'x@example.org' }, { token })).toEqual([
        403,
        'PERMISSION_DENIED',
        'access denied via roles',
      ]);
    }
    const narrow = await keyOf(stew, ['users.manage']);
    expect((await patch(ann.id, { email: 'x@example.org' }, { token: narrow }))[0]).toBe(403);
    expect(await everything()).toEqual(before);
    expect((await scene.audited('user.change')).at(-1)).toEqual(entry);
  });

  it('nor does a client make up a new password of the account that answers for it', async () => {
    const token = await clientOf('admin', 'usurper', ['*']);
    const reset = (id: number) => refusal(`${USERS}/${id}/password`, { token, json: {} });
    expect(await reset(1)).toEqual(NEEDED);
    expect((await ask(USERS, { basic: ['admin', ADMIN_PASSWORD] }))[0]).toBe(200);
    expect((await reset((await person('carl')).id))[0]).toBe(200);
  });
});

describe('the short text of a 403', () => {
  it('says via roles where a permission is missing, via acl where ACLs are, and else neither', async () => {
    const bob = await person('bob');
    const list = { token: bob.token };
    expect(await refusal(`${USERS}/1/roles`, list)).toEqual([
      403,
      'PERMISSION_DENIED',
      'access denied via roles',
    ]);
    expect(await refusal(`${USERS}/1/acls`, list)).toEqual([
      403,
      'PERMISSION_DENIED',
      'access denied via roles',
    ]);
    const json = { minions: 'web.*', functions: 'cmd.*' };
    await ask(`${USERS}/${bob.id}/acls`, { token: admin, json });
    expect(await refusal(`${USERS}/${bob.id}/password`, { token: stew.token, json: {} })).toEqual([
      403,
      'ACLS_EXCEEDED',
      'access denied via acl',
    ]);
    const wrong = { old: 'not his password', new: 'long enough it is' };
    expect(await refusal(`${USERS}/${bob.id}/password`, { ...list, json: wrong })).toEqual([
      403,
      'OLD_PASSWORD_WRONG',
      'access denied',
    ]);
  });
});
