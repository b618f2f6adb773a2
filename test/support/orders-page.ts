import { Buffer } from 'node:buffer';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { TestApp } from './app.js';
import { ORDER_HEADER } from './orders-client.js';

// What the functions use that run in the browser; the rest of the program is not to know of it.
declare const document: { readonly documentElement: { scrollWidth: number; clientWidth: number } };
declare const location: { hash: string };
declare const sessionStorage: { getItem(key: string): string | null };
declare class DataTransfer {
  readonly items: { add(file: File): void };
}

/** An element of the page, as far as the tests look at one. */
export interface PageElement {
  readonly children: Iterable<PageElement>;
  readonly textContent: string | null;
  readonly outerHTML: string;
  matches(selector: string): boolean;
  closest(selector: string): PageElement | null;
}

export const ORDERS_PAGE = '/acme_orders';

/** A file to be chosen or dropped. */
export interface ChosenFile {
  readonly name: string;
  readonly content: string | Buffer;
}

/** A customer who would run a script in the page that shows his name. */
export const SCRIPT = '<img src=x onerror="alert(1)"><script>alert(2)</script>';

let novemberFiles = 0;

/** 61 lines: 30 orders, of which 6 are invalid and order 3 has a script for a name, a duplicate and 30 rejected lines. No two such files are the same. */
export function novemberFile(): ChosenFile {
  const line = (id: number | string, name: string, state = 'CA', birthday = 'Feb 27, 1963') =>
    `${id}|${name}|ann@example.com|${state}|11111|${birthday}\n`;
  const orders = Array.from({ length: 30 }, (_, index) =>
    line(
      index + 1,
      index === 2 ? SCRIPT : `Ann ${index + 1}`,
      index % 5 === 0 ? 'NJ' : index % 2 === 0 ? 'CA' : 'TX',
    ),
  );
  const rejected = Array.from({ length: 29 }, (_, index) => line(`x${index}`, `Bob ${novemberFiles}`));
  novemberFiles++;
  const lines = [...orders, line(30, 'Again', 'TX'), ...rejected, line(99, 'Bob', 'CA', '<b>today</b>')];
  return { name: 'november.csv', content: ORDER_HEADER + lines.join('') };
}

/** Somebody in front of the page at /acme_orders. */
export class OrdersPageVisit {
  /** What a browser complains of, content security included, and requests to other servers. */
  readonly faults: string[] = [];
  /** Answers of 400 and above, as `404 GET /path`. */
  readonly refusals: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    app: TestApp,
  ) {
    page.setDefaultTimeout(10_000);
    page.on('console', (message) => {
      // Refusals are watched by themselves: some are meant to be.
      if (['error', 'warning'].includes(message.type()) && !message.text().startsWith('Failed to load'))
        this.faults.push(message.text());
    });
    page.on('pageerror', (error) => this.faults.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(`${app.url}/`) && !request.url().startsWith(`blob:${app.url}/`))
        this.faults.push(`asked ${request.url()}`);
    });
    page.on('response', (response) => {
      const path = new URL(response.url()).pathname;
      if (response.status() >= 400)
        this.refusals.push(`${response.status()} ${response.request().method()} ${path}`);
    });
  }

  /** Opens the page, in English unless the options say otherwise. */
  static async open(
    browser: Browser,
    app: TestApp,
    options: BrowserContextOptions = {},
    hash = '',
  ): Promise<OrdersPageVisit> {
    const context = await browser.newContext({ locale: 'en-GB', ...options });
    const visit = new OrdersPageVisit(context, await context.newPage(), app);
    await visit.page.goto(`${app.url}${ORDERS_PAGE}${hash}`);
    return visit;
  }

  /** Signs in by the form. */
  async signIn(nickname: string, password: string): Promise<void> {
    await this.page.locator('#nickname').fill(nickname);
    await this.page.locator('#password').fill(password);
    await this.page.locator('#sign-in-submit').click();
  }

  /** Goes to a part of the page by its address. */
  async go(hash: string): Promise<void> {
    await this.page.evaluate((target) => (location.hash = target), hash);
  }

  /** Chooses a file in the dialog of the browser. */
  async choose({ name, content }: ChosenFile): Promise<void> {
    await this.page
      .locator('#file')
      .setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(content) });
  }

  /** Drops files into the zone for them. */
  async drop(...files: ChosenFile[]): Promise<void> {
    const transfer = await this.page.evaluateHandle(
      (given) => {
        const data = new DataTransfer();
        for (const { name, content } of given) data.items.add(new File([content], name));
        return data;
      },
      files.map(({ name, content }) => ({ name, content: content.toString() })),
    );
    for (const type of ['dragenter', 'dragover', 'drop'])
      await this.page.locator('#drop-zone').dispatchEvent(type, { dataTransfer: transfer });
  }

  /** Sends the chosen file and waits for the end of its import; returns the import's id. */
  async importChosen(): Promise<string> {
    await this.page.locator('#upload-submit').click();
    await this.page.waitForURL(/#imports\/[0-9a-f-]{36}$/);
    await this.page.locator('#import-badges .good, #import-badges .bad').first().waitFor();
    return this.page.url().split('/').at(-1)!;
  }

  /** The counts of the import that is shown, by their English names. */
  async counts(): Promise<Record<string, string>> {
    const pairs = await this.page
      .locator('#import-counts > div')
      .evaluateAll((counts: PageElement[]) =>
        counts.map(({ children }) => [...children].map((part) => part.textContent ?? '')),
      );
    return Object.fromEntries(pairs as [string, string][]);
  }

  /** The cells of a table, row by row. */
  async rows(table: string): Promise<string[][]> {
    return this.page
      .locator(`${table} tbody tr`)
      .evaluateAll((rows: PageElement[]) =>
        rows.map(({ children }) => [...children].map((cell) => cell.textContent ?? '')),
      );
  }

  /** How many pixels the page is wider than the window. */
  async overflow(): Promise<number> {
    return this.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
  }

  /** The token of who is signed in here. */
  async token(): Promise<string | undefined> {
    const kept = await this.page.evaluate(() => sessionStorage.getItem('orders.session'));
    return kept === null ? undefined : (JSON.parse(kept) as { token: string }).token;
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}
