import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { COMPILED } from '../support/compiled-server.js';
import { expectEnvelope } from '../support/orders-client.js';
import { ORDERS_PAGE } from '../support/orders-page.js';

const FOLDER = join(process.cwd(), 'src/orders/page');
const FILES = readdirSync(FOLDER).filter((name) => /\.(html|css|js|svg)$/.test(name));
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

let app: TestApp;

beforeAll(async () => {
  app = await startApp({ ALLOWED_EXTENSIONS: 'csv,txt', UPLOAD_LIMIT: '4MB' });
});
afterAll(() => app.close());

describe('the page', () => {
  it.each([ORDERS_PAGE, `${ORDERS_PAGE}/`])('is at %s, for everybody', async (path) => {
    const answer = await app.request(path);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      etag: expect.stringMatching(/^"[\w-]{22}"$/),
    });
    expect(await answer.text()).toContain('<title>Acme Orders</title>');
  });

  it('has nothing in it that its policy forbids', () => {
    const html = readFileSync(join(FOLDER, 'index.html'), 'utf8');
    expect(html).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]* src="\/acme_orders\/page\/)/);
    for (const name of FILES.filter((file) => file.endsWith('.js'))) {
      expect([name, readFileSync(join(FOLDER, name), 'utf8')]).toEqual([
        name,
        expect.not.stringMatching(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b/),
      ]);
    }
  });

  it('refers to files that there are, and the build has all of them', async () => {
    const html = await (await app.request(ORDERS_PAGE)).text();
    const named = [...html.matchAll(/(?:src|href)="(\/acme_orders\/[^"]+)"/g)].map(([, path]) => path!);
    expect(named.length).toBeGreaterThan(5);
    for (const path of named) expect([path, (await app.request(path)).status]).toEqual([path, 200]);
    for (const name of FILES)
      expect([name, existsSync(join(COMPILED, 'orders/page', name))]).toEqual([name, true]);
  });
});

describe('the files of the page', () => {
  it.each([
    ['main.js', 'text/javascript; charset=utf-8'],
    ['base.css', 'text/css; charset=utf-8'],
    ['icon.svg', 'image/svg+xml'],
    ['settings.json', 'application/json; charset=utf-8'],
  ])('%s comes as %s, and not again while it is the same', async (name, type) => {
    const path = `${ORDERS_PAGE}/page/${name}`;
    const first = await app.request(path);
    expect([first.status, first.headers.get('content-type')]).toEqual([200, type]);
    expect(first.headers.get('content-security-policy')).toBe(POLICY);
    const etag = first.headers.get('etag')!;
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const second = await app.request(path, { headers: { 'if-none-match': known } });
      expect([second.status, await second.text()]).toEqual([304, '']);
      expect(second.headers.get('etag')).toBe(etag);
    }
    const other = await app.request(path, { headers: { 'if-none-match': '"other"' } });
    expect([other.status, await other.text()]).toEqual([200, await first.text()]);
    const head = await app.request(path, { method: 'HEAD' });
    expect([head.status, head.headers.get('etag')]).toEqual([200, etag]);
  });

  it('tell the page what the operator has set', async () => {
    const settings: unknown = await (await app.request(`${ORDERS_PAGE}/page/settings.json`)).json();
    expect(settings).toEqual({
      anonymous: false,
      extensions: ['csv', 'txt'],
      upload_limit: 4 * 1024 * 1024,
    });
  });

  it.each([
    'nothing.js',
    'tsconfig.json',
    'types.d.ts',
    '..%2forders.module.ts',
    '..%2f..%2f..%2fpackage.json',
    '%2fetc%2fpasswd',
    'constructor',
    'main.js%00',
  ])('are no others: %s', async (name) => {
    await expectEnvelope(await app.request(`${ORDERS_PAGE}/page/${name}`), 404);
  });
});

describe('the texts of the page', () => {
  type Texts = Record<string, string>;
  const load = async (language: 'en' | 'pt') => {
    const module = (await import(join(FOLDER, `texts.${language}.js`))) as Record<string, Texts>;
    return module[language]!;
  };
  const parameters = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

  it('say the same in both languages', async () => {
    const [en, pt] = [await load('en'), await load('pt')];
    expect(Object.keys(pt)).toEqual(Object.keys(en));
    for (const [key, text] of Object.entries(en)) {
      expect([key, parameters(pt[key]!)]).toEqual([key, parameters(text)]);
      expect(pt[key]).not.toBe('');
    }
  });

  it('hold all that the page asks for', async () => {
    const html = readFileSync(join(FOLDER, 'index.html'), 'utf8');
    const keys = [...html.matchAll(/data-(?:text|label|hint)="([^"]+)"/g)].map(([, key]) => key!);
    expect(keys.length).toBeGreaterThan(40);
    const en = await load('en');
    expect(keys.filter((key) => en[key] === undefined)).toEqual([]);
  });
});
