import { hash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemActor, UsersService } from '../../src/identity/index.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { CLIENT, type Issuer, signInAtIssuer, startIssuer } from '../support/issuer.js';
import { GITHUB_CLIENT, type GitHubDouble, startGitHub } from '../support/github-sign-in.js';
import { Visitor } from '../support/visitor.js';

const NEXT = 'http://127.0.0.1:8001/back?kept=a%20b&jwt=old#part';

let app: TestApp;
let issuer: Issuer;
let second: Issuer;
let github: GitHubDouble;
let database: Database;
let people = 0;

beforeAll(async () => {
  [issuer, second, github] = [await startIssuer(), await startIssuer(), await startGitHub()];
  app = await startApp({ LOG_LEVEL: process.env['DEBUG_LOG'] ?? 'fatal',
    GOOGLE_CLIENT_ID: CLIENT.clientId,
    GOOGLE_CLIENT_SECRET: CLIENT.clientSecret,
    GOOGLE_ISSUER: issuer.url,
    GITHUB_CLIENT_ID: GITHUB_CLIENT.id,
    GITHUB_CLIENT_SECRET: GITHUB_CLIENT.secret,
    GITHUB_SIGN_IN_URL: github.url,
    OIDC_PROVIDERS: JSON.stringify([{ name: 'corp', title: 'Corp', issuer: second.url, ...CLIENT }]),
    SIGN_IN_NEXT: 'http://127.0.0.1:8001,http://localhost:9009/app',
  });
  issuer.serve(`${app.url}/user/callback/google`);
  second.serve(`${app.url}/user/callback/corp`);
  database = app.app.get(Database);
});
afterAll(async () => {
  await app?.close();
  for (const server of [issuer, second, github]) await server?.close();
});
beforeEach(() => {
  github.fault = 'none';
});

/** Somebody whom the issuer knows, with an address of his own. */
function person(issuerOf: Issuer, more: object = {}): { subject: string; email: string } {
  const subject = `subject-${++people}`;
  const email = `person${people}@example.org`;
  issuerOf.people[subject] = { email, email_verified: true, name: `Person ${people}`, ...more };
  return { subject, email };
}

function startOf(provider: string, next: string | undefined = NEXT): string {
  const query = next === undefined ? '' : `?${new URLSearchParams({ next }).toString()}`;
  return `${app.url}/user/login/${provider}${query}`;
}

/** The whole dance; returns where the browser ends up. */
async function signIn(
  subject: string,
  { provider = 'google', at = issuer, next = NEXT, visitor = new Visitor() } = {},
): Promise<URL> {
  const callback = await signInAtIssuer(visitor, at, startOf(provider, next), subject);
  return comeBack(visitor, callback);
}

async function comeBack(visitor: Visitor, callback: string): Promise<URL> {
  const answer = await visitor.open(callback);
  expect(answer.status).toBe(302);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
  return new URL(answer.headers.get('location')!, app.url);
}

async function signInAtGitHub(visitor = new Visitor()): Promise<URL> {
  const { url } = await visitor.follow(startOf('github'), (address) => address.includes('/user/callback/'));
  return comeBack(visitor, url);
}

async function check(token: string, path = '/user/check'): Promise<Record<string, unknown>> {
  const answer = await app.request(`${path}?${new URLSearchParams({ jwt: token }).toString()}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Record<string, unknown>;
}

async function profileOf(token: string | null, path?: string): Promise<Record<string, unknown>> {
  return (await check(token!, path))['profile'] as Record<string, unknown>;
}

async function audited(action: string): Promise<{ actor: string; subject: string; details: object }[]> {
  return database.query('select actor, subject, details from audit_entry where action = $1 order by id', [action]);
}

async function accounts(): Promise<number> {
  const [row] = await database.query<{ n: number }>('select count(*)::int as n from "user"');
  return row!.n;
}

describe('a first sign-in', () => {
  it('makes an account, and returns to the page with a token that opens it', async () => {
    const { subject, email } = person(issuer, {
      preferred_username: 'Ann.Example',
      picture: 'https://pictures.example.org/ann.png',
    });
    const back = await signIn(subject);
    const token = back.searchParams.get('jwt')!;
    expect(back.href).toBe(`http://127.0.0.1:8001/back?kept=a%20b&jwt=${token}#part`);
    const id = hash('md5', email);
    expect(await check(token)).toEqual({
      authenticated: true,
      profile: {
        id,
        idhash: id,
        provider_id: `google:${subject}`,
        username: null,
        name: issuer.people[subject]!.name,
        email,
        avatar_url: 'https://pictures.example.org/ann.png',
        join_date: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      },
    });
    expect(await profileOf(token, '/oauth/check')).toMatchObject({ username: null });
    expect(await profileOf(token, '/auth/check')).toMatchObject({ username: 'ann.example' });
    expect((await app.request('/api/v1.0/users', { token })).status).toBe(200);
    const { iat, exp } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as {
      iat: number;
      exp: number;
    };
    expect(exp - iat).toBe(14 * 86_400);
    const [user] = await database.query<{ id: number; password_hash: unknown; nickname_chosen: boolean }>(
      'select id, password_hash, nickname_chosen from "user" where userid = $1',
      [id],
    );
    expect(user).toMatchObject({ password_hash: null, nickname_chosen: false });
    for (const action of ['user.create', 'user.link', 'user.sign-in', 'token.create']) {
      expect((await audited(action)).at(-1)).toMatchObject({ actor: id, subject: `user:${user!.id}` });
    }
  });

  it('of one person in several browsers at once makes one account', async () => {
    const { subject } = person(issuer);
    const before = await accounts();
    const visitors = Array.from({ length: 4 }, () => new Visitor());
    const callbacks = await Promise.all(
      visitors.map((visitor) => signInAtIssuer(visitor, issuer, startOf('google'), subject)),
    );
    const backs = await Promise.all(callbacks.map((callback, index) => comeBack(visitors[index]!, callback)));
    const ids = await Promise.all(
      backs.map(async (back) => (await profileOf(back.searchParams.get('jwt')))['id']),
    );
    expect(new Set(ids).size).toBe(1);
    expect(await accounts()).toBe(before + 1);
  });

  it('makes a nickname that is valid and free', async () => {
    const names = ['Eve\u0000\u202e Smith/:?#', 'Eve\u0000\u202e Smith/:?#', '\u0007', 'admin', 'SYSTEM'];
    const made: unknown[] = [];
    for (const preferred_username of names) {
      const { subject } = person(issuer, { preferred_username });
      const token = (await signIn(subject)).searchParams.get('jwt');
      made.push((await profileOf(token, '/auth/check'))['username']);
    }
    expect(made).toEqual(['eve-smith', 'eve-smith1', 'user', 'admin1', 'system1']);
  });

  it('takes the part before the @ where the provider knows no nickname', async () => {
    const { subject, email } = person(issuer);
    const token = (await signIn(subject)).searchParams.get('jwt');
    expect((await profileOf(token, '/auth/check'))['username']).toBe(email.split('@')[0]);
  });

  it('without an address that the provider has verified comes to nothing', async () => {
    const before = await accounts();
    for (const more of [{ email_verified: false }, { email: undefined }, { email: 'no address' }]) {
      const back = await signIn(person(issuer, more).subject);
      expect(back.href).toBe('http://127.0.0.1:8001/back?kept=a%20b#part');
      expect((await audited('user.sign-in-refused')).at(-1)).toEqual({
        actor: 'anonymous',
        subject: 'provider:google',
        details: { provider: 'google', reason: 'no-verified-email' },
      });
    }
    expect(await accounts()).toBe(before);
  });
});

describe('a later sign-in', () => {
  it('finds the account, also when the address has changed, and updates name and picture', async () => {
    const { subject, email } = person(issuer);
    const first = await profileOf((await signIn(subject)).searchParams.get('jwt'));
    issuer.people[subject] = {
      email: 'new-address@example.org',
      email_verified: true,
      name: 'New\u0000 Name',
      picture: 'javascript:alert(1)',
    };
    const later = await profileOf((await signIn(subject)).searchParams.get('jwt'));
    expect(later).toMatchObject({ id: first['id'], email, name: 'New Name', avatar_url: null });
  });

  it('with another provider finds it by the address, in whatever case', async () => {
    const { subject, email } = person(issuer);
    const google = await profileOf((await signIn(subject)).searchParams.get('jwt'));
    second.people['other'] = { email: email.toUpperCase(), email_verified: true };
    const corp = await signIn('other', { provider: 'corp', at: second });
    expect(await profileOf(corp.searchParams.get('jwt'))).toMatchObject({
      id: google['id'],
      provider_id: 'corp:other',
    });
  });

  it('does not take what another provider calls by the same number', async () => {
    const { subject } = person(issuer);
    const google = await profileOf((await signIn(subject)).searchParams.get('jwt'));
    second.people[subject] = { email: 'somebody-else@example.org', email_verified: true };
    const corp = await signIn(subject, { provider: 'corp', at: second });
    expect((await profileOf(corp.searchParams.get('jwt')))['id']).not.toBe(google['id']);
  });

  it('finds the account that an operator made for the address', async () => {
    const { subject, email } = person(issuer);
    const users = app.app.get(UsersService);
    const { user } = await users.createUser(systemActor(), 'operators-choice', { email });
    const token = (await signIn(subject)).searchParams.get('jwt');
    expect(await profileOf(token)).toMatchObject({ id: user.userid, username: 'operators-choice' });
  });

  it('gives a disabled account no token, whichever way it is found', async () => {
    const { subject, email } = person(issuer);
    const token = (await signIn(subject)).searchParams.get('jwt')!;
    const { username } = await profileOf(token, '/auth/check');
    await app.app.get(UsersService).disable(systemActor(), username as string);
    expect((await signIn(subject)).searchParams.has('jwt')).toBe(false);
    second.people['disabled'] = { email, email_verified: true };
    const corp = await signIn('disabled', { provider: 'corp', at: second });
    expect(corp.searchParams.has('jwt')).toBe(false);
    expect((await audited('user.sign-in-refused')).at(-1)).toMatchObject({
      actor: hash('md5', email),
      details: { provider: 'corp', reason: 'account-disabled' },
    });
    const links = await database.query(`select from user_login where subject = 'disabled'`);
    expect(links).toHaveLength(0);
    expect((await check(token))['authenticated']).toBe(false);
  });
});

describe('GitHub', () => {
  const emails = (...all: [email: string, verified: boolean, primary?: boolean][]) =>
    all.map(([email, verified, primary = false]) => ({ email, verified, primary }));

  it('signs in, with the verified address that its user prefers', async () => {
    github.account = {
      id: 583231,
      login: 'OctoCat',
      name: null,
      email: 'shown@example.org',
      emails: emails(['first@example.org', true], ['octocat@example.org', true, true]),
    };
    const token = (await signInAtGitHub()).searchParams.get('jwt');
    expect(await profileOf(token, '/auth/check')).toMatchObject({
      id: hash('md5', 'octocat@example.org'),
      provider_id: 'github:583231',
      username: 'octocat',
      name: null,
      email: 'octocat@example.org',
      avatar_url: 'https://avatars.example.org/u/583231',
    });
  });

  it('looks at all verified addresses for an account that exists, and at no other', async () => {
    const users = app.app.get(UsersService);
    const { user } = await users.createUser(systemActor(), 'hub', { email: 'hub@example.org' });
    await users.createUser(systemActor(), 'victim', { email: 'victim@example.org' });
    github.account = {
      id: 2,
      login: 'somebody',
      name: 'Some Body',
      email: 'victim@example.org',
      emails: emails(['victim@example.org', false, true], ['x@example.org', true], ['hub@example.org', true]),
    };
    const token = (await signInAtGitHub()).searchParams.get('jwt');
    expect(await profileOf(token)).toMatchObject({ id: user.userid, username: 'hub', email: 'hub@example.org' });
  });

  it('with no verified address signs nobody in', async () => {
    github.account = {
      id: 3,
      login: 'unverified',
      name: null,
      email: 'u@example.org',
      emails: emails(['u@example.org', false, true]),
    };
    expect((await signInAtGitHub()).searchParams.has('jwt')).toBe(false);
  });

  it.each(['user-500', 'foreign-issuer', 'huge-answer'] as const)('may fail (%s): there is no token', async (fault) => {
    github.account = { id: 4, login: 'four', name: null, emails: emails(['four@example.org', true, true]) };
    github.fault = fault;
    expect((await signInAtGitHub()).href).toBe('http://127.0.0.1:8001/back?kept=a%20b#part');
    expect((await audited('user.sign-in-refused')).at(-1)).toMatchObject({
      details: { provider: 'github', reason: 'provider-answer-invalid' },
    });
    github.fault = 'none';
    expect((await signInAtGitHub()).searchParams.has('jwt')).toBe(true);
  });
});

describe('the way back', () => {
  it('works once: a state that comes again does nothing', async () => {
    const visitor = new Visitor();
    const { subject } = person(issuer);
    const callback = await signInAtIssuer(visitor, issuer, startOf('google'), subject);
    expect((await comeBack(visitor, callback)).searchParams.has('jwt')).toBe(true);
    const refusals = await audited('user.sign-in-refused');
    expect((await comeBack(visitor, callback)).href).toBe(`${app.url}/`);
    expect(await audited('user.sign-in-refused')).toEqual(refusals);
  });

  it('is for the browser that began only, and lost after another one came', async () => {
    const [victim, attacker] = [new Visitor(), new Visitor()];
    const { subject } = person(issuer);
    const callback = await signInAtIssuer(attacker, issuer, startOf('google'), subject);
    expect((await comeBack(victim, callback)).href).toBe('http://127.0.0.1:8001/back?kept=a%20b#part');
    expect((await audited('user.sign-in-refused')).at(-1)).toMatchObject({
      details: { reason: 'foreign-browser' },
    });
    expect((await comeBack(attacker, callback)).searchParams.has('jwt')).toBe(false);

    await victim.open(startOf('google')); // has a cookie of its own now, which is another one
    const again = await signInAtIssuer(attacker, issuer, startOf('google'), subject);
    expect((await comeBack(victim, again)).searchParams.has('jwt')).toBe(false);
  });

  it('lets two sign-ins of one browser cross', async () => {
    const visitor = new Visitor();
    const { subject } = person(issuer);
    const first = await signInAtIssuer(visitor, issuer, startOf('google'), subject);
    const later = await signInAtIssuer(visitor, issuer, startOf('google'), subject);
    expect((await comeBack(visitor, later)).searchParams.has('jwt')).toBe(true);
    expect((await comeBack(visitor, first)).searchParams.has('jwt')).toBe(true);
  });

  it('may be the address of the originals, and must not be that of another provider', async () => {
    for (const [path, works] of [
      ['/oauth/google_callback', true],
      ['/auth/oauth_callback', true],
      ['/user/callback/corp', false],
      ['/user/callback/nobody', false],
    ] as const) {
      const visitor = new Visitor();
      const { subject } = person(issuer);
      const { search } = new URL(await signInAtIssuer(visitor, issuer, startOf('google'), subject));
      const back = await comeBack(visitor, app.url + path + search);
      expect([path, back.searchParams.has('jwt')]).toEqual([path, works]);
    }
  });

  it('ends without a token where the user or the provider said no', async () => {
    const visitor = new Visitor();
    const callback = await signInAtIssuer(visitor, issuer, startOf('google'), 'deny');
    expect(new URL(callback).searchParams.get('error')).toBe('access_denied');
    expect((await comeBack(visitor, callback)).href).toBe('http://127.0.0.1:8001/back?kept=a%20b#part');
    expect((await audited('user.sign-in-refused')).at(-1)).toMatchObject({
      details: { provider: 'google', reason: 'provider-error', error: 'access_denied' },
    });
  });

  it('ends without a token where code, state or issuer were made up', async () => {
    const tampered: [string, string][] = [
      ['code', 'made-up'],
      ['iss', 'https://evil.example.org'],
      ['state', 'made-up'],
      ['error', '<script>'],
    ];
    for (const [name, value] of tampered) {
      const visitor = new Visitor();
      const callback = new URL(
        await signInAtIssuer(visitor, issuer, startOf('google'), person(issuer).subject),
      );
      callback.searchParams.set(name, value);
      const back = await comeBack(visitor, callback.href);
      expect([name, back.searchParams.has('jwt')]).toEqual([name, false]);
    }
    for (const search of ['', '?state=', '?state=a&state=b', '?code=x', '?error=access_denied']) {
      for (const path of ['/user/callback/google', '/oauth/google_callback', '/auth/oauth_callback'])
        expect((await comeBack(new Visitor(), app.url + path + search)).href).toBe(`${app.url}/`);
    }
  });

  it('ends without a token after ten minutes', async () => {
    const visitor = new Visitor();
    const callback = await signInAtIssuer(visitor, issuer, startOf('google'), person(issuer).subject);
    await database.execute(`update sign_in set expires_at = now() - interval '1 second'`);
    expect((await comeBack(visitor, callback)).searchParams.has('jwt')).toBe(false);
    expect((await audited('user.sign-in-refused')).at(-1)).toMatchObject({ details: { reason: 'expired' } });
  });

  it('is looked at again: what is allowed no longer gets no token', async () => {
    const visitor = new Visitor();
    const callback = await signInAtIssuer(visitor, issuer, startOf('google'), person(issuer).subject);
    await database.execute(`update sign_in set next = 'https://evil.example.org/'`);
    expect((await comeBack(visitor, callback)).href).toBe(`${app.url}/`);
    expect((await audited('user.sign-in-refused')).at(-1)).toMatchObject({
      details: { reason: 'next-not-allowed' },
    });
  });
});

describe('next', () => {
  it.each([
    'https://evil.example.org/',
    'http://example.com',
    '//evil.example.org',
    '/\\evil.example.org',
    'http://127.0.0.1:8002/',
    'http://127.0.0.1:8001@evil.example.org/',
    'http://user@127.0.0.1:8001/',
    'http://localhost:9009/application',
    'http://localhost:9009/app/../secret',
    'http://localhost:9009/app/..%2fsecret',
    'javascript:alert(1)',
    'http://127.0.0.1:8001/\r\nset-cookie: a=b',
  ])('never leads to %j', async (next) => {
    const answer = (await (
      await app.request(`/auth/check?${new URLSearchParams({ next }).toString()}`)
    ).json()) as { providers: Record<string, { url: string }> };
    expect(answer.providers['google']!.url).toBe(`${app.url}/user/login/google`);
    const back = await signIn(person(issuer).subject, { next });
    expect(back.origin + back.pathname).toBe(`${app.url}/`);
    expect(back.searchParams.has('jwt')).toBe(true);
  });

  it('may be an address of this server, or a path', async () => {
    for (const next of [`/acme_orders`, `${app.url}/acme_orders`]) {
      const back = await signIn(person(issuer).subject, { next });
      expect(back.href).toMatch(`${app.url}/acme_orders?jwt=ey`);
    }
    const back = await signIn(person(issuer).subject, { next: 'http://localhost:9009/app/#/deep' });
    expect(back.href).toMatch(/^http:\/\/localhost:9009\/app\/\?jwt=ey[\w.-]+#\/deep$/);
  });
});

describe('what is stored', () => {
  it('of a sign-in that was begun tells neither its state nor its secrets', async () => {
    const visitor = new Visitor();
    const answer = await visitor.open(startOf('google'));
    expect(answer.headers.get('set-cookie')).toMatch(
      /^signalbox-sign-in=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/,
    );
    const query = new URL(answer.headers.get('location')!).searchParams;
    expect(query.get('code_challenge_method')).toBe('S256');
    expect(query.get('redirect_uri')).toBe(`${app.url}/user/callback/google`);
    const [row] = await database.query<{ text: string }>(
      `select s::text as text from sign_in s where id = $1`,
      [hash('sha256', query.get('state')!)],
    );
    for (const secret of [query.get('state')!, query.get('nonce')!, answer.headers.get('set-cookie')!.slice(18, 61)])
      expect(row!.text).not.toContain(secret);
  });

  it('in the audit log holds no secret', async () => {
    const visitor = new Visitor();
    const callback = await signInAtIssuer(visitor, issuer, startOf('google'), person(issuer).subject);
    const token = (await comeBack(visitor, callback)).searchParams.get('jwt')!;
    const [row] = await database.query<{ all: string }>(`select string_agg(e::text, ' ') as all from audit_entry e`);
    const { searchParams } = new URL(callback);
    const secrets = [token, searchParams.get('code')!, searchParams.get('state')!, CLIENT.clientSecret];
    for (const secret of secrets) expect(row!.all).not.toContain(secret);
  });

  it('goes when its time is over', async () => {
    await new Visitor().open(startOf('google'));
    await database.execute(`update sign_in set expires_at = now() - interval '1 second'`);
    await new Visitor().open(startOf('google'));
    expect(await database.query('select id from sign_in')).toHaveLength(1);
  });
});

describe('the start', () => {
  it('of a provider that is not configured is 404', async () => {
    for (const name of ['nobody', '__proto__', '..%2f..', 'GOOGLE']) {
      const answer = await app.request(`/user/login/${name}`);
      expect([name, answer.status]).toEqual([name, 404]);
      expect(((await answer.json()) as { code: string }).code).toBe('SIGN_IN_PROVIDER_NOT_FOUND');
    }
  });

  it('lists every provider, with google first', async () => {
    const next = 'http://127.0.0.1:8001/x?a=1&b=2';
    const answer = (await (
      await app.request(`/user/check?${new URLSearchParams({ next }).toString()}`)
    ).json()) as object;
    const url = (name: string) => `${app.url}/user/login/${name}?next=${encodeURIComponent(next)}`;
    expect(answer).toEqual({
      authenticated: false,
      providers: {
        google: { url: url('google') },
        github: { url: url('github') },
        corp: { url: url('corp') },
      },
    });
  });
});
