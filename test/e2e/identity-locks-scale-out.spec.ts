import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RolesService, systemActor } from '../../src/identity/index.js';
import type { TestApp, TestRequest } from '../support/app.js';
import { OpenTransaction } from '../support/open-transaction.js';
import { signUp } from '../support/people.js';
import { PostgresServer } from '../support/postgres.js';
import { describeWith } from '../support/services.js';
import { SignInScene } from '../support/sign-in.js';

type Person = Awaited<ReturnType<typeof signUp>> & { nickname: string };
type Body = Record<string, unknown>;

/**
 * Who may is decided by rows that somebody else is changing: the change has begun, the request comes, and the change
 * is committed. The request has to wait for it and then heed it.
 */
describeWith('postgres')('a change that is under way counts', () => {
  let postgres: PostgresServer;
  let url: string;
  let scene: SignInScene;
  let app: TestApp;
  let admin: string;
  let manager: Person;
  let people = 0;

  beforeAll(async () => {
    postgres = await PostgresServer.start();
    url = await postgres.createDatabase();
    scene = await SignInScene.start({ DATABASE_URL: url });
    app = scene.app;
    admin = await app.adminToken();
    await app.app
      .get(RolesService)
      .createRole(systemActor(), 'manager', ['users.manage', 'roles.manage', 'jobs.all']);
    manager = await person(['manager']);
  });
  afterAll(async () => {
    await scene?.close();
    await postgres?.stop();
  });

  async function person(roles: string[] = []): Promise<Person> {
    const nickname = `person${++people}`;
    return { ...(await signUp(app, nickname, roles)), nickname };
  }

  async function ask(path: string, options: TestRequest): Promise<{ status: number; body: Body }> {
    const answer = await app.request(path, options);
    const text = await answer.text();
    return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as Body };
  }

  async function during(statements: string[], path: string, options: TestRequest) {
    const change = await OpenTransaction.begin(url, ...statements);
    return change.runInto(ask(path, options));
  }

  const count = async (rest: string) =>
    (await postgres.execute<{ n: number }>(`select count(*)::int as n from ${rest}`, url))[0]!.n;

  /** As `RolesService.grant` does it. */
  const grant = (id: number, role: string) => [
    `select from "user" where id = ${id} for key share`,
    `insert into user_role (user_id, name) values (${id}, '${role}')`,
  ];

  it('whoever is becoming an admin is not managed by who may less', async () => {
    const requests: [path: string, options: TestRequest][] = [
      ['/password', { json: {} }],
      ['', { method: 'PATCH', json: { disabled: true } }],
      ['', { method: 'PATCH', json: { email: 'thief@example.org' } }],
      ['', { method: 'DELETE' }],
    ];
    for (const [path, options] of requests) {
      const ann = await person();
      const request = { ...options, token: manager.token };
      const address = `/api/v1.0/users/${ann.id}${path}`;
      const answer = await during(grant(ann.id, 'admin'), address, request);
      expect({ path, options, ...answer }).toMatchObject({ status: 403, body: { code: expect.any(String) } });
      expect(await app.request('/api/v1.0/users', { basic: [ann.nickname, ann.password] })).toMatchObject({
        status: 200,
      });
    }
  });

  it('nor is he whose ACLs become more', async () => {
    const ann = await person();
    const acl = [
      `select id from "user" where id = ${ann.id} for no key update`,
      `insert into acl (user_id, minions, functions) values (${ann.id}, '.*', '.*')`,
    ];
    const path = `/api/v1.0/users/${ann.id}/password`;
    expect(await during(acl, path, { token: manager.token, json: {} })).toMatchObject({ status: 403 });
  });

  it('a client does not get hold of another one that is becoming stronger', async () => {
    const ann = await person();
    const path = `/api/client/${ann.nickname}`;
    const scopes = ['clients.manage', 'users.read'];
    const make = async (name: string) => {
      const answer = await ask(`${path}-${name}`, { token: ann.token, json: { title: name, scopes } });
      expect(answer.status).toBe(201);
      return answer.body['data'] as { client_id: string; client_secret: string };
    };
    const { client_id, client_secret } = await make('weak');
    const { body } = await ask('/api/authorize', { json: { client_id, client_secret } });
    const token = body['jwt'] as string;
    const requests: [string, TestRequest][] = [
      ['/secret', { method: 'POST' }],
      ['', { method: 'PUT', json: { title: 'mine' } }],
      ['', { method: 'DELETE' }],
    ];
    for (const [index, [more, options]] of requests.entries()) {
      const name = `strong${index}`;
      const made = await make(name);
      const widen = [`update api_client set scopes = '{*}' where slug = '${ann.nickname}-${name}'`];
      const answer = await during(widen, `${path}-${name}${more}`, { ...options, token });
      expect({ more, options, ...answer }).toMatchObject({ status: 403 });
      const json = { client_id: made.client_id, client_secret: made.client_secret };
      expect((await ask('/api/authorize', { json })).status).toBe(200); // nothing happened to it
    }
  });

  it('a client that is being deleted is not there', async () => {
    const ann = await person();
    const path = `/api/client/${ann.nickname}`;
    await ask(path, { token: ann.token, json: { title: 'x', scopes: ['users.read'] } });
    const remove = [`delete from api_client where slug = '${ann.nickname}'`];
    const answer = await during(remove, `${path}/secret`, { method: 'POST', token: ann.token });
    expect(answer).toMatchObject({ status: 404, body: { code: 'CLIENT_NOT_FOUND' } });
  });

  it('a role that is becoming more is not granted, nor taken away, by who may less', async () => {
    const roles = app.app.get(RolesService);
    await roles.createRole(systemActor(), 'clerk', ['jobs.all']);
    const ann = await person();
    const path = `/api/v1.0/users/${ann.id}/roles`;
    const widen = [`update role set permissions = '{jobs.all,audit.read}' where name = 'clerk'`];
    const json = { name: 'clerk' };
    expect(await during(widen, path, { token: manager.token, json })).toMatchObject({ status: 403 });
    expect(await count(`user_role where user_id = ${ann.id}`)).toBe(0);

    await postgres.execute(`update role set permissions = '{jobs.all}' where name = 'clerk'`, url);
    const id = await roles.grant(systemActor(), ann.id, 'clerk');
    const request = { method: 'DELETE', token: manager.token };
    expect(await during(widen, `${path}/${id}`, request)).toMatchObject({ status: 403 });
    expect(await count(`user_role where user_id = ${ann.id}`)).toBe(1);
  });

  it('a user who is being deleted leaves no service permissions behind', async () => {
    const ann = await person();
    const [row] = await postgres.execute<{ userid: string }>(
      `select userid from "user" where id = ${ann.id}`,
      url,
    );
    const { userid } = row!;
    const remove = [
      `select id from "user" where id = ${ann.id} for update`,
      `delete from service_permission where userid = '${userid}'`,
      `delete from "user" where id = ${ann.id}`,
    ];
    const path = `/api/v1.0/service-permissions/${userid}/sample`;
    const answer = await during(remove, path, { method: 'PUT', token: admin, json: { much: true } });
    expect(answer).toMatchObject({ status: 404, body: { code: 'USER_NOT_FOUND' } });
    expect(await count(`service_permission where userid = '${userid}'`)).toBe(0);
  });

  it('an address that is going to somebody else leads to no account of before', async () => {
    const ann = await person();
    const { subject, email } = scene.person();
    await postgres.execute(`update "user" set email = '${email}' where id = ${ann.id}`, url);
    const change = await OpenTransaction.begin(
      url,
      `update "user" set email = 'ann@example.org' where id = ${ann.id}`,
    );
    const profile = await scene.profile(await change.runInto(scene.signIn(subject)));
    expect(profile['email']).toBe(email);
    expect(profile['username']).not.toBe(ann.nickname);
    expect(await count(`user_login where user_id = ${ann.id}`)).toBe(0);
  });

  it('an account that is being disabled gets no token for a sign-in with a provider', async () => {
    const { subject } = scene.person();
    const { idhash } = await scene.profile(await scene.signIn(subject));
    const disable = await OpenTransaction.begin(
      url,
      `update "user" set disabled = true where userid = '${idhash as string}'`,
    );
    const back = await disable.runInto(scene.signIn(subject));
    expect(back.searchParams.get('jwt')).toBeNull();
    expect(await scene.lastRefusal()).toMatchObject({
      actor: idhash,
      details: { provider: 'google', reason: 'account-changed' },
    });
  });
});
