import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { browserFound, launchBrowser } from '../support/browser.js';
import { SignInScene } from '../support/sign-in.js';

/** What the page of the tests makes of the module: all of it, as `auth`. */
interface Auth {
  getToken(): string | undefined;
  check(
    next?: string,
  ): Promise<{ authenticated: boolean; profile?: object; providers: Record<string, { url: string }> }>;
  login(url: string): void;
  logout(): Promise<void>;
  authorize(service: string): Promise<object>;
}
declare const auth: Auth;
declare const localStorage: {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
};

let scene: SignInScene;
let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer((_, response) => {
    const script = `import * as auth from '${scene.app.url}/user/lib'; globalThis.auth = auth; document.title = 'ready';`;
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<!doctype html><title>loading</title><script type="module">${script}</script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Another site than 127.0.0.1, as pages are for a browser.
  origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  scene = await SignInScene.start({ CORS_ORIGINS: origin, SIGN_IN_NEXT: origin });
});
afterAll(async () => {
  await scene?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('the module for pages', () => {
  it('is served under all its names, to be asked for again by its tag', async () => {
    const tags = new Set<string>();
    for (const path of ['/user/lib', '/permit/lib', '/auth/lib']) {
      const answer = await scene.app.request(path, { headers: { origin } });
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
      expect(answer.headers.get('cache-control')).toBe('public, max-age=600');
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
      expect(await answer.text()).toContain('export function getToken');
      const etag = answer.headers.get('etag')!;
      tags.add(etag);
      for (const known of [etag, `"x", W/${etag}`, '*']) {
        const again = await scene.app.request(path, { headers: { 'if-none-match': known } });
        expect([known, again.status, await again.text()]).toEqual([known, 304, '']);
      }
      expect((await scene.app.request(path, { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
    }
    expect(tags.size).toBe(1);
  });
});

(browserFound() ? describe : describe.skip)('in a browser', () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  /** A browser of its own, in front of the page. */
  async function open(path = '/desk?view=1#top'): Promise<void> {
    page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(10_000);
    await page.goto(origin + path);
    await ready();
  }

  const ready = () => page.waitForFunction(`document.title === 'ready'`);
  const token = () => page.evaluate(() => auth.getToken());
  const check = () => page.evaluate(() => auth.check());

  async function signIn(subject: string): Promise<void> {
    await page.evaluate(async () => {
      const { providers } = await auth.check();
      auth.login(providers['google']!.url);
    });
    await page.locator('[name=subject]').fill(subject);
    await page.locator('button').click();
    await page.waitForURL(`${origin}/**`);
    await ready();
  }

  it('signs in, and leaves no token in the address', async () => {
    await open();
    expect(await token()).toBeUndefined();
    expect(await check()).toMatchObject({
      authenticated: false,
      providers: { google: {}, github: {}, corp: {} },
    });
    const { subject, email } = scene.person();
    await signIn(subject);
    expect(page.url()).toBe(`${origin}/desk?view=1#top`);
    expect(await check()).toMatchObject({ authenticated: true, profile: { email }, token: await token() });
    expect(await page.evaluate(() => localStorage.getItem('ngStorage-jwt'))).toBe(
      JSON.stringify(await token()),
    );
    await page.reload();
    await ready();
    expect((await check()).authenticated).toBe(true);
  });

  it('asks for permissions with the token', async () => {
    await open();
    await signIn(scene.person().subject);
    const asked = page.waitForRequest(
      (request) => request.url().includes('/user/authorize') && request.method() === 'GET',
    );
    const answer = await page.evaluate(() => auth.authorize('os.datastore'));
    expect(answer).toEqual({
      userid: expect.stringMatching(/^[0-9a-f]{32}$/),
      service: 'os.datastore',
      permissions: { 'datapackage-upload': true },
      token: expect.stringMatching(/^([\w-]+\.){2}[\w-]+$/),
    });
    const request = await asked;
    expect(request.url()).toBe(`${scene.app.url}/user/authorize?service=os.datastore`);
    expect(await request.headerValue('authorization')).toBe(`Bearer ${await token()}`);
  });

  it('signs out here and at the server', async () => {
    await open();
    await signIn(scene.person().subject);
    const former = (await token())!;
    await page.evaluate(() => auth.logout());
    expect(await token()).toBeUndefined();
    expect((await check()).authenticated).toBe(false);
    expect((await scene.check(former))['authenticated']).toBe(false);
  });

  it('takes no token from an address that no sign-in of its own led to', async () => {
    const planted = (await scene.signIn(scene.person().subject, scene.app.url)).searchParams.get('jwt')!;
    await open(`/desk?jwt=${planted}&view=1`);
    expect(page.url()).toBe(`${origin}/desk?view=1`);
    expect(await token()).toBeUndefined();
  });

  it('forgets a token that holds no longer, and whatever is none', async () => {
    await open();
    for (const kept of ['"made-up"', 'no json', '{}', '""']) {
      await page.evaluate((value) => localStorage.setItem('ngStorage-jwt', value), kept);
      expect((await check()).authenticated).toBe(false);
      expect(await page.evaluate(() => localStorage.getItem('ngStorage-jwt'))).toBeNull();
    }
  });
});
