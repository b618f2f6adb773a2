import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JobsService } from '../../src/jobs/index.js';
import { PRUNE_LOADS } from '../../src/packages/loading/prune-loads.job.js';
import { ObjectStore } from '../../src/storage/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { PackageClient, type Progress, queryText } from '../support/package-client.js';
import { RemoteServer } from '../support/remote-server.js';
import { uploader } from '../support/uploads.js';

const SCHEMA = { fields: [{ name: 'a', type: 'integer' }] };
const RESOURCE = { name: 'data', path: 'data.csv', schema: SCHEMA };
const filesOf = (name: string, ...numbers: (number | string)[]) => ({
  'data.csv': `a\n${numbers.map((number) => `${number}\n`).join('')}`,
  'datapackage.json': JSON.stringify({ name, resources: [RESOURCE] }),
});

let app: TestApp;
let ann: PackageClient;
let bob: PackageClient;
let remote: RemoteServer;

beforeAll(async () => {
  remote = await RemoteServer.start();
  app = await startApp({ JOB_POLL: '50', OUTBOUND_ALLOW: '127.0.0.1/32' });
  ann = new PackageClient(app, await uploader(app, 'ann'));
  bob = new PackageClient(app, await uploader(app, 'bob'));
});
afterAll(async () => {
  remote?.close();
  await app?.close();
});

const ROUTES = ['/package/upload', '/hooks/load/api', '/hooks/load/api/'];
const STATUS = ['/package/status', '/hooks/load/api', '/hooks/load/api/'];
const post = (path: string, query: Record<string, string>, options = {}) =>
  app.request(`${path}?${queryText(query)}`, { method: 'POST', ...options });
const status = async (datapackage: string, path = '/package/status', more = {}) => {
  const answer = await app.request(`${path}?${queryText({ datapackage, ...more })}`);
  return [answer.status, await answer.json()] as [number, Progress];
};
const numbersOf = async (client: PackageClient, name: string) =>
  (JSON.parse(await client.rows(name, 'data')) as { data: { a: number }[] }).data.map(({ a }) => a);

/** What the registry says of a package of Ann's. */
const entryOf = async (name: string): Promise<unknown> =>
  (await app.request(`/package/${ann.user.userid}:${name}`, { token: ann.user.token })).json();

/** A descriptor elsewhere that comes when the test says so. */
function heldBack(path: string, name: string, numbers: number[]) {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  remote.at(`${path}/data.csv`, filesOf(name, ...numbers)['data.csv']);
  const address = remote.at(`${path}/datapackage.json`, (response) => {
    ask();
    void released.then(() => response.end(filesOf(name)['datapackage.json']));
  });
  return { address, asked, release };
}

describe.each(ROUTES)('POST %s', (path) => {
  it('without an address is 400', async () => {
    expect((await post(path, { jwt: ann.user.datastore })).status).toBe(400);
    expect((await post(path, {})).status).toBe(400);
    const long = await post(path, { jwt: ann.user.datastore, datapackage: 'x'.repeat(9000) });
    expect([long.status, await long.json()]).toMatchObject([400, { code: 'DATAPACKAGE_TOO_LONG' }]);
  });

  it('without a token is 403', async () => {
    expect((await post(path, { datapackage: 'https://example.org/datapackage.json' })).status).toBe(403);
  });

  it('with a token that does not hold is fail', async () => {
    const [head, body] = ann.user.datastore.split('.');
    for (const jwt of ['x', `${head}.${body}.${'A'.repeat(342)}`]) {
      const answer = await post(path, { jwt, datapackage: 'https://example.org/datapackage.json' });
      expect([answer.status, await answer.json()]).toEqual([
        200,
        { status: 'fail', progress: 0, error: 'unauthorized' },
      ]);
    }
    expect((await status('https://example.org/datapackage.json'))[0]).toBe(404);
  });

  it('with a token for something else is 403', async () => {
    const answer = await post(path, {
      jwt: ann.user.rawstore,
      datapackage: 'https://example.org/datapackage.json',
    });
    expect(answer.status).toBe(403);
  });

  it('takes its parameters in a form', async () => {
    const datapackage = await ann.upload('form', filesOf('form', 1));
    const body = queryText({ datapackage, jwt: ann.user.datastore });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await app.request(path, { method: 'POST', body, headers });
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'queued', progress: 0 }]);
    expect(await ann.ended(datapackage)).toEqual({ status: 'done', progress: 1 });
  });
});

describe.each(STATUS)('GET %s', (path) => {
  it('of what was never loaded is 404, without an address 400', async () => {
    expect((await status(`${remote.url}/never`, path))[0]).toBe(404);
    expect((await app.request(path)).status).toBe(400);
    expect((await app.request(`${path}?datapackage=budget`)).status).toBe(400);
  });
});

describe('the status of a load', () => {
  it('is known by all forms of its address, while it runs and after', async () => {
    const { address, asked, release } = heldBack('/forms', 'forms', [1]);
    expect(await ann.begin(address)).toEqual({ status: 'queued', progress: 0 });
    expect((await status(address))[0]).toBe(200);
    await asked;
    const forms = [
      address,
      address.replace('http:', 'https:'),
      address.replace('/datapackage.json', '/final/datapackage.json'),
    ];
    for (const form of forms)
      for (const path of STATUS)
        expect(await status(form, path)).toEqual([200, { status: 'loading-datapackage', progress: 0 }]);
    release();
    await ann.ended(address);
    for (const form of forms) expect(await status(form)).toEqual([200, { status: 'done', progress: 1 }]);
  });

  it('is the own one where two loaded from one address', async () => {
    const { address, release } = heldBack('/shared', 'shared', [1]);
    release();
    await ann.begin(address);
    await ann.ended(address);
    remote.at('/shared/datapackage.json', 'broken');
    await bob.begin(address);
    expect((await bob.ended(address)).status).toBe('fail');
    expect((await status(address, '/package/status', { jwt: ann.user.token }))[1].status).toBe('done');
    expect((await status(address, '/package/status', { jwt: bob.user.token }))[1].status).toBe('fail');
    expect((await status(address, '/package/status', { jwt: 'x' }))[1].status).toBe('fail');
  });
});

describe('the status of a load from our own objects', () => {
  it('is that of their owner, whoever loaded them since', async () => {
    const address = await ann.upload('lent', filesOf('lent', 1));
    await ann.begin(address);
    await ann.ended(address);
    const publish = queryText({ jwt: ann.user.datastore, id: `${ann.user.userid}:lent`, publish: 'true' });
    await app.request(`/package/publish?${publish}`, { method: 'POST' });
    await ann.upload('lent', { 'data.csv': 'a\nx\n' });
    await bob.begin(address);
    expect((await bob.ended(address)).status).toBe('fail');
    expect((await status(address))[1]).toEqual({ status: 'done', progress: 1 });
  });

  it('tells what stands in a file to its owner only', async () => {
    const address = await ann.upload('secret', filesOf('secret', 1, 'hush'));
    await ann.begin(address);
    expect((await ann.ended(address)).error).toContain('Row 3, column "a": \'hush\' is not');
    for (const more of [{}, { jwt: bob.user.token }])
      expect((await status(address, '/package/status', more))[1].error).toBe(
        'data.csv: Row 3, column "a": type-or-format-error. The values are told to the owner, with his token.',
      );
  });
});

describe('a load that fails', () => {
  it('names file, row, column and value, and leaves what was there', async () => {
    await ann.load('kept', filesOf('kept', 1, 2));
    const ended = await ann.load('kept', filesOf('kept', 3, 'four', 5, 'six'));
    expect(ended).toEqual({
      status: 'fail',
      progress: 0,
      error: expect.stringMatching(
        /^data\.csv: .*row 3, column "a": 'four' is not an integer.* .*row 5, column "a": 'six'/i,
      ),
    });
    expect(await numbersOf(ann, 'kept')).toEqual([1, 2]);
    expect(await entryOf('kept')).toMatchObject({ loaded: true, loading_status: 'fail' });
  });

  it('of which nothing is left but the reason', async () => {
    await ann.load('broken', filesOf('broken', 'x'));
    expect(await entryOf('broken')).toMatchObject({ loaded: false, loading_status: 'fail' });
    await expect(ann.rows('broken', 'data')).rejects.toThrow('404');
  });
});

describe('files that were brought here', () => {
  it('do not stay, whether the load is done or has failed', async () => {
    const store = app.app.get(ObjectStore);
    const copies = async () => (await store.list('packages/loads/', { limit: 1000 })).objects.length;
    const files = filesOf('copied', 1);
    const at = (path: string, csv: string) => {
      remote.at(`${path}/data.csv`, csv);
      return remote.at(`${path}/datapackage.json`, JSON.parse(files['datapackage.json']) as object);
    };
    const good = at('/good', files['data.csv']);
    await ann.begin(good);
    expect((await ann.ended(good)).status).toBe('done');
    while ((await copies()) > 0) await sleep(20);
    const bad = at('/bad', 'a\nx\n');
    await ann.begin(bad);
    expect((await ann.ended(bad)).status).toBe('fail');
    await app.app.get(JobsService).enqueue(PRUNE_LOADS, {});
    while ((await copies()) > 0) await sleep(20);
    expect(await numbersOf(ann, 'copied')).toEqual([1]);
  });
});

describe('loads of one package at once', () => {
  it('from one address: the later one counts', async () => {
    const { address, asked, release } = heldBack('/twice', 'twice', [1, 2, 3]);
    await ann.begin(address);
    await asked;
    const second = await ann.begin(address);
    expect(second).toEqual({ status: 'queued', progress: 0 });
    release();
    expect(await ann.ended(address)).toEqual({ status: 'done', progress: 3 });
    expect(await numbersOf(ann, 'twice')).toEqual([1, 2, 3]);
  });

  it('from two addresses: the later one counts, also where the earlier ends last', async () => {
    const early = heldBack('/early', 'same', [1]);
    const late = heldBack('/late', 'same', [2, 3]);
    await ann.begin(early.address);
    await early.asked;
    await ann.begin(late.address);
    late.release();
    expect(await ann.ended(late.address)).toEqual({ status: 'done', progress: 2 });
    early.release();
    expect(await ann.ended(early.address)).toMatchObject({
      status: 'fail',
      error: expect.stringMatching(/^The package was loaded again before/),
    });
    expect(await numbersOf(ann, 'same')).toEqual([2, 3]);
    const entry = { loaded: true, loading_status: 'done', package: { count_of_rows: 2 } };
    expect(await entryOf('same')).toMatchObject(entry);
  });

  it('from one address: where the later one is broken, the package says so', async () => {
    const address = await ann.upload('half', filesOf('half', 1));
    remote.at('/stuck/data.csv', () => undefined);
    remote.at('/stuck/datapackage.json', JSON.parse(filesOf('half')['datapackage.json']) as object);
    await ann.begin(address);
    await ann.ended(address);
    const stuck = `${remote.url}/stuck/datapackage.json`;
    await ann.begin(stuck);
    while (!remote.requests.includes('/stuck/data.csv')) await sleep(20);
    expect(await entryOf('half')).toMatchObject({ loaded: true, loading_status: 'loading-data' });
    remote.at('/stuck/datapackage.json', 'broken');
    await ann.begin(stuck);
    expect((await ann.ended(stuck)).status).toBe('fail');
    expect(await entryOf('half')).toMatchObject({ loaded: true, loading_status: 'fail' });
    expect(await numbersOf(ann, 'half')).toEqual([1]);
  });

  it('begun ten times together end in one outcome with whole data', async () => {
    const address = await ann.upload('many', filesOf('many', 1, 2, 3));
    const answers = await Promise.all(Array.from({ length: 10 }, () => ann.begin(address)));
    expect(answers).toEqual(Array.from({ length: 10 }, () => ({ status: 'queued', progress: 0 })));
    expect(await ann.ended(address)).toEqual({ status: 'done', progress: 3 });
    expect(await numbersOf(ann, 'many')).toEqual([1, 2, 3]);
  });

  it('of two owners are two packages', async () => {
    await Promise.all([ann.load('both', filesOf('both', 1)), bob.load('both', filesOf('both', 2))]);
    expect([await numbersOf(ann, 'both'), await numbersOf(bob, 'both')]).toEqual([[1], [2]]);
  });
});
