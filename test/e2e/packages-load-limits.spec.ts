import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PlannedResource } from '../../src/packages/loading/load-plan.js';
import { ResourceReader } from '../../src/packages/loading/resource-reader.js';
import { Database } from '../../src/platform/database/database.js';
import { ObjectStore } from '../../src/storage/index.js';
import { parseCsvFormat } from '../../src/tabular/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { PackageClient } from '../support/package-client.js';
import { RemoteServer } from '../support/remote-server.js';
import { uploader } from '../support/uploads.js';
import { workbook } from '../support/workbook.js';

const SCHEMA = { fields: [{ name: 'a', type: 'integer' }] };
const LIMIT = 2000;
/** A file of 800 bytes: two of them are within the limit. */
const CSV = `a\n${'1\n'.repeat(399)}`;
const descriptorOf = (name: string, ...paths: (string | string[])[]) => ({
  name,
  resources: paths.map((path, index) => ({ name: `r${index}`, path, schema: SCHEMA })),
});

let app: TestApp;
let ann: PackageClient;
let remote: RemoteServer;

beforeAll(async () => {
  remote = await RemoteServer.start();
  app = await startApp({
    JOB_POLL: '50',
    OUTBOUND_ALLOW: '127.0.0.1/32',
    PACKAGE_LOAD_LIMIT: String(LIMIT),
  });
  ann = new PackageClient(app, await uploader(app, 'ann'));
});
afterAll(async () => {
  remote?.close();
  await app?.close();
});

/** Has a package elsewhere loaded; returns how that ended. */
async function load(name: string, descriptor: object) {
  const address = remote.at(`/${name}/datapackage.json`, descriptor);
  await ann.begin(address);
  return ann.ended(address);
}
const copies = async () =>
  (await app.app.get(ObjectStore).list('packages/loads/', { limit: 1000 })).objects.map(({ key }) => key);
const loadsOf = (name: string) =>
  app.app
    .get(Database)
    .query<{ id: number; descriptor: unknown }>(
      'select id, descriptor from package_load where url like $1 order by id',
      [`%/${name}/datapackage.json`],
    );

describe('the resources of a package', () => {
  const tooLarge = {
    status: 'fail',
    error: `The resources of the package have more than ${LIMIT} bytes together. Make several packages of them.`,
  };

  it('are limited together, wherever they come from', async () => {
    for (const file of ['a.csv', 'b.csv', 'c.csv']) remote.at(`/large/${file}`, CSV);
    expect(await load('large', descriptorOf('large', 'a.csv', 'b.csv'))).toMatchObject({ status: 'done' });
    expect(await load('large', descriptorOf('large', 'a.csv', 'b.csv', 'c.csv'))).toMatchObject(tooLarge);
    expect(await load('large', descriptorOf('large', ['a.csv', 'b.csv', 'c.csv']))).toMatchObject(tooLarge);
    const own = { 'a.csv': CSV, 'datapackage.json': '' };
    const twice = JSON.stringify(descriptorOf('own', 'a.csv', 'a.csv'));
    expect(await ann.load('own', { ...own, 'datapackage.json': twice })).toMatchObject({ status: 'done' });
    const thrice = JSON.stringify(descriptorOf('own', 'a.csv', 'a.csv', 'a.csv'));
    expect(await ann.load('own', { ...own, 'datapackage.json': thrice })).toMatchObject(tooLarge);
  });

  it('do not stay here once they are loaded', async () => {
    remote.at('/two/a.csv', CSV);
    let release: () => void = () => undefined;
    remote.at('/two/b.csv', (response) => (release = () => response.end(CSV)));
    const address = remote.at('/two/datapackage.json', descriptorOf('two', 'a.csv', 'b.csv'));
    await ann.begin(address);
    while (!remote.requests.includes('/two/b.csv')) await sleep(20);
    const [loading] = await loadsOf('two');
    const own = async () => (await copies()).filter((key) => key.includes(`/${loading!.id}/`));
    for (let tries = 0; (await own()).length > 0 && tries < 100; tries++) await sleep(20);
    expect(await own()).toEqual([]);
    release();
    expect(await ann.ended(address)).toEqual({ status: 'done', progress: 798 });
  });
});

describe('a file that is replaced while it is being loaded', () => {
  it.each(['csv', 'xlsx'] as const)('is not read on: %s', async (format) => {
    const reader = app.app.get(ResourceReader);
    const store = app.app.get(ObjectStore);
    const key = 'packages/loads/0/0';
    const sheet = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>';
    const content = format === 'csv' ? CSV : await workbook({ sheets: { Data: sheet } });
    await store.put(key, Buffer.from(content));
    const { size, etag } = (await store.head(key))!;
    const resource = { format, title: 'data', csv: parseCsvFormat({}).format } as PlannedResource;
    const read = async () => {
      const file = { key, size, etag, isCopy: true };
      for await (const _ of reader.open(resource, file, null, new AbortController().signal));
    };
    await read();
    await store.put(key, Buffer.from(content));
    await expect(read()).rejects.toMatchObject({ code: 'PACKAGE_FILE_CHANGED' });
    await store.delete(key);
    await expect(read()).rejects.toMatchObject({ code: 'PACKAGE_FILE_CHANGED' });
  });
});

describe('what is known of a load', () => {
  it('is little once it has ended, and goes when there is a newer one', async () => {
    remote.at('/kept/a.csv', CSV);
    const forget = (id: number) =>
      app.app
        .get(Database)
        .execute(`update package_load set ended_at = ended_at - interval '3 days' where id = $1`, [id]);
    await load('kept', descriptorOf('kept', 'nothing.csv'));
    const [failed] = await loadsOf('kept');
    expect(failed!.descriptor).toBeNull();
    await load('kept', descriptorOf('kept', 'a.csv'));
    expect(await loadsOf('kept')).toHaveLength(2);
    const [, done] = await loadsOf('kept');
    expect(done!.descriptor).toBeNull();
    await forget(failed!.id);
    await forget(done!.id);
    await load('kept', descriptorOf('kept', 'nothing.csv'));
    // The one that the rows are of stays.
    expect((await loadsOf('kept')).map(({ id }) => id)).toEqual([done!.id, expect.any(Number)]);
  });
});
