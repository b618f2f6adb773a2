import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { startApp, type TestApp } from '../support/app.js';
import { browserFound, launchBrowser } from '../support/browser.js';
import { onlyRow, ORDER_HEADER } from '../support/orders-client.js';
import { type ChosenFile, OrdersPageVisit } from '../support/orders-page.js';

const FAULTS: ChosenFile = {
  name: 'orders-with-faults.csv',
  content: readFileSync('samples/orders-with-faults.csv'),
};
const LINE = '1;Zoë;zoe@example.com;CA;11111;1963-02-27';

(browserFound() ? describe : describe.skip)('headings that are not ours, in a real Chromium', () => {
  let app: TestApp;
  let browser: Browser;
  let visit: OrdersPageVisit;
  let page: Page;

  beforeAll(async () => {
    [app, browser] = await Promise.all([
      startApp({ JOB_POLL: '100', ORDERS_ANONYMOUS: 'true' }),
      launchBrowser(),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });
  afterEach(async () => {
    expect([visit.faults, visit.refusals]).toEqual([[], []]);
    await visit.close();
  });

  const isOpen = () => page.locator('#headings').evaluate(({ open }: { open?: boolean }) => open);
  const questions = () => page.locator('.meaning > span').allInnerTexts();
  const sum = (text: string) => page.locator('#headings-sum', { hasText: text }).waitFor();
  const about = (text: string) => page.locator('#headings-about', { hasText: text }).waitFor();
  const stored = async () =>
    (await onlyRow<{ count: number }>(app, 'select count(*)::int from orders')).count;

  async function come(options: BrowserContextOptions = {}): Promise<void> {
    visit = await OrdersPageVisit.open(browser, app, options);
    ({ page } = visit);
    await page.locator('#drop-zone').waitFor();
    expect(await isOpen()).toBe(false);
  }

  /** Chooses a file and waits until its headings have been read. */
  async function choose(file: ChosenFile): Promise<void> {
    await visit.choose(file);
    await page.locator('#announcer', { hasText: file.name }).waitFor({ state: 'attached' });
  }

  async function explain(meanings: Record<string, string>): Promise<void> {
    for (const [heading, meaning] of Object.entries(meanings))
      await page.getByRole('combobox', { name: heading, exact: true }).selectOption({ label: meaning });
  }

  it('are explained by choosing, and then the file is imported', async () => {
    await come();
    await choose(FAULTS);
    expect(await isOpen()).toBe(true);
    expect(await questions()).toEqual(['Order ID', 'Customer', 'Born on', 'Remark']);
    await sum('Not explained yet: 4. Not in the file so far: Id, Name, Birthday.');
    await explain({ 'Order ID': 'Id', Customer: 'Id', 'Born on': 'Birthday', Remark: 'Leave out' });
    await sum('Not in the file so far: Name. More than once: Id. As it is, the file will not be imported.');
    await explain({ Customer: 'Name' });
    await sum('All columns are there.');
    await page.locator('#dry-run').check();
    await visit.importChosen();
    expect(await visit.counts()).toMatchObject({ Read: '6', Imported: '2', Rejected: '4' });
    expect(await stored()).toBe(0);
    await visit.go('#import');
    expect([await isOpen(), await questions()]).toEqual([false, []]);
  });

  it('are asked for again after an import that did not know them, which nothing is lost by', async () => {
    await come();
    await choose(FAULTS);
    await explain({ 'Order ID': 'Id' });
    await page.locator('[value="update"]').check();
    await visit.importChosen();
    expect(await page.locator('#import-message').innerText()).toContain('unknown: Customer, Born on');
    expect(await page.getByRole('button', { name: 'Resume' }).isVisible()).toBe(false);
    await page.getByRole('link', { name: 'Say what the headings mean' }).click();
    await page.locator('#headings-title:focus').waitFor();
    expect(await page.locator('#chosen').innerText()).toContain('orders-with-faults.csv');
    expect(await page.locator('[value="update"]').isChecked()).toBe(true);
    await sum('Not explained yet: 3.');
    await explain({ Customer: 'Name', 'Born on': 'Birthday', Remark: 'Leave out' });
    await visit.importChosen();
    expect(await page.locator('#import-badges').innerText()).toContain('Taken ids: update');
    expect(await page.getByRole('link', { name: 'Say what the headings mean' }).isVisible()).toBe(false);
    expect(await stored()).toBe(2);
  });

  it('are explained with a keyboard alone', async () => {
    await come();
    await choose({ name: 'keyboard.csv', content: ORDER_HEADER.replace('name', 'customer') + LINE });
    await page.locator('#file').focus();
    for (const expected of ['headings-title', '']) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.id')).toBe(expected);
    }
    await page.keyboard.type('Name');
    await sum('All columns are there.');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    expect(await isOpen()).toBe(false);
  });

  it.each([
    ['ours', ORDER_HEADER],
    ['ours, written otherwise', '\ufeffID;Name;E-mail; State ;"Zip Code";birth_day\r\n'],
    [
      'the form of the original, with more after a comma',
      'id|name|email|state|zipcode|birthday, a, b, c, d, e, f, g\n',
    ],
    [
      'those of a file to mend',
      'id,name,email,state,zipcode,birthday,rejected_line,rejected_column,rejected_reason,rejected_rest\n',
    ],
    ['none', '\r\n\n'],
  ])('ask for nothing where they are %s', async (_, content) => {
    await come();
    await choose({ name: 'ours.csv', content });
    expect([await isOpen(), await questions()]).toEqual([false, []]);
  });

  it.each([
    ['UTF-8', Buffer.from('Größe;id;name;email;state;zipcode;birthday\n')],
    ['UTF-8 with a mark', Buffer.from('\ufeffGröße;id;name;email;state;zipcode;birthday\r')],
    ['UTF-16', Buffer.from('\ufeffGröße;id;name;email;state;zipcode;birthday\r\n', 'utf16le')],
    [
      'UTF-16, the other way round',
      Buffer.from('\ufeffid;name;email;state;zipcode;birthday;Größe\r\n', 'utf16le').swap16(),
    ],
    ['Windows-1252', Buffer.from('Größe;id;name;email;state;zipcode;birthday\n', 'latin1')],
  ])('are read in %s, and so the server reads them', async (_, content) => {
    await come();
    await choose({ name: 'encoded.csv', content });
    expect(await questions()).toEqual(['Größe']);
    await explain({ Größe: 'Leave out' });
    await visit.importChosen();
    expect(await page.locator('#import-badges').innerText()).toMatch(/^Done/);
  });

  it('that have a comma cannot be explained; those that are empty, or hold a colon, can', async () => {
    await come();
    const header = '"Name, first";;a:b;id;name;email;state;zipcode;birthday;\n';
    await choose({ name: 'odd.csv', content: header });
    expect(await questions()).toEqual(['Name, first', 'Column 2, without a heading', 'a:b']);
    await page.getByText('A heading with a comma cannot be explained here').waitFor();
    expect(await page.locator('.meaning select').count()).toBe(2);
    const rest = { 'Column 2, without a heading': 'Leave out', 'a:b': 'Leave out' };
    await explain(rest);
    await sum('Not explained yet: 1. As it is, the file will not be imported.');
    await choose({ name: 'less-odd.csv', content: header.replace(', ', ' ') + `a;;b;${LINE};` });
    await explain({ ...rest, 'Name first': 'Leave out' });
    await visit.importChosen();
    expect(await visit.counts()).toMatchObject({ Read: '1', Rejected: '0' });
  });

  it('that are no headings of orders are not asked for one by one', async () => {
    await come();
    await choose({
      name: 'other.csv',
      content: Array.from({ length: 101 }, (_, index) => `x${index}`).join(),
    });
    expect([await isOpen(), await questions()]).toEqual([true, []]);
    await about('101 headings of the file are not ours. Is it a file of orders?');
    await choose({ name: 'short.csv', content: 'id,name,email,state\n' });
    await sum('Not in the file so far: Zip code, Birthday.');
  });

  it.each(['light', 'dark'] as const)(
    'are explained in Portuguese on a phone, when it is %s',
    async (scheme) => {
      const viewport = { width: 360, height: 740 };
      await come({ locale: 'pt-BR', viewport, colorScheme: scheme, hasTouch: true, isMobile: true });
      const content = `${'Cliente'.repeat(20)},"${'Endereço, rua e número, '.repeat(5)}",id,nome\n`;
      await choose({ name: 'pedidos.csv', content });
      await about('Estes títulos do arquivo não são os nossos.');
      await explain({ nome: 'Nome' });
      await sum('Por enquanto faltam no arquivo: E-mail, Estado, CEP, Nascimento.');
      expect(await visit.overflow()).toBe(0);
      await page.getByRole('button', { name: 'English' }).click();
      await sum('Not in the file so far: E-mail, State, Zip code, Birthday.'); // what was chosen stays
    },
  );
});
