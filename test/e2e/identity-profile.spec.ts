import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemActor, UsersService } from '../../src/identity/index.js';
import { startApp, type TestApp, type TestRequest } from '../support/app.js';
import { GITHUB_CLIENT } from '../support/github-sign-in.js';
import { signUp } from '../support/people.js';
import { SignInScene } from '../support/sign-in.js';

const PAGE = 'https://pages.example.org';

let scene: SignInScene;
let app: TestApp;

beforeAll(async () => {
  scene = await SignInScene.start({ CORS_ORIGINS: PAGE });
  app = scene.app;
});
afterAll(() => scene?.close());

async function json(path: string, options?: TestRequest): Promise<Record<string, unknown>> {
  const answer = await app.request(path, options);
  expect([path, answer.status]).toEqual([path, 200]);
  return (await answer.json()) as Record<string, unknown>;
}

const update = (options: TestRequest, path = '/user/update') => json(path, { method: 'POST', ...options });
const form = (fields: Record<string, string>): TestRequest => ({
  body: new URLSearchParams(fields).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});
const multipart = (fields: Record<string, string>): TestRequest => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return { body: data };
};

/** The token of somebody who has just come for the first time. */
async function newcomer(more?: object): Promise<string> {
  return (await scene.signIn(scene.person(more).subject)).searchParams.get('jwt')!;
}

describe('who is signed in', () => {
  it('is found wherever the token comes', async () => {
    const token = await newcomer();
    const ways: [string, TestRequest][] = [
      [`?jwt=${token}`, {}],
      ['', { token }],
      ['', { headers: { 'auth-token': token } }],
      ['', { headers: { 'Auth-Token': token } }],
      ['?jwt=', { headers: { 'auth-token': token } }],
      [`?jwt=${token}`, { headers: { 'auth-token': 'undefined' } }],
    ];
    for (const path of ['/user/check', '/oauth/check', '/auth/check', '/user/check/']) {
      for (const [query, options] of ways)
        expect((await json(path + query, options))['authenticated']).toBe(true);
    }
  });

  it('is nobody where there is no token, or one that does not hold; never 401', async () => {
    const { token } = await signUp(app, 'gone');
    await app.app.get(UsersService).disable(systemActor(), 'gone');
    const ways: [string, TestRequest][] = [
      ['', {}],
      ['?jwt=', {}],
      ['?jwt=made-up', {}],
      [`?jwt=${token}`, {}],
      ['?jwt=a&jwt=b', {}],
      ['?next=a&next=b&other=x', {}],
      ['', { headers: { 'auth-token': '' } }],
      ['', { headers: { 'auth-token': 'undefined' } }],
      ['', { headers: { authorization: 'Negotiate x' } }],
      ['', { basic: ['nobody', 'x'] }],
    ];
    for (const path of ['/user/check', '/oauth/check', '/auth/check']) {
      for (const [query, options] of ways) {
        const answer = await json(path + query, options);
        expect(answer['authenticated']).toBe(false);
        expect(Object.keys(answer['providers'] as object)).toEqual(['google', 'github', 'corp']);
        expect(answer).not.toHaveProperty('profile');
      }
    }
  });

  it('has a username from the start where an operator made the account', async () => {
    const { token } = await signUp(app, 'made-by-operator');
    const { profile } = (await json('/user/check', { token })) as { profile: object };
    expect(profile).toMatchObject({
      username: 'made-by-operator',
      provider_id: null,
      name: null,
      email: null,
    });
  });

  it('may be asked for by pages of allowed origins, with credentials', async () => {
    const answer = await app.request('/user/check', { headers: { origin: PAGE, 'auth-token': 'x' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const preflight = await app.request('/user/check', {
      method: 'OPTIONS',
      headers: {
        origin: PAGE,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'auth-token',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toMatch(/auth-token/i);
    const other = await app.request('/user/check', { headers: { origin: 'https://evil.example.org' } });
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('the username', () => {
  it('is chosen once, in small letters', async () => {
    const token = await newcomer();
    expect((await json('/user/check', { token }))['profile']).toMatchObject({ username: null });
    expect(await update({ ...form({ jwt: token, username: 'Chosen' }) })).toEqual({ success: true });
    expect((await json('/user/check', { token }))['profile']).toMatchObject({ username: 'chosen' });
    expect(await update({ ...form({ jwt: token, username: 'other' }) })).toEqual({
      success: false,
      error: 'Cannot modify username, already set',
    });
    const [entry] = await scene.audited('user.choose-nickname');
    expect(entry).toMatchObject({ details: { nickname: 'chosen' } });
    expect((await app.request('/api/v1.0/users?limit=1000', { token })).status).toBe(200);
  });

  it('comes in the query or in a form of either kind, on every path', async () => {
    const [query, urlencoded, fields, mixed] = [
      await newcomer(),
      await newcomer(),
      await newcomer(),
      await newcomer(),
    ];
    expect(await update({}, `/auth/update?jwt=${query}&username=by-query`)).toEqual({ success: true });
    expect(await update(form({ jwt: urlencoded, username: 'by-form' }), '/oauth/update')).toEqual({
      success: true,
    });
    expect(await update(multipart({ jwt: fields, username: 'by-fields' }))).toEqual({ success: true });
    const answer = await update({
      ...multipart({ username: 'by-both' }),
      headers: { 'auth-token': mixed },
    });
    expect(answer).toEqual({ success: true });
    for (const name of ['by-query', 'by-form', 'by-fields', 'by-both'])
      expect(await json(`/auth/resolve?username=${name}`)).toEqual({ userid: expect.any(String) });
  });

  it('stays as it is where none is given', async () => {
    const token = await newcomer();
    for (const options of [form({ jwt: token }), form({ jwt: token, username: '' }), { token }])
      expect(await update(options)).toEqual({ success: true });
    expect(await update(form({ jwt: token, username: 'after-all' }))).toEqual({ success: true });
  });

  it('needs a token that holds', async () => {
    for (const options of [form({ username: 'x' }), { headers: { 'auth-token': 'undefined' } }, {}])
      expect(await update(options)).toEqual({ success: false, error: 'No token' });
    for (const options of [form({ jwt: 'made-up', username: 'x' }), { token: 'x' }])
      expect(await update(options)).toEqual({ success: false, error: 'Not authenticated' });
  });

  it('is not for who is there no more, although his token is still known', async () => {
    const answers: unknown[] = [];
    // A token is known for a second; on a slow machine that may be over.
    for (let tries = 0; tries < 5 && answers.at(-1) !== 'Unknown User'; tries++) {
      const token = await newcomer();
      const { profile } = (await json('/user/check', { token })) as { profile: { id: string } };
      await scene.database.execute('delete from "user" where userid = $1', [profile.id]);
      answers.push((await update(form({ jwt: token, username: 'x' })))['error']);
      expect(['Unknown User', 'Not authenticated']).toContain(answers.at(-1));
      expect((await json('/user/check', { token }))['authenticated']).toBe(false);
    }
    expect(answers.at(-1)).toBe('Unknown User');
  });

  it('must be valid and free', async () => {
    const token = await newcomer();
    await signUp(app, 'somebody');
    for (const username of ['a b', 'a:b', 'a/b', 'bell\u0007', '\u202eevil', 'x'.repeat(65)]) {
      expect(await update(form({ jwt: token, username }))).toEqual({
        success: false,
        error: expect.stringMatching(/^A nickname has 1 to 64 characters/),
      });
    }
    for (const username of ['SomeBody', 'system', 'Admin']) {
      expect(await update(form({ jwt: token, username }))).toEqual({
        success: false,
        error: 'This username is taken. Choose another one.',
      });
    }
    expect(await update(form({ jwt: token, username: 'free' }))).toEqual({ success: true });
  });

  it('is the same for two that ask at the same time: one of them gets it', async () => {
    const [one, two] = [await newcomer(), await newcomer()];
    const answers = await Promise.all(
      [one, two].map((token) => update(form({ jwt: token, username: 'wanted' }))),
    );
    expect(answers.filter(({ success }) => success === true)).toHaveLength(1);
    const again = await Promise.all(
      ['first', 'second'].map((username) => {
        const loser = answers[0]!['success'] === true ? two : one;
        return update(form({ jwt: loser, username }));
      }),
    );
    expect(again.filter(({ success }) => success === true)).toHaveLength(1);
  });

  it('that was made up may be chosen', async () => {
    const token = await newcomer({ preferred_username: 'Fine.As.It.Is' });
    expect(await update(form({ jwt: token, username: 'fine.as.it.is' }))).toEqual({ success: true });
    expect((await json('/user/check', { token }))['profile']).toMatchObject({ username: 'fine.as.it.is' });
  });

  it('refuses bodies that cannot be read, and files', async () => {
    const file = new FormData();
    file.set('username', new Blob(['x']), 'x.txt');
    expect((await app.request('/user/update', { method: 'POST', body: file })).status).toBe(413);
    const broken = { 'content-type': 'multipart/form-data; boundary=x' };
    const answer = await app.request('/user/update', { method: 'POST', body: '--x\r\nno', headers: broken });
    expect(answer.status).toBe(400);
  });
});

describe('what everybody may know', () => {
  it('is the number behind a username, in whatever case', async () => {
    const token = await newcomer({ preferred_username: 'publicly-known' });
    const { profile } = (await json('/auth/check', { token })) as { profile: { id: string } };
    for (const username of ['publicly-known', 'PUBLICLY-known'])
      expect(await json(`/auth/resolve?username=${username}`)).toEqual({ userid: profile.id });
    for (const query of ['', '?username=', '?username=nobody-at-all', '?username=a%00b'])
      expect(await json(`/auth/resolve${query}`)).toEqual({ userid: null });
  });

  it('is a name and a date, and nothing else', async () => {
    await newcomer({ preferred_username: 'publicly-shown', name: 'Shown Name' });
    expect(await json('/auth/get_profile?username=publicly-shown')).toEqual({
      found: true,
      profile: {
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        name: 'Shown Name',
        join_date: expect.any(String),
      },
    });
    expect(await json('/auth/get_profile?username=nobody-at-all')).toEqual({ found: false, profile: null });
  });
});

describe('other configurations', () => {
  const providersOf = async (at: TestApp) =>
    ((await (await at.request('/user/check')).json()) as { providers: Record<string, { url: string }> })
      .providers;

  it('without Google have a google address that leads to the first provider there is', async () => {
    const other = await startApp({
      PUBLIC_URL: 'https://signalbox.example.org/base',
      GITHUB_CLIENT_ID: GITHUB_CLIENT.id,
      GITHUB_CLIENT_SECRET: GITHUB_CLIENT.secret,
      OIDC_PROVIDERS: JSON.stringify([
        { name: 'away', title: 'Away', issuer: 'http://127.0.0.1:1', clientId: 'x', clientSecret: 'y' },
      ]),
    });
    try {
      const github = 'https://signalbox.example.org/base/user/login/github';
      const away = 'https://signalbox.example.org/base/user/login/away';
      expect(await providersOf(other)).toEqual({
        google: { url: github },
        github: { url: github, title: 'GitHub' },
        away: { url: away, title: 'Away' },
      });

      const begun = await other.request('/user/login/github');
      expect(begun.status).toBe(302);
      expect(begun.headers.get('set-cookie')).toMatch(
        /^__Host-signalbox-sign-in=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
      );
      const url = new URL(begun.headers.get('location')!);
      expect(url.origin + url.pathname).toBe('https://github.com/login/oauth/authorize');
      expect(url.searchParams.get('redirect_uri')).toBe(
        'https://signalbox.example.org/base/user/callback/github',
      );
      expect((await other.request('/user/callback/github')).headers.get('location')).toBe('/base/');

      const unreachable = await other.request('/user/login/away');
      expect(unreachable.status).toBe(503);
      expect(unreachable.headers.get('retry-after')).toBe('60');
      expect(await unreachable.json()).toMatchObject({ code: 'SIGN_IN_PROVIDER_UNAVAILABLE' });

      const statuses = await Promise.all(
        Array.from({ length: 110 }, async () => (await other.request('/user/login/github')).status),
      );
      expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(5);
    } finally {
      await other.close();
    }
  });

  it('without any provider have a google address that says so', async () => {
    const other = await startApp();
    try {
      const { google, ...others } = await providersOf(other);
      expect(others).toEqual({});
      const answer = await fetch(google!.url);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ code: 'SIGN_IN_PROVIDER_NOT_FOUND' });
    } finally {
      await other.close();
    }
  });

  it('that are half done stop the boot with a line that says what is missing', async () => {
    await expect(startApp({ GOOGLE_CLIENT_ID: 'x' })).rejects.toThrow(
      /^GOOGLE_CLIENT_SECRET is required \(.+\)$/,
    );
  });
});
