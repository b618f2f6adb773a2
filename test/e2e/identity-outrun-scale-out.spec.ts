import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { IdentityChanges } from '../../src/identity/identity-changes.js';
import { systemActor, UsersService } from '../../src/identity/index.js';
import { startApp, type TestApp, type TestRequest } from '../support/app.js';
import { OpenTransaction } from '../support/open-transaction.js';
import { signUp } from '../support/people.js';
import { PostgresServer } from '../support/postgres.js';
import { describeWith } from '../support/services.js';

type Person = Awaited<ReturnType<typeof signUp>> & { nickname: string; basic: [string, string] };
type Body = Record<string, unknown>;
type Request = [path: string, options: TestRequest];

/** The longest that there is: what it opens would outlast the reset by a month. */
const LONG = '/api/v1.0/tokens?expiration=2592000';
const AUTHORIZE = '/user/authorize?service=os.datastore';
const GATE = 4711;
const ENDED = { status: 401, code: 'CREDENTIAL_ENDED' };
const NOTHING = { status: 200, body: { permissions: {} } };

describeWith('postgres')('what ends the credentials of a user', () => {
  let postgres: PostgresServer;
  let url: string;
  let one: TestApp;
  let two: TestApp;
  let people = 0;

  beforeAll(async () => {
    postgres = await PostgresServer.start();
    url = await postgres.createDatabase();
    const env = { DATABASE_URL: url };
    [one, two] = await Promise.all([startApp(env), startApp(env)]);
    // Where a right password is noted, after it was checked, whoever signs in waits for who holds the gate.
    await postgres.execute(
      `create function wait_at_gate() returns trigger language plpgsql as
         $$ begin perform pg_advisory_xact_lock_shared(${GATE}); return new; end $$;
       create trigger gate before insert or update on login_throttle for each row
         when (new.key like 'known:%') execute function wait_at_gate()`,
      url,
    );
  });
  afterAll(async () => {
    await Promise.all([one?.close(), two?.close()]);
    await postgres?.stop();
  });

  async function person(): Promise<Person> {
    const nickname = `person${++people}`;
    const made = await signUp(one, nickname);
    return { ...made, nickname, basic: [nickname, made.password] };
  }

  async function answerOf(answer: Promise<Response>): Promise<{ status: number; code: unknown; body: Body }> {
    const { status, text } = await answer.then(async (it) => ({ status: it.status, text: await it.text() }));
    const body = (text === '' ? {} : JSON.parse(text)) as Body;
    return { status, code: body['code'], body };
  }

  async function opens(app: TestApp, options: TestRequest): Promise<boolean> {
    const answer = await app.request('/api/v1.0/users', options);
    await answer.arrayBuffer();
    expect([200, 401]).toContain(answer.status);
    return answer.status === 200;
  }

  const count = async (table: string, column: string, id: number) =>
    (
      await postgres.execute<{ n: number }>(
        `select count(*)::int as n from ${table} where ${column} = ${id}`,
        url,
      )
    )[0]!.n;

  const endTokens = (id: number) =>
    `update "user" set tokens_valid_after = greatest(tokens_valid_after, date_trunc('second', now())) + interval '1 s'
     where id = ${id}`;

  describe('while a sign-in with the old password is under way:', () => {
    /** The request has had its password checked, the reset comes, and the request goes on. */
    async function outrun(
      by: Person,
      [path, options]: Request,
    ): Promise<{ status: number; code: unknown; body: Body; password: string }> {
      const gate = await OpenTransaction.begin(url, `select pg_advisory_xact_lock(${GATE})`);
      let password = '';
      const answer = await gate.runInto(answerOf(two.request(path, options)), async () => {
        password = await one.app.get(UsersService).resetPassword(systemActor(), by.nickname);
      });
      return { ...answer, password };
    }

    it('a password reset gives it no token, no refresh token, no permission token and no answer', async () => {
      const requests: [string, TestRequest, object][] = [
        [LONG, { method: 'POST' }, { status: 401 }],
        [`${LONG}&refresh=true`, { method: 'POST' }, { status: 401 }],
        [AUTHORIZE, {}, NOTHING],
        ['/api/v1.0/users', {}, { status: 401 }],
      ];
      for (const [path, options, expected] of requests) {
        const ann = await person();
        const answer = await outrun(ann, [path, { ...options, basic: ann.basic }]);
        expect({ path, ...answer }).toMatchObject({ path, ...expected });
        expect(await count('token_family', 'user_id', ann.id)).toBe(0);
      }
    });

    it('a password reset is not replaced by a password that is chosen for the old one', async () => {
      const ann = await person();
      const json = { old: ann.password, new: 'what the thief would like' };
      const path = `/api/v1.0/users/${ann.id}/password`;
      const { password, ...answer } = await outrun(ann, [path, { token: ann.token, json }]);
      expect(answer).toMatchObject({ status: 403, code: 'OLD_PASSWORD_WRONG' });
      expect(await opens(two, { basic: [ann.nickname, json.new] })).toBe(false);
      expect(await opens(one, { basic: [ann.nickname, password] })).toBe(true);
    });

    it('the end of all tokens does not keep a right password from signing in', async () => {
      const ann = await person();
      const gate = await OpenTransaction.begin(url, `select pg_advisory_xact_lock(${GATE})`);
      const path = `/api/v1.0/users/${ann.id}/tokens`;
      const end = () => one.request(path, { method: 'DELETE', token: ann.token });
      const request = two.request(LONG, { method: 'POST', basic: ann.basic });
      const { status, body } = await gate.runInto(answerOf(request), end);
      expect(status).toBe(200);
      expect(await opens(one, { token: body['token'] as string })).toBe(true);
      expect(await opens(one, { token: ann.token })).toBe(false);
    });
  });

  describe('where the other process has not heard of it yet:', () => {
    /** Somebody new, when the other process has heard of all that was changed before: it forgets nothing after that. */
    async function newcomer(): Promise<Person> {
      const ann = await person();
      await sleep(1_600); // later than this no look of before is fresh
      await two.app.get(IdentityChanges).ensureFresh();
      return ann;
    }

    /** Whom the other process remembers, by his token and by his password. */
    async function remembered(): Promise<Person> {
      const ann = await newcomer();
      for (const options of [{ token: ann.token }, { basic: ann.basic }])
        expect(await opens(two, options)).toBe(true);
      return ann;
    }

    const requestsOf = ({ id, token, basic, nickname }: Person): [...Request, object][] => {
      const keys = `/api/v1.0/users/${id}/api-keys`;
      const key = { name: 'x', scopes: ['*'] };
      const client = { title: 'x', scopes: ['*'] };
      return [
        [LONG, { method: 'POST', basic }, ENDED],
        [`${LONG}&refresh=true`, { method: 'POST', basic }, ENDED],
        [AUTHORIZE, { token }, NOTHING],
        [AUTHORIZE, { basic }, NOTHING],
        [keys, { token, json: key }, ENDED],
        [keys, { basic, json: key }, ENDED],
        [`/api/client/${nickname}-new`, { token, json: client }, ENDED],
        [`/api/client/${nickname}-old/secret`, { method: 'POST', token }, ENDED],
      ];
    };

    it.each([
      ['the end of all tokens', endTokens],
      ['the end of the account', (id: number) => `update "user" set disabled = true where id = ${id}`],
    ])('%s gives no new credential to the old ones', async (_, change) => {
      const ann = await remembered();
      const old = `/api/client/${ann.nickname}-old`;
      const json = { title: 'x', scopes: ['*'] };
      expect((await two.request(old, { token: ann.token, json })).status).toBe(201);
      await opens(two, { token: ann.token });
      await opens(two, { basic: ann.basic });
      const made = () =>
        Promise.all([
          count('token_family', 'user_id', ann.id),
          count('api_key', 'user_id', ann.id),
          count('api_client', 'owner_id', ann.id),
        ]);
      const before = await made();
      await postgres.execute(change(ann.id), url); // past the program, so that nobody is told
      expect(await opens(two, { token: ann.token })).toBe(true);
      for (const [path, options, expected] of requestsOf(ann))
        expect({ path, ...(await answerOf(two.request(path, options))) }).toMatchObject({
          path,
          ...expected,
        });
      expect(await made()).toEqual(before);
    });

    it('a token that was given back makes no API key, and a deleted API key no client', async () => {
      const ann = await remembered();
      const keys = `/api/v1.0/users/${ann.id}/api-keys`;
      const json = { name: 'x', scopes: ['clients.manage', 'users.read'] };
      const made = await answerOf(two.request(keys, { token: ann.token, json }));
      const key = made.body['key'] as string;
      expect([await opens(two, { token: key }), await opens(two, { token: ann.token })]).toEqual([
        true,
        true,
      ]);
      const jti = (JSON.parse(Buffer.from(ann.token.split('.')[1]!, 'base64url').toString()) as Body)['jti'];
      await postgres.execute(
        `insert into revoked_token (jti, expires_at) values ('${jti as string}', now() + interval '1 day');
         delete from api_key where user_id = ${ann.id}`,
        url,
      );
      expect(await answerOf(two.request(keys, { token: ann.token, json }))).toMatchObject(ENDED);
      const client = { token: key, json: { title: 'x', scopes: ['users.read'] } };
      expect(await answerOf(two.request(`/api/client/${ann.nickname}`, client))).toMatchObject(ENDED);
    });

    it('a client whose secret was changed makes no other client', async () => {
      const ann = await newcomer();
      const json = { title: 'x', scopes: ['clients.manage', 'users.read'] };
      const desk = await answerOf(two.request(`/api/client/${ann.nickname}`, { token: ann.token, json }));
      const jwt = await answerOf(two.request('/api/authorize', { json: secretOf(desk.body) }));
      const token = jwt.body['jwt'] as string;
      expect(await opens(two, { token })).toBe(true);
      const next = (name: string) => two.request(`/api/client/${ann.nickname}-${name}`, { token, json });
      expect(await answerOf(next('second'))).toMatchObject({ status: 201 });
      expect(await opens(two, { token })).toBe(true);
      await postgres.execute(
        `update api_client set tokens_valid_after = now() + interval '1 s' where slug = '${ann.nickname}'`,
        url,
      );
      expect(await answerOf(next('third'))).toMatchObject(ENDED);
    });

    it('the end of all tokens leaves API keys what they have, the end of the account does not', async () => {
      const ann = await newcomer();
      const json = { name: 'x', scopes: ['*'] };
      const keys = `/api/v1.0/users/${ann.id}/api-keys`;
      const made = await answerOf(two.request(keys, { token: ann.token, json }));
      const token = made.body['key'] as string;
      expect(await opens(two, { token })).toBe(true);
      await postgres.execute(endTokens(ann.id), url);
      expect(await answerOf(two.request(AUTHORIZE, { token }))).toMatchObject({
        body: { service: 'os.datastore', token: expect.stringMatching(/^ey/) },
      });
      await postgres.execute(`update "user" set disabled = true where id = ${ann.id}`, url);
      expect((await answerOf(two.request(AUTHORIZE, { token }))).body).toEqual(NOTHING.body);
    });
  });

  describe('while a credential is being made:', () => {
    /** What ends the tokens has begun, the request comes, and the end is committed. */
    async function outrun(ann: Person, [path, options]: Request, ...statements: string[]) {
      const ending = await OpenTransaction.begin(url, ...statements, endTokens(ann.id));
      return ending.runInto(answerOf(two.request(path, options)));
    }

    it('the end of all tokens comes first', async () => {
      const ann = await person();
      for (const [path, options, expected] of [
        [LONG, { method: 'POST', basic: ann.basic }, ENDED],
        [`${LONG}&refresh=true`, { method: 'POST', basic: ann.basic }, ENDED],
        [AUTHORIZE, { basic: ann.basic }, NOTHING],
      ] as [...Request, object][]) {
        expect(await opens(two, { basic: ann.basic })).toBe(true);
        expect({ path, ...(await outrun(ann, [path, options])) }).toMatchObject({ path, ...expected });
      }
      expect(await count('token_family', 'user_id', ann.id)).toBe(0);
    });

    it('no refresh token is swapped', async () => {
      const ann = await person();
      const request: TestRequest = { method: 'POST', basic: ann.basic };
      const { body } = await answerOf(two.request(`${LONG}&refresh=true`, request));
      const json = { refresh_token: body['refresh_token'] };
      const answer = await outrun(ann, ['/api/v1.0/tokens/refresh', { json }]);
      expect(answer).toMatchObject({ status: 401, code: 'REFRESH_TOKEN_INVALID' });
    });

    it('all tokens end twice where two end them at once', async () => {
      const ann = await person();
      const path = `/api/v1.0/users/${ann.id}/tokens`;
      // as where they were ended again and again within a second
      const first = await OpenTransaction.begin(
        url,
        `update "user" set tokens_valid_after = date_trunc('second', now()) + interval '1 minute' where id = ${ann.id}`,
      );
      const end = one.request(path, { method: 'DELETE', token: ann.token });
      expect((await first.runInto(end)).status).toBe(204);
      const [row] = await postgres.execute<{ seconds: number }>(
        `select extract(epoch from tokens_valid_after - now())::float8 as seconds from "user" where id = ${ann.id}`,
        url,
      );
      expect(row!.seconds).toBeGreaterThan(50);
    });
  });

  it('is over at once: the new password gives tokens that open, in both processes', async () => {
    const ann = await person();
    const users = one.app.get(UsersService);
    for (const app of [one, two, one, two]) {
      const password = await users.resetPassword(systemActor(), ann.nickname);
      const basic: [string, string] = [ann.nickname, password];
      const { status, body } = await answerOf(app.request(`${LONG}&refresh=true`, { method: 'POST', basic }));
      expect(status).toBe(200);
      expect(await opens(app, { token: body['token'] as string })).toBe(true);
      const { refresh_token } = body;
      const swapped = await answerOf(app.request('/api/v1.0/tokens/refresh', { json: { refresh_token } }));
      expect(swapped.status).toBe(200);
      const issued = await users.issueToken(systemActor(), ann.nickname, 600);
      expect(await opens(app, { token: issued })).toBe(true);
    }
  });
});

function secretOf(answer: Body): object {
  const { client_id, client_secret } = answer['data'] as Body;
  return { client_id, client_secret };
}
