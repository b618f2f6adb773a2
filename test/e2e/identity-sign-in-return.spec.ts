import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CLIENT } from '../support/issuer.js';
import { BACK, SignInScene } from '../support/sign-in.js';
import { Visitor } from '../support/visitor.js';

let scene: SignInScene;

beforeAll(async () => {
  scene = await SignInScene.start();
});
afterAll(() => scene?.close());

describe('the way back', () => {
  it('works once: a state that comes again does nothing', async () => {
    const visitor = new Visitor();
    const { subject } = scene.person();
    const callback = await scene.callback(visitor, subject);
    expect((await scene.comeBack(visitor, callback)).searchParams.has('jwt')).toBe(true);
    const refusals = await scene.audited('user.sign-in-refused');
    expect((await scene.comeBack(visitor, callback)).href).toBe(`${scene.app.url}/`);
    expect(await scene.audited('user.sign-in-refused')).toEqual(refusals);
  });

  it('is for the browser that began only, and lost after another one came', async () => {
    const [victim, attacker] = [new Visitor(), new Visitor()];
    const { subject } = scene.person();
    const callback = await scene.callback(attacker, subject);
    expect((await scene.comeBack(victim, callback)).href).toBe(BACK);
    expect(await scene.lastRefusal()).toMatchObject({
      details: { reason: 'foreign-browser' },
    });
    expect((await scene.comeBack(attacker, callback)).searchParams.has('jwt')).toBe(false);

    await victim.open(scene.start('google')); // has a cookie of its own now, which is another one
    const again = await scene.callback(attacker, subject);
    expect((await scene.comeBack(victim, again)).searchParams.has('jwt')).toBe(false);
  });

  it('lets two sign-ins of one browser cross', async () => {
    const visitor = new Visitor();
    const { subject } = scene.person();
    const first = await scene.callback(visitor, subject);
    const later = await scene.callback(visitor, subject);
    expect((await scene.comeBack(visitor, later)).searchParams.has('jwt')).toBe(true);
    expect((await scene.comeBack(visitor, first)).searchParams.has('jwt')).toBe(true);
  });

  it('may be the address of the originals, and must not be that of another provider', async () => {
    for (const [path, works] of [
      ['/oauth/google_callback', true],
      ['/auth/oauth_callback', true],
      ['/user/callback/corp', false],
      ['/user/callback/nobody', false],
    ] as const) {
      const visitor = new Visitor();
      const { subject } = scene.person();
      const { search } = new URL(await scene.callback(visitor, subject));
      const back = await scene.comeBack(visitor, scene.app.url + path + search);
      expect([path, back.searchParams.has('jwt')]).toEqual([path, works]);
    }
  });

  it('ends without a token where the user or the provider said no', async () => {
    const visitor = new Visitor();
    const callback = await scene.callback(visitor, 'deny');
    expect(new URL(callback).searchParams.get('error')).toBe('access_denied');
    expect((await scene.comeBack(visitor, callback)).href).toBe(BACK);
    expect(await scene.lastRefusal()).toMatchObject({
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
      const callback = new URL(await scene.callback(visitor, scene.person().subject));
      callback.searchParams.set(name, value);
      const back = await scene.comeBack(visitor, callback.href);
      expect([name, back.searchParams.has('jwt')]).toEqual([name, false]);
    }
    for (const search of ['', '?state=', '?state=a&state=b', '?code=x', '?error=access_denied']) {
      for (const path of ['/user/callback/google', '/oauth/google_callback', '/auth/oauth_callback'])
        expect((await scene.comeBack(new Visitor(), scene.app.url + path + search)).href).toBe(
          `${scene.app.url}/`,
        );
    }
  });

  it('ends without a token after ten minutes', async () => {
    const visitor = new Visitor();
    const callback = await scene.callback(visitor, scene.person().subject);
    await scene.database.execute(`update sign_in set expires_at = now() - interval '1 second'`);
    expect((await scene.comeBack(visitor, callback)).searchParams.has('jwt')).toBe(false);
    expect(await scene.lastRefusal()).toMatchObject({ details: { reason: 'expired' } });
  });

  it('is looked at again: what is allowed no longer gets no token', async () => {
    const visitor = new Visitor();
    const callback = await scene.callback(visitor, scene.person().subject);
    await scene.database.execute(`update sign_in set next = 'https://evil.example.org/'`);
    expect((await scene.comeBack(visitor, callback)).href).toBe(`${scene.app.url}/`);
    expect(await scene.lastRefusal()).toMatchObject({
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
      await scene.app.request(`/auth/check?${new URLSearchParams({ next }).toString()}`)
    ).json()) as { providers: Record<string, { url: string }> };
    expect(answer.providers['google']!.url).toBe(`${scene.app.url}/user/login/google`);
    const back = await scene.signIn(scene.person().subject, next);
    expect(back.origin + back.pathname).toBe(`${scene.app.url}/`);
    expect(back.searchParams.has('jwt')).toBe(true);
  });

  it('may be an address of this server, or a path', async () => {
    for (const next of [`/acme_orders`, `${scene.app.url}/acme_orders`]) {
      const back = await scene.signIn(scene.person().subject, next);
      expect(back.href).toMatch(`${scene.app.url}/acme_orders?jwt=ey`);
    }
    const back = await scene.signIn(scene.person().subject, 'http://localhost:9009/app/#/deep');
    expect(back.href).toMatch(/^http:\/\/localhost:9009\/app\/\?jwt=ey[\w.-]+#\/deep$/);
  });
});

describe('what is stored', () => {
  it('of a sign-in that was begun tells neither its state nor its secrets', async () => {
    const visitor = new Visitor();
    const answer = await visitor.open(scene.start('google'));
    expect(answer.headers.get('set-cookie')).toMatch(
      /^signalbox-sign-in=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/,
    );
    const query = new URL(answer.headers.get('location')!).searchParams;
    expect(query.get('code_challenge_method')).toBe('S256');
    expect(query.get('redirect_uri')).toBe(`${scene.app.url}/user/callback/google`);
    const [row] = await scene.database.query<{ text: string }>(
      `select s::text as text from sign_in s where id = $1`,
      [hash('sha256', query.get('state')!)],
    );
    for (const secret of [
      query.get('state')!,
      query.get('nonce')!,
      answer.headers.get('set-cookie')!.slice(18, 61),
    ])
      expect(row!.text).not.toContain(secret);
  });

  it('in the audit log holds no secret', async () => {
    const visitor = new Visitor();
    const callback = await scene.callback(visitor, scene.person().subject);
    const token = (await scene.comeBack(visitor, callback)).searchParams.get('jwt')!;
    const [row] = await scene.database.query<{ all: string }>(
      `select string_agg(e::text, ' ') as all from audit_entry e`,
    );
    const { searchParams } = new URL(callback);
    const secrets = [token, searchParams.get('code')!, searchParams.get('state')!, CLIENT.clientSecret];
    for (const secret of secrets) expect(row!.all).not.toContain(secret);
  });

  it('goes when its time is over', async () => {
    await new Visitor().open(scene.start('google'));
    await scene.database.execute(`update sign_in set expires_at = now() - interval '1 second'`);
    await new Visitor().open(scene.start('google'));
    expect(await scene.database.query('select id from sign_in')).toHaveLength(1);
  });
});

describe('the start', () => {
  it('of a provider that is not configured is 404', async () => {
    for (const name of ['nobody', '__proto__', '..%2f..', 'GOOGLE']) {
      const answer = await scene.app.request(`/user/login/${name}`);
      expect([name, answer.status]).toEqual([name, 404]);
      expect(((await answer.json()) as { code: string }).code).toBe('SIGN_IN_PROVIDER_NOT_FOUND');
    }
  });

  it('lists every provider, with google first', async () => {
    const next = 'http://127.0.0.1:8001/x?a=1&b=2';
    const answer = (await (
      await scene.app.request(`/user/check?${new URLSearchParams({ next }).toString()}`)
    ).json()) as object;
    const url = (name: string) => `${scene.app.url}/user/login/${name}?next=${encodeURIComponent(next)}`;
    expect(answer).toEqual({
      authenticated: false,
      providers: {
        google: { url: url('google'), title: 'Google' },
        github: { url: url('github'), title: 'GitHub' },
        corp: { url: url('corp'), title: 'Corp' },
      },
    });
  });
});
