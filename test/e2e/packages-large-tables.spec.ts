import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { PackageClient } from '../support/package-client.js';
import { PostgresServer } from '../support/postgres.js';
import { describeWith } from '../support/services.js';
import { uploader } from '../support/uploads.js';

const FIELDS = [
  { name: 'a', type: 'integer' },
  { name: 'text', type: 'string' },
];
const RESOURCE = { name: 'data', path: 'data.csv', schema: { fields: FIELDS } };

interface Page {
  readonly data: { a: number; text: string }[];
  readonly next: number | null;
  readonly rows: number;
}

async function clientOf(app: TestApp): Promise<PackageClient> {
  return new PackageClient(app, await uploader(app, 'ann'));
}
async function pageOf(client: PackageClient, name: string, query: Record<string, string>): Promise<Page> {
  return JSON.parse(await client.rows(name, 'data', query)) as Page;
}
/** The table that holds the rows of a package. */
async function tableOf(app: TestApp, name: string): Promise<string> {
  const [table] = await app.app
    .get(Database)
    .query<{ name: string }>('select name from package_table where package_id like $1', [`%:${name}`]);
  return table!.name;
}

describe('a table', () => {
  let app: TestApp;
  let client: PackageClient;

  beforeAll(async () => {
    app = await startApp({ JOB_POLL: '50' });
    client = await clientOf(app);
  });
  afterAll(() => app?.close());

  it('with long rows comes in small pages, and whole as a stream', async () => {
    const lines = Array.from({ length: 40 }, (_, n) => `${n + 1},${'x'.repeat(500_000)}\n`);
    const loaded = await client.loadResources('long', [RESOURCE], {
      'data.csv': `a,text\n${lines.join('')}`,
    });
    expect(loaded).toEqual({ status: 'done', progress: 40 });
    const seen: number[] = [];
    for (let after: number | null = 0; after !== null;) {
      const page: Page = await pageOf(client, 'long', { limit: '1000', after: String(after) });
      expect(page.data.length).toBeGreaterThan(0);
      expect(page.data.length * 500_000).toBeLessThan(10_000_000);
      seen.push(...page.data.map(({ a }) => a));
      after = page.next;
    }
    expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
    for (const format of ['csv', 'ndjson'])
      expect((await client.rows('long', 'data', { format })).length).toBeGreaterThan(20_000_000);
  });

  it('with many rows is looked through part by part', async () => {
    await client.loadResources('many', [RESOURCE], { 'data.csv': 'a,text\n1,x\n' });
    const table = await tableOf(app, 'many');
    const database = app.app.get(Database);
    await database.execute(
      `insert into package_data.${table} select n, n, 'x' from generate_series(2, 200000) as n`,
    );
    await database.execute('update package_table set rows = 200000 where name = $1', [table]);
    expect(await pageOf(client, 'many', { filter: 'a>199990', limit: '4' })).toMatchObject({
      data: [199991, 199992, 199993, 199994].map((a) => ({ a })),
      next: 199994,
    });
    expect(await pageOf(client, 'many', { filter: 'a>199997' })).toMatchObject({
      data: [199998, 199999, 200000].map((a) => ({ a })),
      next: null,
    });
    expect(await pageOf(client, 'many', { filter: 'text=y' })).toMatchObject({ data: [], next: null });
    const rare = await client.rows('many', 'data', { filter: 'a~7777', format: 'csv', raw: 'true' });
    const wanted = Array.from({ length: 200_000 }, (_, n) => n + 1).filter((n) => String(n).includes('7777'));
    expect(rare).toBe(`a,text\r\n${wanted.map((n) => `${n},x\r\n`).join('')}`);
    expect((await client.rows('many', 'data', { format: 'ndjson' })).split('\n')).toHaveLength(200_001);
  });
});

describeWith('postgres')('a slow table in PostgreSQL', () => {
  let postgres: PostgresServer;
  let app: TestApp;

  beforeAll(async () => {
    postgres = await PostgresServer.start();
    app = await startApp({
      DATABASE_URL: await postgres.createDatabase(),
      JOBS_IN_API: 'true',
      JOB_POLL: '50',
    });
  });
  afterAll(async () => {
    await app?.close();
    await postgres?.stop();
  });

  it('is looked through no longer than some seconds at a time', async () => {
    const client = await clientOf(app);
    const lines = Array.from({ length: 3000 }, (_, n) => `${n + 1},x\n`);
    await client.loadResources('slow', [RESOURCE], { 'data.csv': `a,text\n${lines.join('')}` });
    const table = await tableOf(app, 'slow');
    const database = app.app.get(Database);
    await database.execute(`alter table package_data.${table} rename to slow`);
    await database.execute(
      `create view package_data.${table} as select * from package_data.slow where pg_sleep(0.002) is not null`,
    );
    const begun = performance.now();
    const { data, next } = await pageOf(client, 'slow', { filter: 'a=2900' });
    expect(performance.now() - begun).toBeLessThan(6000);
    expect(data).toEqual([]);
    expect(next).toBeGreaterThan(0);
    expect(next).toBeLessThan(3000);
    const { data: later } = await pageOf(client, 'slow', { filter: 'a=2900', after: '2800' });
    expect(later).toMatchObject([{ a: 2900 }]);
  });
});
