import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { systemActor, UsersService } from '../../src/identity/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { browserFound, launchBrowser } from '../support/browser.js';
import { onlyRow, ORDER_HEADER, ORDERS } from '../support/orders-client.js';
import { novemberFile, OrdersPageVisit, SCRIPT } from '../support/orders-page.js';

(browserFound() ? describe : describe.skip)('the page in a real Chromium', () => {
  let app: TestApp;
  let browser: Browser;
  let password: string;
  let visit: OrdersPageVisit;
  let page: Page;

  beforeAll(async () => {
    app = await startApp({ UPLOAD_LIMIT: '4MB', JOB_POLL: '100' });
    ({ password } = await app.app.get(UsersService).createUser(systemActor(), 'zoë'));
    browser = await launchBrowser();
    visit = await OrdersPageVisit.open(browser, app);
    ({ page } = visit);
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });

  const heading = (name: string) => page.getByRole('heading', { name, exact: true }).waitFor();
  const alert = (text: string) => page.getByRole('alert').filter({ hasText: text }).waitFor();

  describe('signing in', () => {
    it('is asked for, and a wrong password told of', async () => {
      await page.locator('#nickname:focus').waitFor();
      expect(await page.locator('#main-nav').isVisible()).toBe(false);
      await visit.signIn('zoë', 'wrong');
      await alert('The nickname or the password is wrong.');
      expect(await visit.token()).toBeUndefined();
      expect(visit.refusals).toEqual(['401 POST /api/v1.0/tokens']);
    });

    it('lasts until one signs out, which gives the token back', async () => {
      await visit.signIn('zoë', password);
      await heading('Import orders');
      expect(await page.locator('#who').innerText()).toBe('zoë');
      await page.reload();
      await heading('Import orders');
      const token = await visit.token();
      expect((await app.request(ORDERS, { token })).status).toBe(200);
      const given = page.waitForResponse((response) => response.request().method() === 'DELETE');
      await page.getByRole('button', { name: 'Sign out' }).click();
      expect((await given).status()).toBe(204);
      await heading('Sign in');
      expect((await app.request(ORDERS, { token })).status).toBe(401);
      expect(await visit.token()).toBeUndefined();
    });

    it('is asked for again when the session has ended', async () => {
      await visit.signIn('zoë', password);
      await heading('Import orders');
      await app.request('/api/v1.0/tokens', { method: 'DELETE', token: await visit.token() });
      await page.getByRole('link', { name: 'Orders', exact: true }).click();
      await alert('Your session has ended. Sign in again.');
      await visit.signIn('zoë', password);
      await heading('Orders');
      expect(visit.refusals.splice(0)).toContain(`401 GET ${ORDERS}`);
    });
  });

  describe('a file', () => {
    beforeAll(() => visit.go('#import'));

    it.each([
      ['without the extension', [{ name: 'orders.pdf', content: 'x' }], 'Only .csv files can be imported.'],
      [
        'that is too large',
        [{ name: 'a.csv', content: 'x'.repeat(5_000_000) }],
        'The file is larger than 4 MB.',
      ],
      [
        'that is not alone',
        [
          { name: 'a.csv', content: 'x' },
          { name: 'b.csv', content: 'x' },
        ],
        'One file at a time, please.',
      ],
    ])('%s is not taken', async (_, files, text) => {
      await visit.drop(...files);
      await alert(text);
      expect(await page.locator('#chosen').isVisible()).toBe(false);
    });

    it('must be there', async () => {
      await page.locator('#upload-submit').click();
      await alert('Choose a file first.');
    });

    it('can be stopped on its way, and leaves nothing then', async () => {
      const network = await visit.context.newCDPSession(page);
      const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 400_000 };
      await network.send('Network.emulateNetworkConditions', slow);
      await visit.choose({ name: 'slow.csv', content: ORDER_HEADER + ' '.repeat(3_500_000) });
      await page.locator('#upload-submit').click();
      const bar = page.getByRole('progressbar', { name: 'Sending slow.csv' });
      await bar.waitFor();
      const sent = async () => Number(await bar.evaluate((element: { value?: number }) => element.value));
      while ((await sent()) === 0) await page.waitForTimeout(50);
      expect(await sent()).toBeLessThan(1);
      expect(await page.locator('#upload-submit').isDisabled()).toBe(true);
      await page.getByRole('button', { name: 'Stop' }).click();
      await alert('Stopped. Nothing was imported.');
      await network.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 });
      expect(await onlyRow(app, 'select count(*)::int as count from order_import')).toEqual({ count: 0 });
    });

    it('is imported after it was dropped, and what became of its lines is counted', async () => {
      await visit.drop(novemberFile());
      await page.locator('#chosen', { hasText: /^Chosen: november.csv, [\d.]+ KB$/ }).waitFor();
      await visit.importChosen();
      expect(await page.locator('#import-badges').innerText()).toContain('Done');
      expect(await page.getByRole('progressbar').evaluate((bar: { value?: number }) => bar.value)).toBe(100);
      expect(await visit.counts()).toMatchObject({
        Read: '61',
        Imported: '30',
        Valid: '24',
        Invalid: '6',
        Duplicate: '1',
        Rejected: '30',
      });
      await page.locator('#announcer', { hasText: 'csv file succesfully imported' }).waitFor({
        state: 'attached',
      });
    });
  });

  describe('the rejected lines', () => {
    it('are listed page by page', async () => {
      await page.locator('#rejected tbody tr').first().waitFor();
      const first = await visit.rows('#rejected');
      expect(first).toHaveLength(20);
      expect(first[0]).toEqual(['33', 'id', 'x0', 'the id is not a whole number']);
      await page.locator('#rejected-pages').getByRole('button', { name: 'Next' }).click();
      await page.locator('#rejected-pages', { hasText: 'Page 2' }).waitFor();
      const second = await visit.rows('#rejected');
      expect(second).toHaveLength(10);
      expect(second.at(-1)!.slice(1, 3)).toEqual(['birthday', '<b>today</b>']);
      expect(await page.getByRole('button', { name: 'Next' }).isDisabled()).toBe(true);
      await page.getByRole('button', { name: 'Previous' }).click();
      await page.locator('#rejected-pages', { hasText: 'Page 1' }).waitFor();
      expect(await visit.rows('#rejected')).toEqual(first);
    });

    it('are there again after a new load, by the address', async () => {
      await page.reload();
      await page.locator('#rejected tbody tr').nth(19).waitFor();
      await visit.go('#imports/0199f0de-5f5a-7cc4-8d3e-0123456789ab');
      await page.getByText('There is no such import, or it is not yours.').waitFor();
    });
  });

  describe('the orders', () => {
    const names = async () => (await visit.rows('#orders')).map((cells) => cells[1]);
    const shows = (text: string) =>
      page.locator('#announcer', { hasText: text }).waitFor({ state: 'attached' });

    it('are listed, a script in a name as text', async () => {
      await page.getByRole('link', { name: 'Orders', exact: true }).click();
      await shows('25 orders on page 1');
      expect((await names()).slice(0, 4)).toEqual(['Ann 1', 'Ann 2', SCRIPT, 'Ann 4']);
      await page.locator('#orders-pages').getByRole('button', { name: 'Next' }).click();
      await shows('5 orders on page 2');
      expect(await names()).toEqual(['Ann 26', 'Ann 27', 'Ann 28', 'Ann 29', 'Ann 30']);
      expect(await page.locator('img[src="x"], main script').count()).toBe(0);
    });

    it('are filtered as one types', async () => {
      await page.getByLabel('State', { exact: true }).fill('n');
      await alert('A state has two letters, such as NY.');
      await page.getByLabel('State', { exact: true }).fill('nj');
      await shows('6 orders on page 1');
      await page.getByLabel('Validity').selectOption('Valid');
      await page.locator('#orders-none', { hasText: 'No order fits.' }).waitFor();
      await page.getByLabel('State', { exact: true }).fill('');
      await shows('24 orders on page 1');
    });

    it('open, close by Escape, and have an address', async () => {
      await page.getByRole('link', { name: `${SCRIPT}. Open order 3` }).press('Enter');
      const dialog = page.getByRole('dialog', { name: 'Order 3' });
      await dialog.waitFor();
      const shown = await dialog.innerText();
      expect(shown).toContain(SCRIPT);
      expect(shown).toContain('27 Feb 1963');
      expect(shown).toContain('It breaks no rule.');
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
      await page
        .getByRole('link', { name: /Open order 3$/ })
        .and(page.locator(':focus'))
        .waitFor();
      await visit.go('#orders/1');
      const first = page.getByRole('dialog', { name: 'Order 1' });
      await first.getByText("We don't ship to NJ").waitFor();
      await first.getByRole('button', { name: 'Close' }).click();
      await page.waitForURL(/#orders$/);
    });
  });

  it('has nothing to complain about, and asked nobody else', () => {
    expect(visit.faults).toEqual([]);
  });
});
