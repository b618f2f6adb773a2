import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import jwt from 'jsonwebtoken';
import { RolesService, systemActor, UsersService } from '../../src/identity/index.js';
import { PRUNE_TOKENS } from '../../src/identity/tokens/prune-tokens.job.js';
import { JobsService } from '../../src/jobs/index.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp, type TestRequest } from '../support/app.js';
import { logEverythingTo, logged, stored } from '../support/leaks.js';
import { signUp } from '../support/people.js';

interface Pair {
  token: string;
  refresh_token: string;
  expires_in: number;
}
type Person = Awaited<ReturnType<typeof signUp>> & { nickname: string };
type Body = Record<string, unknown>;

const DAY = 86_400;

let app: TestApp;
let logs: string;
let ann: Person;
let bob: Person;
let admin: string;

beforeAll(async () => {
  logs = mkdtempSync(join(tmpdir(), 'signalbox-logs-'));
  app = await startApp({ REFRESH_TOKEN_DAYS: '10', ...logEverythingTo(logs) });
  [ann, bob] = [await person('ann'), await person('bob')];
  admin = await app.adminToken();
});
afterAll(async () => {
  await app.close();
  rmSync(logs, { recursive: true, force: true });
});

const body = async (answer: Response) => (await answer.json()) as Body;
const person = async (nickname: string, roles: string[] = []) => ({
  nickname,
  ...(await signUp(app, nickname, roles)),
});
const familyOf = ({ token }: Pair) => (jwt.decode(token) as Body)['sid'] as string;

async function signIn({ nickname, password }: Person, query = ''): Promise<Pair> {
  const answer = await app.request(`/api/v1.0/tokens?refresh=true${query}`, {
    method: 'POST',
    basic: [nickname, password],
  });
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
  return (await answer.json()) as Pair;
}

const refresh = (refresh_token: unknown, query = '') =>
  app.request(`/api/v1.0/tokens/refresh${query}`, { json: { refresh_token } });

async function next(pair: Pair): Promise<Pair> {
  const answer = await refresh(pair.refresh_token);
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
  return (await answer.json()) as Pair;
}

async function status(path: string, options: TestRequest): Promise<number> {
  const answer = await app.request(path, options);
  await answer.arrayBuffer();
  return answer.status;
}

const opens = (token: string) => status('/api/v1.0/users', { token });

/** Everything of the pair has ended. */
async function expectEnded(...pairs: Pair[]): Promise<void> {
  for (const { token, refresh_token } of pairs) {
    expect(await opens(token)).toBe(401);
    const answer = await refresh(refresh_token);
    expect([answer.status, (await body(answer))['code']]).toEqual([401, 'REFRESH_TOKEN_INVALID']);
  }
}

describe('a refresh token', () => {
  it('comes for the asking only: without it the answer stays what it was', async () => {
    const basic: [string, string] = ['ann', ann.password];
    for (const query of ['', '?refresh=false', '?expiration=60']) {
      const answer = await app.request(`/api/v1.0/tokens${query}`, { method: 'POST', basic });
      const given = await body(answer);
      expect(Object.keys(given)).toEqual(['token']);
      const claims = jwt.decode(given['token'] as string) as Body;
      expect(claims['sid']).toBeUndefined();
      expect(claims['userid']).toBe(claims['sub']);
    }
    for (const query of ['refresh=1', 'refresh=', 'refresh=true&refresh=true'])
      expect(await status(`/api/v1.0/tokens?${query}`, { method: 'POST', basic })).toBe(400);
  });

  it('is swapped for a new pair, again and again, and each token opens', async () => {
    let pair = await signIn(ann);
    expect(pair).toEqual({
      token: expect.stringMatching(/^ey/),
      refresh_token: expect.stringMatching(/^sbr_[\w-]{43}$/),
      expires_in: 600,
    });
    const seen = new Set<string>();
    for (let times = 0; times < 5; times++) {
      expect(await opens(pair.token)).toBe(200);
      seen.add(pair.token).add(pair.refresh_token);
      const before = familyOf(pair);
      pair = await next(pair);
      expect(familyOf(pair)).toBe(before);
    }
    expect(seen.size).toBe(10);
  });

  it('gives tokens that are good for as long as is asked for, and no longer than the sign-in', async () => {
    const pair = await signIn(ann, '&expiration=60');
    expect(pair.expires_in).toBe(60);
    const answer = await refresh(pair.refresh_token, '?expiration=1200');
    const longer = (await answer.json()) as Pair;
    expect(longer.expires_in).toBe(1_200);
    const longest = await signIn(ann, `&expiration=${20 * DAY}`);
    expect(longest.expires_in).toBe(10 * DAY);
    for (const query of ['?expiration=0', '?expiration=x', '?expiration=99999999', '?refresh=true'])
      expect((await refresh(longer.refresh_token, query)).status).toBe(400);
    expect((await refresh(longer.refresh_token)).status).toBe(200);
  });

  it('is no access token, and an access token is no refresh token', async () => {
    const { token, refresh_token } = await signIn(ann);
    expect(await opens(refresh_token)).toBe(401);
    expect(await status('/api/v1.0/users', { basic: ['ann', refresh_token] })).toBe(401);
    for (const path of ['/api/v1.0/tokens', '/api/v1.0/jobs', '/api/client'])
      expect(await status(path, { method: 'POST', token: refresh_token })).not.toBe(200);
    expect((await refresh(token)).status).toBe(401);
    expect(await opens(token)).toBe(200);
  });

  it.each([
    ['', 400],
    [undefined, 400],
    [null, 400],
    [7, 400],
    [['x'], 400],
    [{}, 400],
    ['x', 401],
    ['a\u0000b', 401],
    [`sbr_${'0'.repeat(43)}`, 401],
    [`sbr_${'0'.repeat(42)}`, 401],
    ["sbr_' or 1=1 --", 401],
    [`sbx_${'0'.repeat(43)}`, 401],
    ['x'.repeat(100_000), 401],
  ])('%j is answered %d', async (text, expected) => {
    expect((await refresh(text)).status).toBe(expected);
  });

  it('of 10 MB is not read', async () => {
    expect((await refresh('x'.repeat(10 * 1024 * 1024))).status).toBe(413);
  });

  it('is not given for anything but the password', async () => {
    const { token } = await signIn(ann);
    const answer = await app.request('/api/v1.0/tokens?refresh=true', { method: 'POST', token });
    expect([answer.status, (await body(answer))['code']]).toEqual([401, 'PASSWORD_NEEDED']);
  });

  it('that has expired is refused, and its family is pruned with it', async () => {
    const [kept, gone] = [await signIn(ann), await signIn(ann)];
    const database = app.app.get(Database);
    await database.execute(`update token_family set expires_at = now() - interval '1 s' where id = $1`, [
      familyOf(gone),
    ]);
    expect((await refresh(gone.refresh_token)).status).toBe(401);
    await database.execute(
      `insert into revoked_token (jti, expires_at) values ('old', now() - interval '1 s'), ('new', now() + interval '1 h')`,
    );
    // Who gives a token back does not clear up after all others meanwhile: that is the job's.
    const back = await signIn(ann);
    const answer = await app.request('/api/v1.0/tokens', { method: 'DELETE', token: back.token });
    expect(answer.status).toBe(204);
    expect(await database.query(`select from revoked_token where jti = 'old'`)).toHaveLength(1);
    const jobs = app.app.get(JobsService);
    const id = await jobs.enqueue(PRUNE_TOKENS, {});
    for (;;) {
      const [job] = await database.query<{ state: string }>('select state from job where id = $1', [id]);
      if (job!.state === 'succeeded') break;
      expect(['queued', 'running']).toContain(job!.state);
      await sleep(20);
    }
    const [left] = await database.query(
      `select (select array_agg(jti) from revoked_token) as revoked,
         exists (select from token_family where id = $1) as kept, exists (select from token_family where id = $2) as gone,
         (select count(*)::int from refresh_token where family_id = $2) as tokens`,
      [familyOf(kept), familyOf(gone)],
    );
    expect(left).toEqual({ revoked: ['new', decodeJwt(back.token).jti], kept: true, gone: false, tokens: 0 });
    expect(await opens(gone.token)).toBe(401);
    expect((await refresh(kept.refresh_token)).status).toBe(200);
  });
});

describe('a refresh token that was used before', () => {
  it('ends everything that goes back to the sign-in, at once, and nothing else', async () => {
    const [other, first] = [await signIn(ann), await signIn(ann)];
    const second = await next(first);
    const third = await next(second);
    for (const { token } of [first, second, third]) expect(await opens(token)).toBe(200);
    const answer = await refresh(first.refresh_token);
    expect([answer.status, (await body(answer))['code']]).toEqual([401, 'REFRESH_TOKEN_INVALID']);
    await expectEnded(third, second, first);
    expect(await opens(other.token)).toBe(200);
    expect((await next(other)).token).toMatch(/^ey/);
    const entries = await app.app
      .get(Database)
      .query<{ action: string }>(`select action from audit_entry where details->>'family' = $1 order by id`, [
        familyOf(first),
      ]);
    expect(entries.map(({ action }) => action)).toEqual([
      'token.create',
      'token.refresh',
      'token.refresh',
      'token.reuse',
    ]);
  });

  it('by twenty at once: one at most is answered, and what it got has ended too', async () => {
    for (let round = 0; round < 3; round++) {
      const pair = await signIn(bob);
      const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(pair.refresh_token)));
      const won = answers.filter((one) => one.status === 200);
      expect(won).toHaveLength(1);
      expect(answers.filter((one) => one.status === 401)).toHaveLength(19);
      await expectEnded((await won[0]!.json()) as Pair, pair);
    }
  });
});

describe('the end of tokens', () => {
  it('given back: the token, its refresh token and all others of the sign-in', async () => {
    const [pair, other] = [await signIn(ann), await signIn(ann)];
    const second = await next(pair);
    expect(await status('/api/v1.0/tokens', { method: 'DELETE', token: second.token })).toBe(204);
    await expectEnded(pair, second);
    expect(await opens(other.token)).toBe(200);
    expect((await refresh(other.refresh_token)).status).toBe(200);
  });

  it('of all of a user, by himself, and new ones work at once', async () => {
    const [pair, plain, others] = [await signIn(ann), ann.token, await signIn(bob)];
    expect(await opens(plain)).toBe(200);
    const path = `/api/v1.0/users/${ann.id}/tokens`;
    const answer = await app.request(path, { method: 'DELETE', token: pair.token });
    expect([answer.status, await answer.text()]).toEqual([204, '']);
    await expectEnded(pair);
    expect(await opens(plain)).toBe(401);
    expect(await opens(others.token)).toBe(200);
    for (let times = 0; times < 3; times++) {
      const fresh = await next(await signIn(ann));
      expect(await opens(fresh.token)).toBe(200);
      expect(await status(path, { method: 'DELETE', token: fresh.token })).toBe(204);
      await expectEnded(fresh);
    }
  });

  it('of all of a user, by who manages users and may no less; by nobody else', async () => {
    const pair = await signIn(bob);
    const path = (id: number) => `/api/v1.0/users/${id}/tokens`;
    const end = (id: number, token: string) => status(path(id), { method: 'DELETE', token });
    expect(await end(bob.id, (await signIn(ann)).token)).toBe(403);
    expect(await end(1_000_000, (await signIn(ann)).token)).toBe(403);
    expect(await end(1_000_000, admin)).toBe(404);
    await app.app.get(RolesService).createRole(systemActor(), 'keeper', ['users.manage']);
    const keeper = await person('keeper', ['keeper']);
    expect(await end(1, keeper.token)).toBe(403);
    expect(await opens(admin)).toBe(200);
    expect(await opens(pair.token)).toBe(200);
    expect(await end(bob.id, keeper.token)).toBe(204);
    await expectEnded(pair);
  });

  it('by a new password, and by disabling the account', async () => {
    const users = app.app.get(UsersService);
    const eve = await person('eve');
    const pair = await signIn(eve);
    eve.password = await users.resetPassword(systemActor(), 'eve');
    await expectEnded(pair);
    const after = await signIn(eve);
    expect((await next(after)).expires_in).toBeGreaterThan(590);
    const last = await signIn(eve);
    await users.disable(systemActor(), 'eve');
    await expectEnded(last);
    await users.enable(systemActor(), 'eve');
    await expectEnded(last);
  });

  it('leaves API keys and API clients alone', async () => {
    const finn = await person('finn');
    const json = { name: 'x', scopes: ['users.read'] };
    const made = await body(
      await app.request(`/api/v1.0/users/${finn.id}/api-keys`, { token: finn.token, json }),
    );
    const path = `/api/v1.0/users/${finn.id}/tokens`;
    expect(await status(path, { method: 'DELETE', token: finn.token })).toBe(204);
    expect(await opens(finn.token)).toBe(401);
    expect(await opens(made['key'] as string)).toBe(200);
  });
});

it('no refresh token is in a log line, a table or the audit log', async () => {
  const pair = await signIn(bob);
  const second = await next(pair);
  await refresh(pair.refresh_token);
  await refresh('sbr_nonsense-that-somebody-sent');
  const [tables, lines] = [await stored(app), await logged(logs)];
  expect(lines).toContain('/api/v1.0/tokens/refresh');
  for (const { token, refresh_token } of [pair, second])
    for (const secret of [refresh_token, refresh_token.slice(4), token.split('.')[2]!]) {
      expect(tables).not.toContain(secret);
      expect(lines).not.toContain(secret);
    }
  expect(lines).not.toContain('sbr_nonsense');
});
