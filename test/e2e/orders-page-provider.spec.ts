import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { browserFound, launchBrowser } from '../support/browser.js';
import { ORDERS } from '../support/orders-client.js';
import { ORDERS_PAGE } from '../support/orders-page.js';
import { SignInScene } from '../support/sign-in.js';

(browserFound() ? describe : describe.skip)('signing in to the page with a provider', () => {
  let scene: SignInScene;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    [scene, browser] = await Promise.all([SignInScene.start(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await scene?.close();
  });
  beforeEach(async () => {
    page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
    page.setDefaultTimeout(10_000);
    await page.goto(`${scene.app.url}${ORDERS_PAGE}#orders`);
  });
  afterEach(() => page.context().close());

  const button = (provider: string) =>
    page.getByRole('button', { name: `Sign in with ${provider}`, exact: true });
  const heading = (name: string) => page.getByRole('heading', { name, exact: true }).waitFor();
  const tokens = () =>
    page.evaluate<(string | null)[]>(
      `[sessionStorage.getItem('orders.session'), localStorage.getItem('ngStorage-jwt')]`,
    );

  it('leads there and back to the same part of the page, and leaves no token in the address', async () => {
    const { subject } = scene.person();
    await button('Google').click();
    await page.locator('[name=subject]').fill(subject);
    await page.locator('button').click();
    await heading('Orders');
    expect(page.url()).toBe(`${scene.app.url}${ORDERS_PAGE}#orders`);
    expect(await page.locator('#who').innerText()).toMatch(/^Person \d+$/); // as he has not chosen a nickname

    const token = JSON.parse((await tokens())[1]!) as string;
    expect((await scene.app.request(ORDERS, { token })).status).toBe(200);
    const ended = page.waitForResponse((response) => response.request().method() === 'DELETE');
    await page.getByRole('button', { name: 'Sign out' }).click();
    expect((await ended).status()).toBe(204);
    await heading('Sign in');
    expect((await scene.app.request(ORDERS, { token })).status).toBe(401);
    expect(await tokens()).toEqual([null, null]);
    await page.reload();
    await button('Google').waitFor(); // nobody is signed in again
  });

  it('is offered for each provider, beside the password', async () => {
    for (const provider of ['Google', 'GitHub', 'Corp']) await button(provider).waitFor();
    await page.getByRole('button', { name: 'Português' }).click();
    await page.getByRole('button', { name: 'Entrar com Corp' }).waitFor();
    expect(await page.locator('#password').isVisible()).toBe(true);
  });
});
