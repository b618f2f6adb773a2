import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { PackageClient, queryText } from '../support/package-client.js';
import { type Uploader, uploader } from '../support/uploads.js';

const SAMPLE = join(import.meta.dirname, '../../samples/city-budget');
const files = {
  'datapackage.json': readFileSync(join(SAMPLE, 'datapackage.json'), 'utf8'),
  'budget.csv': readFileSync(join(SAMPLE, 'budget.csv'), 'utf8'),
};

let app: TestApp;
let user: Uploader;
let client: PackageClient;
let id: string;

beforeAll(async () => {
  app = await startApp({ JOB_POLL: '100' });
  user = await uploader(app, 'mia');
});
afterAll(() => app?.close());

const json = async (path: string, options = {}): Promise<unknown> => {
  const answer = await app.request(path, options);
  expect(answer.status).toBe(200);
  return answer.json();
};
const search = async (jwt?: string) =>
  (await json(`/search/package?${queryText({ q: '"budget"', ...(jwt && { jwt }) })}`)) as {
    id: string;
    package: Record<string, unknown>;
  }[];

/** What OpenSpending's clients do, one after the other, with plain HTTP. */
describe('a data package of OpenSpending', () => {
  let address: string;

  it('belongs to somebody who is known and may upload', async () => {
    const checked = await json(`/user/check?${queryText({ jwt: user.token, next: app.url })}`);
    expect(checked).toMatchObject({ authenticated: true, profile: { username: 'mia' } });
    client = new PackageClient(app, user);
    id = `${user.userid}:city-budget`;
  });

  it('is uploaded as it was authorised', async () => {
    address = await client.upload('city-budget', files);
    expect(address).toBe(`${app.url}/objects/${user.userid}/city-budget/datapackage.json`);
    const { prefixes } = (await json('/datastore/info', { headers: { 'auth-token': user.datastore } })) as {
      prefixes: string[];
    };
    expect(prefixes.some((prefix) => address.startsWith(`${prefix}/`))).toBe(true);
  });

  it('is loaded', async () => {
    expect(await client.begin(address)).toEqual({ status: 'queued', progress: 0 });
    expect(await client.ended(address)).toEqual({ status: 'done', progress: 9 });
    const other = address.replace('http:', 'https:').replace('/datapackage.json', '/final/datapackage.json');
    expect(await client.ended(other)).toEqual({ status: 'done', progress: 9 });
  });

  it('is found by its owner only, until it is published', async () => {
    expect(await search()).toEqual([]);
    const [found] = await search(user.token);
    expect(found).toMatchObject({
      id,
      loaded: true,
      origin_url: address,
      package: {
        title: 'Budget of a small city',
        private: true,
        author: 'Mia Rossi <mia@not.shown>',
        count_of_rows: 9,
      },
      model: { measures: { amount: { column: 'amount', currency: 'USD' } } },
    });
    expect((await app.request(`/package/${id}/data/budget`)).status).toBe(404);
    expect((await fetch(address)).status).toBe(403);
    const published = queryText({ jwt: user.datastore, id, publish: 'True' });
    expect(await json(`/package/publish?${published}`, { method: 'POST' })).toEqual({
      success: true,
      published: true,
    });
    expect((await search()).map((one) => one.id)).toEqual([id]);
  });

  it('is read back as pages, as CSV, as lines of JSON, and as it was uploaded', async () => {
    const filter = encodeURIComponent('amount<0');
    expect(await json(`/package/${id}/data/budget?filter=${filter}`)).toEqual({
      fields: expect.arrayContaining([{ name: 'amount', type: 'number' }]),
      data: [
        {
          year: 2024,
          department_id: '30',
          department: 'Libraries',
          purpose: 'Refund of a supplier',
          amount: -1200,
          paid_on: '2024-05-02',
          note: 'credit note',
        },
      ],
      next: null,
      rows: 9,
    });
    const csv = await (await app.request(`/package/${id}/data/budget?format=csv`)).text();
    expect(csv).toBe(files['budget.csv'].replaceAll('\n', '\r\n'));
    const lines = await (await app.request(`/package/${id}/data/budget?format=ndjson`)).text();
    expect(
      lines
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { purpose: string }).purpose),
    ).toHaveLength(9);
    const descriptor = await json(`/package/${id}/files/datapackage.json`);
    expect(descriptor).toMatchObject({ name: 'city-budget', author: 'Mia Rossi <mia@not.shown>' });
    const file = await fetch(`${app.url}/package/${id}/files/budget.csv`); // follows the redirect
    expect([file.status, await file.text()]).toEqual([200, files['budget.csv']]);
    expect((await fetch(address)).status).toBe(200);
  });

  it('is counted', async () => {
    expect(await json('/package/stats')).toEqual({ num_packages: 1, num_records: 9, num_countries: 1 });
  });

  it('is deleted with its files and rows', async () => {
    const query = queryText({ jwt: user.datastore, id });
    expect(await json(`/package/delete?${query}`, { method: 'POST' })).toEqual({ success: true });
    expect(await search(user.token)).toEqual([]);
    expect((await app.request(`/package/${id}/data/budget`)).status).toBe(404);
    const token = { headers: { 'auth-token': user.datastore } };
    expect((await fetch(address, token)).status).toBe(403);
  });
});
