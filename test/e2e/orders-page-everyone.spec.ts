import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { systemActor, UsersService } from '../../src/identity/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { browserFound, launchBrowser } from '../support/browser.js';
import { IMPORT, onlyRow } from '../support/orders-client.js';
import { novemberFile, OrdersPageVisit, type PageElement } from '../support/orders-page.js';

(browserFound() ? describe : describe.skip)('the page, for everyone', () => {
  let app: TestApp;
  let open: TestApp;
  let browser: Browser;
  let password: string;
  let visit: OrdersPageVisit;
  let page: Page;

  beforeAll(async () => {
    [app, open, browser] = await Promise.all([
      startApp({ JOB_POLL: '100' }),
      startApp({ JOB_POLL: '100', ORDERS_ANONYMOUS: 'true' }),
      launchBrowser(),
    ]);
    ({ password } = await app.app.get(UsersService).createUser(systemActor(), 'ann'));
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([app?.close(), open?.close()]);
  });
  afterEach(async () => {
    expect(visit.faults).toEqual([]);
    await visit.close();
  });

  async function come(options: BrowserContextOptions = {}, hash = '', to = app): Promise<void> {
    visit = await OrdersPageVisit.open(browser, to, options, hash);
    ({ page } = visit);
  }

  describe('with a keyboard alone', () => {
    /** Presses a key until the element is reached; checks on the way that one sees where one is. */
    async function reach(selector: string, key = 'Tab'): Promise<void> {
      for (let presses = 0; presses < 80; presses++) {
        await page.keyboard.press(key);
        const { there, at, seen } = await page.locator(':focus').evaluate(
          (element: PageElement, wanted: string) => ({
            there: element.matches(wanted),
            at: element.outerHTML,
            seen: [element, element.closest('label') ?? element].some(
              (part) => getComputedStyle(part).outlineStyle !== 'none',
            ),
          }),
          selector,
        );
        expect([at, seen]).toEqual([at, true]);
        if (there) return;
      }
      throw new Error(`${selector} cannot be reached by ${key}`);
    }

    it('one signs in, imports a file and looks at an order', async () => {
      await come();
      await page.locator('#nickname:focus').waitFor();
      await page.keyboard.type('ann');
      await page.keyboard.press('Tab');
      await page.keyboard.type(password);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Import orders' }).and(page.locator(':focus')).waitFor();
      const chooser = page.waitForEvent('filechooser'); // the browser is asked for it, which takes a while
      await reach('#file');
      await page.keyboard.press('Space');
      const { name, content } = novemberFile();
      await (await chooser).setFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(content) });
      await reach('[name="on_duplicate"]');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      expect(await page.locator('[value="reject"]').isChecked()).toBe(true);
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('ArrowUp');
      await reach('#dry-run');
      await page.keyboard.press('Space');
      expect(await page.locator('#upload-submit').innerText()).toBe('Check');
      await page.keyboard.press('Space');
      await reach('#upload-submit');
      await page.keyboard.press('Enter');
      await page.locator('#import-badges .good').first().waitFor();
      await page.locator('#rejected tbody tr').first().waitFor();
      await reach('#rejected-pages .pages\\.next');
      await page.keyboard.press('Enter');
      await page.locator('#rejected-pages', { hasText: 'Page 2' }).waitFor();
      await page
        .locator('#rejected-pages button', { hasText: 'Previous' })
        .and(page.locator(':focus'))
        .waitFor();
      await reach('[href="#orders"]', 'Shift+Tab');
      await page.keyboard.press('Enter');
      await page.locator('#orders tbody tr').first().waitFor();
      await reach('[data-sort="name"]');
      await page.keyboard.press('Enter');
      await page.locator('[aria-sort="ascending"] [data-sort="name"]:focus').waitFor();
      await reach('#orders tbody tr:nth-child(2) a');
      await page.keyboard.press('Enter');
      await page.locator('#order[open]').waitFor();
      await page.keyboard.press('Enter');
      await page.locator('#order').waitFor({ state: 'hidden' });
      await page.locator('#orders tbody tr:nth-child(2) a:focus').waitFor();
    });

    it('one gets through to the end and to the beginning again', async () => {
      await come({}, '', open);
      await page.locator('#upload-submit').waitFor();
      const order: (string | null)[] = [];
      for (let presses = 0; presses < 40 && order.at(-1) !== 'skip'; presses++) {
        await page.keyboard.press('Shift+Tab');
        order.push(await page.evaluate('document.activeElement.id'));
      }
      expect(order[0]).toBe('upload-submit');
      expect(order).toContain('file');
      await page.keyboard.press('Enter');
      await page.locator('#content:focus').waitFor();
      expect(await page.locator('#upload-submit').isVisible()).toBe(true);
    });
  });

  describe('on a phone', () => {
    it.each(['light', 'dark'] as const)('everything fits its width, when it is %s', async (colorScheme) => {
      await come(
        { viewport: { width: 360, height: 740 }, colorScheme, hasTouch: true, isMobile: true },
        '',
        open,
      );
      const fits = async () => expect([page.url(), await visit.overflow()]).toEqual([page.url(), 0]);
      await page.locator('#drop-zone').waitFor();
      await fits();
      await visit.choose({ ...novemberFile(), name: `${'very-long-name-'.repeat(12)}.csv` });
      await fits();
      await visit.importChosen();
      await page.locator('#rejected tbody tr').first().waitFor();
      await fits();
      for (const hash of ['#imports', '#orders', '#orders/3', '#sign-in']) {
        await visit.go(hash);
        await page.waitForLoadState('networkidle');
        await fits();
      }
      await visit.go('#orders');
      expect(await page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor)).toBe(
        colorScheme === 'dark' ? 'rgb(22, 19, 21)' : 'rgb(247, 245, 243)',
      );
    });
  });

  describe('in Portuguese', () => {
    it('it speaks as the browser does, and so do the messages of the server', async () => {
      await come({ locale: 'pt-BR' }, '', open);
      await page.getByRole('heading', { name: 'Importar pedidos' }).waitFor();
      expect(await page.locator('html').getAttribute('lang')).toBe('pt');
      expect(await page.title()).toBe('Importar pedidos – Acme Orders');
      await visit.choose(novemberFile());
      await visit.importChosen();
      await page.getByText('arquivo CSV importado com sucesso').first().waitFor();
      await page.getByText('o id não é um número inteiro').first().waitFor();
      expect(Object.keys(await visit.counts())).toEqual(expect.arrayContaining(['Lidas', 'Válidas']));
    });

    it('one can have English instead, and keeps it', async () => {
      await come({ locale: 'pt-BR' }, '', open);
      await visit.choose(novemberFile());
      await page.getByRole('button', { name: 'English' }).click();
      await page.getByRole('heading', { name: 'Import orders' }).waitFor();
      expect(await page.locator('#chosen').innerText()).toContain('Chosen: november.csv'); // nothing was lost
      await page.reload();
      await page.getByRole('heading', { name: 'Import orders' }).waitFor();
      expect(await page.getByRole('button', { name: 'English' }).getAttribute('aria-pressed')).toBe('true');
      await page.getByRole('button', { name: 'Português' }).click();
      await page.getByRole('heading', { name: 'Importar pedidos' }).waitFor();
    });
  });

  describe('where ORDERS_ANONYMOUS is set', () => {
    it('nobody need sign in, and everybody can', async () => {
      await come({}, '', open);
      await visit.choose(novemberFile());
      const id = await visit.importChosen();
      expect(await onlyRow(open, `select owner from order_import where job_id = '${id}'`)).toEqual({
        owner: 'anonymous',
      });
      await page.getByRole('link', { name: 'Sign in' }).click();
      await page.getByRole('link', { name: 'Go on without signing in' }).click();
      await page.getByRole('heading', { name: 'Import orders' }).waitFor();
      await page.getByRole('link', { name: 'Sign in' }).click();
      await visit.signIn('admin', 'correct-horse-battery-staple');
      await page.locator('#who', { hasText: 'admin' }).waitFor();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('link', { name: 'Sign in' }).waitFor();
      expect(await page.locator('#drop-zone').isVisible()).toBe(true);
    });
  });

  describe('over a bad connection', () => {
    it('it reads events in whatever pieces they come', async () => {
      await come({}, '', open);
      const stream =
        ': hello\r\n\r\nevent: progress\ndata: {"a":\ndata:1}\n\r\nid: 7\rdata: x: y\r\revent: none\n\ndata\n\n';
      const read = await page.evaluate(async (text) => {
        const path = '/acme_orders/page/event-stream.js';
        const { eventParser } = (await import(path)) as {
          eventParser(onEvent: (event: object) => void): (piece: string) => void;
        };
        return Array.from({ length: text.length + 1 }, (_, cut) => {
          const events: object[] = [];
          const parse = eventParser((event) => events.push(event));
          parse(text.slice(0, cut));
          parse(text.slice(cut));
          return events;
        });
      }, stream);
      const expected = [
        { type: 'progress', data: '{"a":\n1}' },
        { type: 'message', data: 'x: y' },
        { type: 'message', data: '' },
      ];
      for (const [cut, events] of read.entries()) expect([cut, events]).toEqual([cut, expected]);
    });

    it('it follows an import to its end although the events break off', async () => {
      await come({}, '', open);
      const status = { status: 'PROGRESS', message: 'half of it', percent: 50 };
      const counts = { read: 1, imported: 1, valid: 1, invalid: 0, duplicate: 0, rejected: 0 };
      let calls = 0;
      await page.route(`**${IMPORT}/*/events`, async (route) => {
        calls++;
        if (calls === 2) return route.abort('connectionreset');
        if (calls > 2) return route.continue();
        await page.waitForTimeout(300);
        return route.fulfill({
          contentType: 'text/event-stream',
          body: `event: progress\ndata: ${JSON.stringify({ ...status, ...counts })}\n\nevent: progress\ndata: {"sta`,
        });
      });
      await visit.choose(novemberFile());
      await page.locator('#upload-submit').click();
      await page.getByText('half of it').first().waitFor();
      expect(await page.locator('#import-bar').evaluate((bar: { value?: number }) => bar.value)).toBe(50);
      await page.locator('#import-badges .good').first().waitFor();
      expect(calls).toBeGreaterThan(2);
      expect(await visit.counts()).toMatchObject({ Read: '61' });
    });
  });
});

declare function getComputedStyle(element: unknown): { outlineStyle: string; backgroundColor: string };
