import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { ADMIN_PASSWORD } from '../support/app.js';
import { browserFound, launchBrowser } from '../support/browser.js';
import { freePort } from '../support/binaries.js';
import { CompiledServer } from '../support/compiled-server.js';

const SAMPLE = join(import.meta.dirname, '../../samples/orders.csv');

(browserFound() ? describe : describe.skip)('Swagger UI, clicked through in a real Chromium', () => {
  let server: CompiledServer;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-swagger-'));

  beforeAll(async () => {
    server = await CompiledServer.start({
      SIGNALBOX_DATA_DIR: dataDir,
      SIGNALBOX_ADMIN_PASSWORD: ADMIN_PASSWORD,
      PORT: String(await freePort()),
      LOG_LEVEL: 'fatal',
    });
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${server.url}/apidocs`);
    await page.waitForSelector('.opblock');
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** Opens an operation, runs what `fill` leaves in its form and returns status and body. */
  async function tryOut(
    method: string,
    path: string,
    fill?: (operation: Locator) => Promise<void>,
  ): Promise<{ status: string; body: string }> {
    const operation = page
      .locator(`.opblock-${method}`)
      .filter({ has: page.locator(`[data-path="${path}"]`) });
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await fill?.(operation);
    await operation.getByRole('button', { name: 'Execute' }).click();
    const live = operation.locator('.live-responses-table');
    await live.waitFor();
    const status = await live.locator('tbody .response-col_status').first().innerText();
    const body = await live.locator('tbody .response-col_description').first().innerText();
    return { status: status.trim(), body };
  }

  async function authorize(
    scheme: 'basic' | 'bearer',
    fill: (form: Locator) => Promise<void>,
  ): Promise<void> {
    await page.locator('.auth-wrapper .authorize').first().click();
    const form = page.locator('.auth-container').filter({ hasText: `${scheme}` });
    await fill(form);
    await form.getByRole('button', { name: 'Apply credentials' }).click();
    await page.locator('.modal-ux').getByRole('button', { name: 'Close' }).last().click();
  }

  it('gives a token for the password typed into Authorize', async () => {
    await authorize('basic', async (form) => {
      await form.locator('input[name="username"]').fill('admin');
      await form.locator('input[name="password"]').fill(ADMIN_PASSWORD);
    });
    const { status, body } = await tryOut('post', '/api/v1.0/tokens');
    expect(status).toContain('200');
    const token = /"token": "([^"]+)"/.exec(body)![1]!;
    await authorize('bearer', (form) => form.locator('input').fill(token));
  });

  it('imports a file chosen in the page and shows the orders', async () => {
    const upload = await tryOut('put', '/acme_orders/api/v1/orders/import', (operation) =>
      operation.locator('input[type="file"]').setInputFiles(SAMPLE),
    );
    expect(upload.status).toContain('200');
    const jobs = await tryOut('get', '/api/v1.0/jobs');
    expect(jobs.status).toContain('200');
    expect(jobs.body).toContain('orders.import');
    const orders = await tryOut('get', '/acme_orders/api/v1/orders');
    expect(orders.status).toContain('200');
    expect(orders.body).toContain('"status_code": 200');
    const shot = process.env['SCREENSHOTS'];
    if (shot !== undefined) await page.screenshot({ path: join(shot, 'swagger.png'), fullPage: true });
  });

  it('has nothing to complain about', () => {
    expect(complaints).toEqual([]);
  });
});
