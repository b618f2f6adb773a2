import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Acls, systemActor } from '../../src/identity/index.js';
import { Actor } from '../../src/platform/access/actor.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { signUp } from '../support/people.js';

interface AclView {
  id: number;
  minions: string;
  functions: string;
  user_id: number;
}

let app: TestApp;
let database: Database;
let acls: Acls;
let admin: string;
let ann: { token: string; id: number };
let bob: { token: string; id: number };

beforeAll(async () => {
  app = await startApp();
  database = app.app.get(Database);
  acls = app.app.get(Acls);
  admin = await app.adminToken();
  [ann, bob] = [await signUp(app, 'ann'), await signUp(app, 'bob')];
});
afterAll(() => app?.close());

const path = (id: number | string, rest: number | string = '') =>
  `/api/v1.0/users/${id}/acls${rest === '' ? '' : `/${rest}`}`;

async function add(id: number, minions: string, functions: string): Promise<number> {
  const answer = await app.request(path(id), { token: admin, json: { minions, functions } });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { id: number }).id;
}

async function list(id: number, token = admin): Promise<AclView[]> {
  return (await (await app.request(path(id), { token })).json()) as AclView[];
}

async function message(answer: Response): Promise<unknown> {
  return ((await answer.json()) as { message: unknown }).message;
}

/** An account as it comes in with a token. */
const actor = (id: number, ...permissions: string[]) =>
  new Actor({
    id,
    userid: 'x',
    nickname: 'x',
    permissions: new Set(permissions),
    credential: { kind: 'token' },
  });

describe('the ACLs of a user', () => {
  it('begin with test.ping on all machines', async () => {
    const [first, ...others] = await list(ann.id, ann.token);
    const self = path(ann.id, first!.id);
    const view = {
      id: expect.any(Number),
      minions: '.*',
      functions: 'test.ping',
      user_id: ann.id,
      _links: { self, user: `/api/v1.0/users/${ann.id}` },
    };
    expect([first, others]).toEqual([view, []]);
    expect(await (await app.request(self, { token: ann.token })).json()).toEqual(view);
  });

  it('are made, shown, changed in part and deleted by an admin, with the answers of the original', async () => {
    const made = await app.request(path(bob.id), {
      token: admin,
      json: { minions: 'web[0-9]+', functions: 'state.sls' },
    });
    expect(made.status).toBe(200);
    const { id, ...rest } = (await made.json()) as { id: number };
    expect([Number.isInteger(id), rest]).toEqual([true, {}]);

    const put = await app.request(path(bob.id, id), {
      method: 'PUT',
      token: admin,
      json: { functions: 'state.*' },
    });
    expect([put.status, await put.text()]).toEqual([200, '']);
    const nothing = await app.request(path(bob.id, id), { method: 'PUT', token: admin, json: {} });
    expect([nothing.status, await nothing.text()]).toEqual([200, '']);
    expect(await (await app.request(path(bob.id, id), { token: bob.token })).json()).toMatchObject({
      id,
      minions: 'web[0-9]+',
      functions: 'state.*',
      user_id: bob.id,
    });

    const gone = await app.request(path(bob.id, id), { method: 'DELETE', token: admin });
    expect([gone.status, await gone.text()]).toEqual([200, '']);
    expect((await app.request(path(bob.id, id), { token: admin })).status).toBe(404);
    const audited = await database.query<{ action: string; details: object }>(
      `select action, details - 'credential' as details from audit_entry where action like 'acl.%' and (details->>'id')::int = $1 order by id`,
      [id],
    );
    expect(audited).toEqual([
      { action: 'acl.create', details: { id, minions: 'web[0-9]+', functions: 'state.sls' } },
      { action: 'acl.change', details: { id, minions: 'web[0-9]+', functions: 'state.*' } },
      { action: 'acl.delete', details: { id, minions: 'web[0-9]+', functions: 'state.*' } },
    ]);
  });

  it('are no two equal ones, not by a change either', async () => {
    const id = await add(bob.id, 'db', 'cmd.run');
    const again = await app.request(path(bob.id), {
      token: admin,
      json: { minions: 'db', functions: 'cmd.run' },
    });
    expect([again.status, await message(again)]).toEqual([400, `ACL already exists : id ${id}`]);
    const other = await add(bob.id, 'db', 'cmd.run_all');
    const changed = await app.request(path(bob.id, other), {
      method: 'PUT',
      token: admin,
      json: { functions: 'cmd.run' },
    });
    expect([changed.status, await message(changed)]).toEqual([400, `ACL already exists : id ${id}`]);
    expect((await list(bob.id)).find((acl) => acl.id === other)).toMatchObject({ functions: 'cmd.run_all' });
    expect(await add(ann.id, 'db', 'cmd.run')).not.toBe(id);
  });

  it('are no two equal ones when both come at once', async () => {
    const json = { minions: 'twice', functions: 'test.echo' };
    const answers = await Promise.all([1, 2, 3].map(() => app.request(path(bob.id), { token: admin, json })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
    expect((await list(bob.id)).filter(({ minions }) => minions === 'twice')).toHaveLength(1);
  });

  it('are made once for an Idempotency-Key', async () => {
    const json = { minions: 'once', functions: 'test.echo' };
    const send = () =>
      app.request(path(bob.id), { token: admin, json, headers: { 'idempotency-key': 'once-and-for-all' } });
    const [first, second] = [await send(), await send()];
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(await second.json()).toEqual(await first.json());
  });

  it.each([
    ['GET', '', 'nobody', 403, 404],
    ['POST', '', 'nobody', 403, 404],
    ['GET', '1', 'nobody', 403, 404],
    ['PUT', '1', 'nobody', 403, 404],
    ['DELETE', '1', 'nobody', 403, 404],
    ['GET', '', 'oneself', 200, 200],
    ['POST', '', 'oneself', 403, 200],
    ['GET', '999999', 'oneself', 404, 404],
    ['PUT', '999999', 'oneself', 403, 404],
    ['DELETE', '999999', 'oneself', 403, 404],
    ['GET', '', 'another', 403, 200],
    ['GET', "another's", 'oneself', 404, 404],
    ['PUT', "another's", 'oneself', 403, 404],
    ['DELETE', "another's", 'oneself', 403, 404],
  ])(
    'ask for the permission before they tell of existence: %s /%s of %s',
    async (method, rest, whose, user, boss) => {
      const [others] = await list(bob.id);
      const acl = rest === "another's" ? others!.id : rest;
      const ids = { nobody: [1_000_000, 'abc', 0, '%00'], oneself: [ann.id], another: [bob.id] }[whose]!;
      for (const id of ids) {
        const json = { minions: 'order', functions: 'of.checks' };
        const status = async (token: string) => {
          const withBody = method === 'POST' || method === 'PUT' ? { json } : {};
          return (await app.request(path(id, acl), { method, token, ...withBody })).status;
        };
        expect([id, await status(ann.token)]).toEqual([id, user]);
        expect([id, await status(admin)]).toEqual([id, boss]);
      }
    },
  );

  it.each([
    [undefined, /^Missing post data minions; Missing post data functions$/],
    [{ functions: 'test.ping' }, /^Missing post data minions$/],
    [{ minions: 'x' }, /^Missing post data functions$/],
    [{ minions: 7, functions: 'x' }, /^minions must be a text$/],
    [{ minions: null, functions: 'x' }, /^minions must be a text$/],
    [{ minions: ['x'], functions: 'x' }, /^minions must be a text$/],
    [{ minions: '', functions: 'x' }, /^minions is empty/],
    [{ minions: '*', functions: 'x' }, /^minions has a \* with nothing before it.*write \.\*\.$/],
    [{ minions: 'x', functions: '(a' }, /^functions has a \( that is not closed/],
    [{ minions: 'x', functions: '(a)\\1' }, /^functions has \\1, which is not known/],
    [{ minions: 'x', functions: '(?=a)' }, /^functions has a group/],
    [{ minions: 'a\u0000b', functions: 'x' }, /^minions has a control character/],
    [{ minions: 'a\ud800b', functions: 'x' }, /^minions has a control character/],
    [{ minions: 'x'.repeat(257), functions: 'x' }, /^minions has more than 256 characters/],
    [{ minions: '(a{99}){99}', functions: 'x' }, /^minions repeats too much/],
    [{ minions: 'x', functions: 'y', id: 1 }, /id should not exist/],
    [{ minions: 'x', functions: 'y', user_id: 1 }, /user_id should not exist/],
    [{ minions: 'x', functions: 'y', user: 1 }, /user should not exist/],
    [[{ minions: 'x', functions: 'y' }], /./],
    ['text', /./],
    [null, /./],
  ])('are not made of the body %j, and nothing changes', async (json, expected) => {
    const before = await database.query('select * from acl order by id');
    const answer = await app.request(path(ann.id), {
      method: 'POST',
      token: admin,
      ...(json !== undefined && { json }),
    });
    expect([answer.status, await message(answer)]).toEqual([400, expect.stringMatching(expected)]);
    expect(await database.query('select * from acl order by id')).toEqual(before);
  });

  it.each([
    [{ minions: null }, /^minions must be a text$/],
    [{ functions: '[' }, /^functions has a \[/],
    [{ id: 1 }, /id should not exist/],
    [{ user_id: 1 }, /user_id should not exist/],
  ])('are not changed by the body %j', async (json, expected) => {
    const [first] = await list(ann.id);
    const answer = await app.request(path(ann.id, first!.id), { method: 'PUT', token: admin, json });
    expect([answer.status, await message(answer)]).toEqual([400, expect.stringMatching(expected)]);
    expect((await list(ann.id))[0]).toEqual(first);
  });

  it('cannot be reached through the prototype', async () => {
    const body = '{"__proto__":{"minions":"x","functions":"y"}}';
    const headers = { 'content-type': 'application/json' };
    const answer = await app.request(path(ann.id), { method: 'POST', token: admin, body, headers });
    expect(answer.status).toBe(400);
  });

  it('are 1000 at most', async () => {
    const { id } = await signUp(app, 'many');
    await database.execute(
      `insert into acl (user_id, minions, functions) select $1, 'db' || n || '.', 'test.echo' from generate_series(1, 999) n`,
      [id],
    );
    const full = await app.request(path(id), { token: admin, json: { minions: 'x', functions: 'y' } });
    expect([full.status, await message(full)]).toEqual([409, expect.stringMatching(/at most 1000 ACLs/)]);
    expect(await list(id)).toHaveLength(1_000);
  });
});

describe('the check of ACLs', () => {
  it('allows nothing but what both patterns of one ACL fit as a whole', async () => {
    const { id } = await signUp(app, 'checked');
    await add(id, 'web[0-9]+', 'state\\.(apply|sls)');
    await add(id, 'db1', 'cmd.run');
    const may = (machine: string, fn: string) => acls.may(actor(id), machine, fn);
    expect(await may('anything', 'test.ping')).toBe(true);
    expect(await may('anything', 'test.pings')).toBe(false);
    expect(await may('web1', 'state.apply')).toBe(true);
    expect(await may('web1x', 'state.apply')).toBe(false);
    expect(await may('web1', 'cmd.run')).toBe(false);
    expect(await may('db1', 'cmd.run')).toBe(true);
    expect(await may('db1', 'cmd.run\n')).toBe(false);
    expect(await acls.filter(actor(id), ['db1', 'web2', 'mail', 'web1'], 'state.sls')).toEqual([
      'web2',
      'web1',
    ]);
    expect(await acls.filter(actor(id), [], 'state.sls')).toEqual([]);
  });

  it('denies whoever has no account', async () => {
    expect(await acls.may(actor(0), 'web1', 'test.ping')).toBe(false);
    expect(await acls.may(actor(1_000_000), 'web1', 'test.ping')).toBe(false);
  });

  it('lets who may everything do so, and a narrower key of his what his ACLs say', async () => {
    expect(await acls.may(systemActor(), 'web1', 'cmd.run')).toBe(true);
    expect(await acls.may(actor(ann.id, '*'), 'web1', 'cmd.run')).toBe(true);
    expect(await acls.may(actor(1, 'acls.manage', 'remote.run'), 'web1', 'cmd.run')).toBe(false);
    expect(await acls.may(actor(1, 'acls.manage'), 'web1', 'test.ping')).toBe(true);
  });

  it('follows each change at once', async () => {
    const { id } = await signUp(app, 'changing');
    const may = () => acls.may(actor(id), 'web1', 'cmd.run');
    expect(await may()).toBe(false);
    const acl = await add(id, 'web1', 'cmd.run');
    expect(await may()).toBe(true);
    await app.request(path(id, acl), { method: 'PUT', token: admin, json: { minions: 'web2' } });
    expect(await may()).toBe(false);
    await app.request(path(id, acl), { method: 'PUT', token: admin, json: { minions: 'web.' } });
    expect(await may()).toBe(true);
    await app.request(path(id, acl), { method: 'DELETE', token: admin });
    expect(await may()).toBe(false);
  });

  it('passes over what it cannot read', async () => {
    const { id } = await signUp(app, 'broken');
    await database.execute(
      `insert into acl (user_id, minions, functions) values ($1, '*', '('), ($1, 'a', 'b')`,
      [id],
    );
    expect(await acls.may(actor(id), 'x', 'y')).toBe(false);
    expect(await acls.may(actor(id), 'a', 'b')).toBe(true);
  });

  it('lets others have their turn while it looks at many machines and many ACLs', async () => {
    const { id } = await signUp(app, 'fleet');
    await database.execute(
      `insert into acl (user_id, minions, functions) select $1, 'db' || n || '.', 'test.echo' from generate_series(1, 999) n`,
      [id],
    );
    const machines = Array.from({ length: 2_000 }, (_, n) => `db${n}`);
    let turns = 0;
    const watch = setInterval(() => turns++, 5);
    const begun = performance.now();
    expect(await acls.filter(actor(id), machines, 'test.echo')).toHaveLength(1_990);
    clearInterval(watch);
    expect(turns).toBeGreaterThan((performance.now() - begun) / 100);
  });

  it('is done with hostile patterns and 50 kB in 50 ms', async () => {
    const { id } = await signUp(app, 'hostile');
    for (const pattern of ['(a+)+b', '(a|aa)*b', '(.*)*.*.*x', '(a{0,20}){0,10}b'])
      await add(id, pattern, pattern);
    await acls.may(actor(id), 'x', 'y');
    for (const text of ['a'.repeat(255), 'a'.repeat(50_000), `${'ab'.repeat(25_000)}!`]) {
      const begun = performance.now();
      await acls.filter(actor(id), [text], text);
      expect(performance.now() - begun).toBeLessThan(50);
    }
  });
});
