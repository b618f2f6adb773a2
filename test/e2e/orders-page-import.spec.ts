import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { systemActor, UsersService } from '../../src/identity/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { browserFound, launchBrowser } from '../support/browser.js';
import { onlyRow, ORDER_HEADER, ORDERS } from '../support/orders-client.js';
import { type ChosenFile, novemberFile, OrdersPageVisit } from '../support/orders-page.js';

const LARGE = 120_000;

(browserFound() ? describe : describe.skip)('imports and orders in a real Chromium', () => {
  let app: TestApp;
  let browser: Browser;
  let visit: OrdersPageVisit;
  let page: Page;

  beforeAll(async () => {
    app = await startApp({ JOB_POLL: '100' });
    const { password } = await app.app.get(UsersService).createUser(systemActor(), 'ann');
    browser = await launchBrowser();
    visit = await OrdersPageVisit.open(browser, app);
    ({ page } = visit);
    await visit.signIn('ann', password);
    await page.locator('#drop-zone').waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });

  const badges = () => page.locator('#import-badges').innerText();
  const stored = async () =>
    (await onlyRow<{ count: number }>(app, 'select count(*)::int from orders')).count;

  /** Presses a button and returns the file that the browser saves. */
  async function saved(button: string): Promise<{ name: string; text: string }> {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: button }).click();
    const file = await download;
    return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') };
  }

  async function upload(file: ChosenFile, policy = 'skip', dryRun = false): Promise<void> {
    await visit.go('#import');
    await page.locator('#drop-zone').waitFor();
    await visit.choose(file);
    await page.locator(`[name="on_duplicate"][value="${policy}"]`).check();
    await page.locator('#dry-run').setChecked(dryRun);
  }

  it('gives a template to fill in', async () => {
    const { name, text } = await saved('Download a template');
    expect(name).toMatch(/\.csv$/);
    expect(text.split(/[\r\n]/, 1)[0]!.split(/[|,]/)).toEqual(ORDER_HEADER.trim().split('|'));
  });

  describe('an import', () => {
    it('that is a dry run counts, and stores nothing', async () => {
      await upload({ ...novemberFile(), name: 'try.csv' }, 'skip', true);
      await visit.importChosen();
      expect(await badges()).toMatch(/Done\s+Dry run\s+Taken ids: skip/);
      expect(await page.locator('#import-name').innerText()).toBe('try.csv');
      expect(await visit.counts()).toMatchObject({ Read: '61', Imported: '30', Rejected: '30' });
      expect(await stored()).toBe(0);
    });

    it('updates orders whose ids are taken, if that is asked for', async () => {
      await upload(novemberFile());
      await visit.importChosen();
      expect(await stored()).toBe(30);
      await upload(
        { name: 'update.csv', content: `${ORDER_HEADER}1|Eve|eve@example.com|CA|11111|Feb 28, 1963\n` },
        'update',
      );
      await visit.importChosen();
      expect(await visit.counts()).toMatchObject({ Read: '1', Imported: '0', Updated: '1', Duplicate: '0' });
      expect(await badges()).toContain('Taken ids: update');
    });

    it.each([
      ['reject', { Imported: '0', Rejected: '1', Duplicate: '0' }],
      ['renumber', { Imported: '1', Renumbered: '1', Rejected: '0', Duplicate: '0' }],
    ])('can %s them', async (policy, counts) => {
      const content = `${ORDER_HEADER}2|Eve ${policy}|eve@example.com|CA|11111|Feb 28, 1963\n`;
      await upload({ name: `${policy}.csv`, content }, policy);
      await visit.importChosen();
      expect(await visit.counts()).toMatchObject(counts);
    });

    it('gives back the lines to mend', async () => {
      await upload({
        name: 'bad.csv',
        content: `${ORDER_HEADER}70|Bob|bob@example.com|CA|11111|yesterday\n`,
      });
      await visit.importChosen();
      const { name, text } = await saved('Download the lines to mend');
      expect(name).toMatch(/\.csv$/);
      expect(text).toContain('Bob');
      expect(text).toContain('yesterday');
    });

    it('is followed by its events, can be cancelled, and resumed to its end', async () => {
      const before = await stored();
      const lines = Array.from(
        { length: LARGE },
        (_, index) => `${index + 1000}|Ann ${index}|ann${index}@example.com|CA|11111|Feb 27, 1963\n`,
      );
      const events = page.waitForResponse((response) => response.url().endsWith('/events'));
      await upload({ name: 'large.csv', content: ORDER_HEADER + lines.join('') });
      await page.locator('#upload-submit').click();
      expect((await events).headers()['content-type']).toMatch(/^text\/event-stream/);
      const bar = page.getByRole('progressbar', { name: 'How much of the file has been read' });
      const percent = async () => Number(await bar.evaluate((element: { value?: number }) => element.value));
      while ((await percent()) === 0) await page.waitForTimeout(20);
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('button', { name: 'Resume' }).waitFor();
      expect(await badges()).toContain('Not finished');
      expect(await page.locator('#import-message').innerText()).toContain('cancelled');
      const reached = await percent();
      expect(reached).toBeGreaterThan(0);
      expect(reached).toBeLessThan(100);
      await page.getByRole('button', { name: 'Resume' }).click();
      await page.locator('#import-badges .good').first().waitFor({ timeout: 40_000 });
      expect(await percent()).toBe(100);
      expect(await visit.counts()).toMatchObject({ Read: '120,000', Imported: '120,000' });
      expect(await stored()).toBe(before + LARGE);
    });

    it('of the same file is made again only if one insists', async () => {
      const file = novemberFile();
      await upload(file);
      const id = await visit.importChosen();
      await upload(file);
      await page.locator('#upload-submit').click();
      await page.getByRole('alert').filter({ hasText: 'It was not imported again.' }).waitFor();
      expect(await page.getByRole('link', { name: 'See its import' }).getAttribute('href')).toBe(
        `#imports/${id}`,
      );
      expect(await page.locator('#upload-submit').innerText()).toBe('Import again');
      expect(await visit.importChosen()).not.toBe(id);
      expect(await visit.counts()).toMatchObject({ Read: '61', Imported: '0', Duplicate: '31' });
    });
  });

  it('lists past imports, newest first, each with its address', async () => {
    await page.getByRole('link', { name: 'Past imports' }).click();
    await page.locator('#imports tbody tr').nth(8).waitFor();
    const rows = await visit.rows('#imports');
    expect(rows.map(([file]) => /^[a-z]+\.csv/.exec(file!)![0])).toEqual([
      'november.csv',
      'november.csv',
      'large.csv',
      'bad.csv',
      'renumber.csv',
      'reject.csv',
      'update.csv',
      'november.csv',
      'try.csv',
    ]);
    expect(rows[8]).toEqual([
      expect.stringMatching(/^try\.csv\d(\.\d)? KB$/),
      'DoneDry run',
      'ann',
      expect.stringMatching(/\d{4}/),
      expect.stringMatching(/^61 read30 imported.*30 rejected$/),
    ]);
    await page.getByRole('link', { name: 'Open the import of try.csv' }).click();
    await page.locator('#import-name', { hasText: 'try.csv' }).waitFor();
    expect(await visit.counts()).toMatchObject({ Read: '61' });
  });

  describe('the orders', () => {
    const shows = (text: string) =>
      page.locator('#announcer', { hasText: text }).waitFor({ state: 'attached' });
    const column = async (number: number) => (await visit.rows('#orders')).map((cells) => cells[number]);

    it('come with all their fields, sorted as one clicks', async () => {
      await page.getByRole('link', { name: 'Orders', exact: true }).click();
      await shows('25 orders on page 1');
      expect((await visit.rows('#orders'))[1]).toEqual([
        '2',
        'Ann 2',
        'ann@example.com',
        'TX',
        '11111',
        '27 Feb 1963',
        'Valid',
      ]);
      const answer = () => page.waitForResponse((response) => response.url().includes(`${ORDERS}?`));
      for (const [direction, first] of [
        ['ascending', /^<img/],
        ['descending', /^Eve/],
      ] as const) {
        const sorted = answer();
        await page.getByRole('button', { name: 'Name' }).click();
        await sorted;
        await page.locator(`[aria-sort="${direction}"]`, { hasText: 'Name' }).waitFor();
        expect((await column(1))[0]).toMatch(first);
      }
      await page.locator('#orders-pages').getByRole('button', { name: 'Next' }).click();
      await shows('25 orders on page 2');
      expect((await column(1))[0]).toMatch(/^Ann/);
    });

    it('are searched, and exported as they are filtered', async () => {
      await page.getByLabel('Search').fill('eve');
      await shows('2 orders on page 1');
      const { name, text } = await saved('Export as CSV');
      expect(name).toMatch(/\.csv$/);
      expect(text.trim().split(/\r?\n/)).toHaveLength(3);
      expect(text).toContain('eve@example.com');
    });

    it('tell what became of them', async () => {
      await visit.go('#orders/1');
      const history = page.getByRole('dialog', { name: 'Order 1' }).locator('#order-changes');
      await history.getByText('Changed by an import').waitFor();
      const told = await history.innerText();
      expect(told).toMatch(/· ann · update\.csv/);
      expect(told).toContain('Name: Ann 1 → Eve');
      expect(told).toContain('Birthday: 27 Feb 1963 → 28 Feb 1963');
      expect(told).toMatch(/Imported\s+.* · ann · november\.csv/);
      await page.keyboard.press('Escape');
    });
  });

  it('has nothing to complain about, and was refused nothing', () => {
    expect(visit.faults).toEqual([]);
    expect(visit.refusals).toEqual([]);
  });
});
