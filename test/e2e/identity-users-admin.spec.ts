import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RolesService, systemActor, User, UsersService } from '../../src/identity/index.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp, type TestRequest } from '../support/app.js';
import { jobOf, signUp } from '../support/people.js';

interface Person {
  id: number;
  token: string;
  password: string;
}

const USERS = '/api/v1.0/users';

let app: TestApp;
let database: Database;
let admin: string;
let ann: Person;
/** May manage users, and nothing else that not everybody may. */
let stew: Person;

beforeAll(async () => {
  app = await startApp({ TRUST_PROXY: '127.0.0.1' });
  database = app.app.get(Database);
  admin = await app.adminToken();
  await app.app.get(RolesService).createRole(systemActor(), 'steward', ['users.manage']);
  ann = await signUp(app, 'ann');
  stew = await signUp(app, 'stew', ['steward']);
});
afterAll(() => app?.close());

/** Status and body; the body is empty where it is no JSON. */
async function ask(path: string, options: TestRequest): Promise<[number, Record<string, unknown>]> {
  const answer = await app.request(path, options);
  const text = await answer.text();
  return [answer.status, text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)];
}

/** Status and code of a refusal. */
async function refusal(path: string, options: TestRequest): Promise<[number, unknown]> {
  const [status, { code }] = await ask(path, options);
  return [status, code];
}

async function signIn(nickname: string, password: string): Promise<number> {
  return (await ask('/api/v1.0/tokens', { method: 'POST', basic: [nickname, password] }))[0];
}

/** Everything that decides who may what, to see that nothing changed. */
function everything(): Promise<unknown[]> {
  return database.query(
    `select (select json_agg(to_jsonb(u) - 'last_seen_at' order by id) from "user" u) as users,
       (select json_agg(r order by id) from user_role r) as roles, (select json_agg(a order by id) from acl a) as acls`,
  );
}

describe('a user is made', () => {
  it('with a password that is shown once, where none was given', async () => {
    const answer = await app.request(USERS, {
      token: admin,
      json: { nickname: 'Ben', email: 'Ben@Example.org' },
    });
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const made = (await answer.json()) as { id: number; password: string };
    const self = `${USERS}/${made.id}`;
    const view = {
      id: expect.any(Number),
      created_at: expect.any(Number),
      updated_at: expect.any(Number),
      last_seen_at: expect.any(Number),
      nickname: 'ben',
      userid: expect.stringMatching(/^[0-9a-f]{32}$/),
      email: 'ben@example.org',
      name: null,
      disabled: false,
      _links: { self, tokens: '/api/v1.0/tokens', acls: `${self}/acls` },
    };
    expect(made).toEqual({ ...view, password: expect.stringMatching(/^\w{20}$/) });
    expect(await ask(self, { token: admin })).toEqual([200, view]);
    expect(await signIn('ben', made.password)).toBe(200);
    const acls = await ask(`${self}/acls`, { basic: ['ben', made.password] });
    expect(acls).toEqual([200, [expect.objectContaining({ minions: '.*', functions: 'test.ping' })]]);
    const [row] = await database.query<{ all: string }>(
      `select string_agg(e::text, ' ') as all from audit_entry e`,
    );
    expect(row!.all).not.toContain(made.password);
  });

  it('with the password and the roles that were given', async () => {
    const json = { nickname: 'cara', password: 'her own secret', roles: ['steward', 'auditor', 'steward'] };
    const [status, made] = await ask(USERS, { token: admin, json });
    expect([status, 'password' in made]).toEqual([201, false]);
    expect(await signIn('cara', 'her own secret')).toBe(200);
    const roles = await ask(`${USERS}/${String(made['id'])}/roles`, { token: admin });
    expect(roles[1]).toMatchObject([{ name: 'steward' }, { name: 'auditor' }]);
  });

  it('by nobody who may not, and with no role that its maker may not grant', async () => {
    const before = await everything();
    expect(await refusal(USERS, { token: ann.token, json: { nickname: 'x' } })).toEqual([
      403,
      'PERMISSION_DENIED',
    ]);
    expect(await refusal(USERS, { token: ann.token, json: {} })).toEqual([403, 'PERMISSION_DENIED']);
    for (const role of ['admin', 'steward', 'auditor']) {
      const json = { nickname: 'x', roles: [role] };
      expect(await refusal(USERS, { token: stew.token, json })).toEqual([403, 'PERMISSION_DENIED']);
    }
    expect(await everything()).toEqual(before);
    expect((await ask(USERS, { token: stew.token, json: { nickname: 'plain' } }))[0]).toBe(201);
  });

  it('under a nickname and an e-mail address that nobody has', async () => {
    await ask(USERS, { token: admin, json: { nickname: 'dora', email: 'dora@example.org' } });
    const taken = [{ nickname: 'DORA' }, { nickname: 'other', email: 'Dora@example.org' }];
    for (const json of taken)
      expect(await refusal(USERS, { token: admin, json })).toEqual([409, 'USER_EXISTS']);
    // Whoever may not list accounts' addresses is told nothing of them.
    for (const json of taken) expect((await refusal(USERS, { token: ann.token, json }))[0]).toBe(403);
  });

  it('once, where two come at the same time', async () => {
    const json = { nickname: 'twin', email: 'twin@example.org' };
    const answers = await Promise.all([1, 2, 3].map(() => ask(USERS, { token: admin, json })));
    expect(answers.map(([status]) => status).sort()).toEqual([201, 409, 409]);
  });

  it.each([
    [undefined, 'Missing post data nickname'],
    [{ email: 'x@example.org' }, 'Missing post data nickname'],
    [{ nickname: null }, 'nickname must be a text'],
    [{ nickname: ['x'] }, 'nickname must be a text'],
    [{ nickname: '' }, /^A nickname has/],
    [{ nickname: 'a b' }, /^A nickname has/],
    [{ nickname: 'a\u0000b' }, /^A nickname has/],
    [{ nickname: 'a\ud800' }, /^A nickname has/],
    [{ nickname: 'x'.repeat(65) }, /^A nickname has/],
    [{ nickname: 'x', email: 'nonsense' }, /^This is not an e-mail/],
    [{ nickname: 'x', email: 'a\u0000@example.org' }, /^This is not an e-mail/],
    [{ nickname: 'x', email: 7 }, 'email must be a text'],
    [{ nickname: 'x', password: 'short' }, /^A password has 8/],
    [{ nickname: 'x', password: 'with a\u0000control' }, /^A password has 8/],
    [{ nickname: 'x', password: 'x'.repeat(1_025) }, /^A password has at most 1024 bytes/],
    [{ nickname: 'x', password: {} }, 'password must be a text'],
    [{ nickname: 'x', roles: 'admin' }, /^roles must be a list/],
    [{ nickname: 'x', roles: ['not a role'] }, /^roles must be a list of at most 20 names/],
    [{ nickname: 'x', roles: [['admin']] }, /^roles must be a list of at most 20 names/],
    [{ nickname: 'x', roles: [{ toString: 'admin' }] }, /^roles must be a list of at most 20 names/],
    [
      { nickname: 'x', roles: Array.from({ length: 21 }, (_, n) => `r${n}`) },
      /^roles must be a list of at most 20 names/,
    ],
    [{ nickname: 'x', role: 'admin' }, /role should not exist/],
    [{ nickname: 'x', id: 1 }, /id should not exist/],
    [{ nickname: 'x', userid: 'abc' }, /userid should not exist/],
    [{ nickname: 'x', disabled: false }, /disabled should not exist/],
    [{ nickname: 'x', passwordHash: 'x' }, /passwordHash should not exist/],
    [[], /./],
    [[{ nickname: 'x' }], /./],
    ['x', /./],
    [7, /./],
    [null, /./],
  ])('not of the body %j', async (json, message) => {
    const before = await everything();
    const [status, answer] = await ask(USERS, {
      method: 'POST',
      token: admin,
      ...(json !== undefined && { json }),
    });
    expect([status, answer['message']]).toEqual([
      400,
      typeof message === 'string' ? message : expect.stringMatching(message),
    ]);
    expect(await everything()).toEqual(before);
  });

  it('not of a body that reaches for the prototype, nor of 10 MB', async () => {
    const before = await everything();
    const headers = { 'content-type': 'application/json' };
    for (const [body, status] of [
      ['{"nickname":"x","__proto__":{"roles":["admin"]}}', 400],
      [JSON.stringify({ nickname: 'x', password: 'x'.repeat(10_000_000) }), 413],
    ] as const) {
      expect((await app.request(USERS, { method: 'POST', token: admin, body, headers })).status).toBe(status);
    }
    expect(await everything()).toEqual(before);
  });
});

describe('of a user', () => {
  it('others see no more than the list says; he himself and managers see all', async () => {
    const eva = await signUp(app, 'eva');
    await app.app.get(UsersService).update(systemActor(), 'eva', { email: 'eva@example.org' });
    const self = `${USERS}/${eva.id}`;
    const [, whole] = await ask(self, { token: eva.token });
    expect(whole).toMatchObject({ email: 'eva@example.org', disabled: false, name: null });
    expect(await ask(self, { token: stew.token })).toEqual([200, whole]);
    const [, seen] = await ask(self, { token: ann.token });
    expect(Object.keys(seen).sort()).toEqual([
      '_links',
      'created_at',
      'id',
      'last_seen_at',
      'nickname',
      'updated_at',
    ]);
    for (const token of [ann.token, eva.token, admin]) {
      expect(JSON.stringify(await ask(`${USERS}?limit=1000`, { token }))).not.toContain('@example.org');
    }
  });
});

describe('a user is changed', () => {
  let finn: Person;
  let self: string;
  const patch = (json: unknown, token = admin, path = self) => ask(path, { method: 'PATCH', token, json });

  beforeAll(async () => {
    finn = await signUp(app, 'finn');
    self = `${USERS}/${finn.id}`;
  });

  it('in what is given', async () => {
    const [, before] = await ask(self, { token: admin });
    const [status, after] = await patch({ email: 'Finn@Example.org', name: ' Finn M. ' });
    expect([status, after]).toEqual([
      200,
      { ...before, email: 'finn@example.org', name: 'Finn M.', updated_at: expect.any(Number) },
    ]);
    expect((await patch({ email: null }))[1]).toMatchObject({ email: null, name: 'Finn M.' });
    expect((await patch({}))[0]).toBe(200);
    expect((await patch({ name: null, disabled: false }))[1]).toMatchObject({ name: null, disabled: false });
    expect((await ask(USERS, { token: finn.token }))[0]).toBe(200);
  });

  it('to no e-mail address that is taken', async () => {
    await ask(USERS, { token: admin, json: { nickname: 'gita', email: 'gita@example.org' } });
    const answer = await patch({ email: 'GITA@example.org' });
    expect([answer[0], answer[1]['code']]).toEqual([409, 'USER_EXISTS']);
  });

  it('to disabled, which ends his tokens and his password, and back', async () => {
    const own = await signUp(app, 'hugo');
    const path = `${USERS}/${own.id}`;
    expect((await ask(USERS, { token: own.token }))[0]).toBe(200);
    expect((await patch({ disabled: true }, stew.token, path))[1]).toMatchObject({ disabled: true });
    expect((await ask(USERS, { token: own.token }))[0]).toBe(401);
    expect(await signIn('hugo', own.password)).toBe(401);
    expect((await patch({ disabled: false }, stew.token, path))[1]).toMatchObject({ disabled: false });
    expect((await ask(USERS, { token: own.token }))[0]).toBe(401);
    expect(await signIn('hugo', own.password)).toBe(200);
    const entries = await database.query<{ action: string }>(
      `select action from audit_entry where subject = $1 and action like 'user.%' order by id`,
      [`user:${own.id}`],
    );
    expect(entries.map(({ action }) => action)).toEqual([
      'user.create',
      'user.disable',
      'user.sign-in-refused',
      'user.enable',
    ]);
  });

  it.each([
    [{ email: 'nonsense' }],
    [{ email: '' }],
    [{ name: '' }],
    [{ name: 'a\u0000b' }],
    [{ name: 'x'.repeat(201) }],
    [{ name: 'fine', email: 'nonsense' }],
    [{ disabled: 'yes' }],
    [{ disabled: null }],
    [{ nickname: 'x' }],
    [{ id: 1 }],
    [{ userid: 'x' }],
    [{ roles: ['admin'] }],
    [{ passwordHash: 'x' }],
    [{ tokensValidAfter: null }],
    [[]],
    ['x'],
  ])('not by the body %j', async (json) => {
    const before = await everything();
    expect((await patch(json))[0]).toBe(400);
    expect(await everything()).toEqual(before);
  });

  it.each(['PATCH', 'DELETE'])('by %s only for who may, which is asked before existence', async (method) => {
    for (const id of [finn.id, 1_000_000, 'abc', '0']) {
      const options = { method, ...(method === 'PATCH' && { json: {} }) };
      expect((await ask(`${USERS}/${id}`, { ...options, token: finn.token }))[0]).toBe(403);
      if (id !== finn.id)
        expect((await ask(`${USERS}/${id}`, { ...options, token: stew.token }))[0]).toBe(404);
    }
  });
});

describe('a manager of users', () => {
  it('manages nobody who may more than he', async () => {
    const before = await everything();
    for (const options of [
      { method: 'PATCH', json: { disabled: true } },
      { method: 'PATCH', json: {} },
      { method: 'DELETE' },
    ]) {
      expect(await refusal(`${USERS}/1`, { ...options, token: stew.token })).toEqual([
        403,
        'PERMISSION_DENIED',
      ]);
    }
    expect(await refusal(`${USERS}/1/password`, { token: stew.token, json: {} })).toEqual([
      403,
      'PERMISSION_DENIED',
    ]);
    expect(await everything()).toEqual(before);
  });

  it('manages nobody who may run more than he', async () => {
    const runner = await signUp(app, 'runner');
    const acls = `${USERS}/${runner.id}/acls`;
    const [, { id }] = await ask(acls, { token: admin, json: { minions: '.*', functions: 'cmd.*' } });
    const reset = () => ask(`${USERS}/${runner.id}/password`, { token: stew.token, json: {} });
    expect((await reset())[0]).toBe(403);
    await ask(`${acls}/${String(id)}`, { method: 'DELETE', token: admin });
    expect((await reset())[0]).toBe(200);
  });

  it('does not put himself out', async () => {
    for (const [id, token] of [
      [stew.id, stew.token],
      [1, admin],
    ] as const) {
      const path = `${USERS}/${id}`;
      expect(await refusal(path, { method: 'PATCH', token, json: { disabled: true } })).toEqual([
        409,
        'OWN_ACCOUNT',
      ]);
      expect(await refusal(path, { method: 'DELETE', token })).toEqual([409, 'OWN_ACCOUNT']);
      expect((await ask(path, { token }))[0]).toBe(200);
    }
  });

  it('leaves an admin, whatever is tried', async () => {
    const users = app.app.get(UsersService);
    await expect(users.disable(systemActor(), 'admin')).rejects.toMatchObject({ code: 'LAST_ADMIN' });
    await expect(users.remove(systemActor(), 1)).rejects.toMatchObject({ code: 'LAST_ADMIN' });
    const [, roles] = (await ask(`${USERS}/1/roles`, { token: admin })) as unknown as [
      number,
      { id: number }[],
    ];
    const role = `${USERS}/1/roles/${roles[0]!.id}`;
    expect(await refusal(role, { method: 'DELETE', token: admin })).toEqual([409, 'LAST_ADMIN']);

    const second = await signUp(app, 'second', ['admin']);
    await users.disable(systemActor(), 'second');
    await expect(users.disable(systemActor(), 'admin')).rejects.toMatchObject({ code: 'LAST_ADMIN' });
    await users.enable(systemActor(), 'second');
    const attempts = [users.remove(systemActor(), 'second'), users.disable(systemActor(), 'admin')];
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const left = await database.query(
      `select u.id from "user" u join user_role r on r.user_id = u.id where r.name = 'admin' and not u.disabled`,
    );
    expect(left).toHaveLength(1);
    expect(second.id).toBeGreaterThan(1);
    await database.execute(`update "user" set disabled = false where nickname = 'admin'`);
  });
});

describe('a password', () => {
  const address = (n: number) => ({ headers: { 'x-forwarded-for': `10.9.0.${n}` } });

  it('of oneself is changed for the old one, and tokens end', async () => {
    const ida = await signUp(app, 'ida');
    const path = `${USERS}/${ida.id}/password`;
    const json = { old: ida.password, new: 'a new secret of hers' };
    const answer = await app.request(path, { token: ida.token, json });
    expect([answer.status, await answer.json(), answer.headers.get('cache-control')]).toEqual([
      200,
      {},
      'no-store',
    ]);
    expect((await ask(USERS, { token: ida.token }))[0]).toBe(401);
    expect(await signIn('ida', ida.password)).toBe(401);
    expect(await signIn('ida', 'a new secret of hers')).toBe(200);
    const again = { basic: ['ida', 'a new secret of hers'] as [string, string] };
    const next = { old: 'a new secret of hers', new: 'another one of hers' };
    expect((await ask(path, { ...again, json: next }))[0]).toBe(200);
    const entries = await database.query<{ all: string }>(
      `select string_agg(e::text, ' ') as all from audit_entry e`,
    );
    for (const secret of [json.old, json.new, next.new]) expect(entries[0]!.all).not.toContain(secret);
  });

  it('of another is made up by who manages users, and shown once', async () => {
    const jan = await signUp(app, 'jan');
    const path = `${USERS}/${jan.id}/password`;
    const [status, { password }] = await ask(path, { token: stew.token, json: {} });
    expect([status, password]).toEqual([200, expect.stringMatching(/^\w{20}$/)]);
    expect((await ask(USERS, { token: jan.token }))[0]).toBe(401);
    expect(await signIn('jan', jan.password)).toBe(401);
    expect(await signIn('jan', password as string)).toBe(200);
    expect((await ask(path, { method: 'POST', token: stew.token }))[0]).toBe(200);
    const json = { old: 'whatever it was', new: 'chosen by another' };
    expect(await refusal(path, { token: stew.token, json })).toEqual([400, 'PASSWORD_NOT_CHOSEN']);
  });

  it('of another is nobody else’s business, and whether he exists is not told', async () => {
    for (const id of [stew.id, 1, 1_000_000, 'abc']) {
      for (const json of [{}, { old: ann.password, new: 'long enough it is' }]) {
        expect(await refusal(`${USERS}/${id}/password`, { token: ann.token, json })).toEqual([
          403,
          'PERMISSION_DENIED',
        ]);
      }
    }
    expect((await refusal(`${USERS}/1000000/password`, { token: stew.token, json: {} }))[0]).toBe(404);
    expect((await ask(USERS, { token: ann.token }))[0]).toBe(200);
  });

  it.each([
    [{}, 'OLD_PASSWORD_NEEDED'],
    [{ new: 'long enough it is' }, 'OLD_PASSWORD_NEEDED'],
    [{ old: 'right' }, 'OLD_PASSWORD_NEEDED'],
    [{ old: 'right', new: 'short' }, 'PASSWORD_INVALID'],
    [{ old: 'right', new: 'control\u0007s in it' }, 'PASSWORD_INVALID'],
    [{ old: 'right', new: 'surrogate \ud800 in it' }, 'PASSWORD_INVALID'],
    [{ old: 'right', new: 'x'.repeat(1_025) }, 'PASSWORD_TOO_LONG'],
    [{ old: 'right', new: 7 }, 'INVALID_INPUT'],
    [{ old: null, new: 'long enough it is' }, 'INVALID_INPUT'],
    [{ old: 'right', new: 'long enough it is', id: 1 }, 'INVALID_INPUT'],
    [[], /INVALID_INPUT|OLD_PASSWORD_NEEDED/],
  ])('of oneself stays, with 400, for the body %j', async (body, code) => {
    const json = 'old' in body && body.old === 'right' ? { ...body, old: ann.password } : body;
    const answer = await refusal(`${USERS}/${ann.id}/password`, { token: ann.token, json });
    expect(answer).toEqual([400, typeof code === 'string' ? code : expect.stringMatching(code)]);
    expect((await ask(USERS, { token: ann.token }))[0]).toBe(200);
  });

  it('is too long for this program with 10 MB', async () => {
    const json = { old: ann.password, new: 'x'.repeat(10_000_000) };
    const path = `${USERS}/${ann.id}/password`;
    expect((await app.request(path, { token: ann.token, json })).status).toBe(413);
    expect(
      (await refusal(path, { token: ann.token, json: { old: 'x'.repeat(500_000), new: 'long enough' } }))[0],
    ).toBe(403);
  });

  it('is not found by trying with a stolen token', async () => {
    const kim = await signUp(app, 'kim');
    const path = `${USERS}/${kim.id}/password`;
    const attempt = (old: string) =>
      refusal(path, { token: kim.token, json: { old, new: 'a thief chose it' }, ...address(1) });
    const answers = [];
    for (let tries = 0; tries < 7; tries++) answers.push(await attempt(`guess ${tries}`));
    expect(answers[0]).toEqual([403, 'OLD_PASSWORD_WRONG']);
    expect(answers.at(-1)).toEqual([429, 'LOGIN_THROTTLED']);
    expect((await ask(USERS, { token: kim.token }))[0]).toBe(200);
  });
});

describe('a user is deleted', () => {
  it('with his credentials, and what he owned stays his', async () => {
    const lea = await signUp(app, 'lea', ['auditor']);
    const [{ userid } = { userid: '' }] = await database.query<{ userid: string }>(
      'select userid from "user" where id = $1',
      [lea.id],
    );
    await database.execute(
      `insert into service_permission (userid, service, permissions) values ($1, 'os.datastore', '{}')`,
      [userid],
    );
    const job = await jobOf(app, lea.token);
    const gone = await app.request(`${USERS}/${lea.id}`, { method: 'DELETE', token: stew.token });
    expect([gone.status, await gone.text()]).toEqual([204, '']);
    expect((await ask(USERS, { token: lea.token }))[0]).toBe(401);
    expect(await signIn('lea', lea.password)).toBe(401);
    expect((await ask(`${USERS}/${lea.id}`, { token: stew.token }))[0]).toBe(404);
    for (const table of ['user_role', 'acl']) {
      expect(await database.query(`select from ${table} where user_id = $1`, [lea.id])).toEqual([]);
    }
    expect(await database.query('select from service_permission where userid = $1', [userid])).toEqual([]);
    expect(await database.query('select owner from job where id = $1', [job])).toEqual([{ owner: userid }]);
    expect((await app.request(`/api/v1.0/jobs/${job}`, { token: admin })).status).toBe(200);
    const [entry] = await database.query(
      `select details - 'credential' as details from audit_entry where action = 'user.delete' and subject = $1`,
      [`user:${lea.id}`],
    );
    expect(entry).toEqual({ details: { userid, nickname: 'lea' } });
    expect((await ask(`${USERS}/${lea.id}`, { method: 'DELETE', token: stew.token }))[0]).toBe(404);

    // Who signs in with a provider again gets the same userid: his former tokens are none.
    await sleep(1_100);
    await database.transaction(async (em) => {
      await em.persist(em.create(User, { userid, nickname: 'lea' })).flush();
    });
    expect((await ask(USERS, { token: lea.token }))[0]).toBe(401);
  });

  it('while a role and an ACL are given to him, without an error of the program', async () => {
    const mia = await signUp(app, 'mia');
    const path = `${USERS}/${mia.id}`;
    const [acl, role, gone] = await Promise.all([
      ask(`${path}/acls`, { token: admin, json: { minions: 'a', functions: 'b' } }),
      ask(`${path}/roles`, { token: admin, json: { name: 'auditor' } }),
      ask(path, { method: 'DELETE', token: admin }),
    ]);
    expect(gone[0]).toBe(204);
    for (const [status] of [acl, role]) expect([200, 404]).toContain(status);
  });
});
