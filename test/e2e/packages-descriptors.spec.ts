import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { PackageClient, queryText } from '../support/package-client.js';
import { RemoteServer } from '../support/remote-server.js';
import { uploader } from '../support/uploads.js';

const SCHEMA = { fields: [{ name: 'a', type: 'integer' }] };
const RESOURCE = { name: 'data', path: 'data.csv', schema: SCHEMA };
const CSV = 'a\n1\n';

let app: TestApp;
let client: PackageClient;
let other: PackageClient;
let remote: RemoteServer;

beforeAll(async () => {
  remote = await RemoteServer.start();
  app = await startApp({
    JOB_POLL: '50',
    OUTBOUND_ALLOW: '127.0.0.1/32',
    PACKAGE_DESCRIPTOR_LIMIT: '4096',
    PACKAGE_RESOURCE_LIMIT: '20000',
    PACKAGE_FETCH_TIMEOUT: '1',
  });
  client = new PackageClient(app, await uploader(app, 'ann'));
  other = new PackageClient(app, await uploader(app, 'bob'));
});
afterAll(async () => {
  await app?.close();
  remote?.close();
});

/** Has a descriptor loaded; returns why that failed. */
async function failureOf(descriptor: string | Buffer | object, files = {}): Promise<string | undefined> {
  const text =
    typeof descriptor === 'string' || Buffer.isBuffer(descriptor) ? descriptor : JSON.stringify(descriptor);
  const ended = await client.load('bad', { 'data.csv': CSV, ...files, 'datapackage.json': text });
  expect(ended.status).toBe('fail');
  return ended.error;
}
const failureAt = async (address: string) => {
  await client.begin(address);
  const { status, error } = await client.ended(address);
  expect(status).toBe('fail');
  return error;
};

describe('a descriptor', () => {
  const circular: Record<string, unknown> = { name: 'circular', resources: [RESOURCE] };

  it.each<[what: string, descriptor: string | Buffer | object, error: RegExp]>([
    ['that is no JSON', 'name: budget', /^The descriptor is not valid JSON in UTF-8: .+\.$/],
    ['that is empty', ' ', /^The descriptor is not valid JSON/],
    ['that is a list', '[]', /^The descriptor is not a JSON object\. Write it as/],
    ['that is not UTF-8', Buffer.from('{"name":"caf\xe9"}', 'latin1'), /not valid JSON in UTF-8/],
    ['that reaches for the prototype', '{"__proto__":{"name":"x"}}', /not valid JSON/],
    ['that is too deep', `{"x":${'['.repeat(100)}${']'.repeat(100)}}`, /nested deeper than 64 levels/],
    [
      'that is too large',
      { name: 'x', title: 'x'.repeat(5000) },
      /larger than 4096 bytes\. Keep the data in/,
    ],
    ['without a name', { resources: [RESOURCE] }, /name is missing\. Give the package a name\./],
    [
      'with a name that is none',
      { name: 'My budget', resources: [RESOURCE] },
      /not valid\. name .+Use lower-/,
    ],
    ['without resources', { name: 'x' }, /not valid\. resources is missing/],
    [
      'without tables',
      { name: 'x', resources: [{ name: 'a', path: 'a.pdf' }] },
      /^No resource of the package/,
    ],
    ['without a schema', { name: 'x', resources: [{ name: 'a', path: 'a.csv' }] }, /Give one a schema\.$/],
    [
      'with a file of this machine',
      { name: 'x', resources: [{ ...RESOURCE, path: 'file:///etc/passwd' }] },
      /resources\[0\]\.path is a URL of neither http nor https/,
    ],
    [
      'with a schema of this machine',
      { name: 'x', resources: [{ ...RESOURCE, schema: 'file:///etc/passwd' }] },
      /http/,
    ],
    [
      'with a path that leaves its folder',
      { name: 'x', resources: [{ ...RESOURCE, path: '..%2f..%2fx.csv' }] },
      /leaves the folder of the descriptor/,
    ],
    [
      'with a file that is not there',
      { name: 'x', resources: [{ ...RESOURCE, path: 'b.csv' }] },
      /^There is no file at .+b\.csv\. Upload it first/,
    ],
    [
      'with a schema that is not there',
      { name: 'x', resources: [{ ...RESOURCE, schema: 's.json' }] },
      /^There is no file at .+s\.json/,
    ],
  ])('%s is refused', async (_, descriptor, error) => expect(await failureOf(descriptor)).toMatch(error));

  it('may refer to itself: references are not followed', async () => {
    circular['$ref'] = '#';
    circular['resources'] = [{ ...RESOURCE, schema: { ...SCHEMA, more: { $ref: '#/resources/0' } } }];
    const files = { 'data.csv': CSV, 'datapackage.json': JSON.stringify(circular) };
    expect(await client.load('circular', files)).toEqual({ status: 'done', progress: 1 });
  });

  it('may not take itself for a schema', async () => {
    const descriptor = { name: 'x', resources: [{ ...RESOURCE, schema: 'datapackage.json' }] };
    expect(await failureOf(descriptor)).toMatch(/resources\[0\]\.schema\.fields is missing/);
  });

  it('may begin with a byte order mark, and its schema stand in a file', async () => {
    const descriptor = JSON.stringify({
      name: 'marked',
      resources: [{ ...RESOURCE, schema: 'schemas/a b.json' }],
    });
    const files = {
      'data.csv': `\ufeff${CSV}`,
      'schemas/a b.json': `\ufeff${JSON.stringify(SCHEMA)}`,
      'datapackage.json': `\ufeff${descriptor}`,
    };
    expect(await client.load('marked', files)).toEqual({ status: 'done', progress: 1 });
  });

  it('counts with the schemas that it refers to, each as often as it is named', async () => {
    const large = JSON.stringify({ ...SCHEMA, note: 'x'.repeat(1000) });
    const files = Object.fromEntries([0, 1, 2, 3].map((index) => [`s${index}.json`, large]));
    const naming = (...schemas: string[]) =>
      schemas.map((schema, index) => ({ name: `r${index}`, path: 'data.csv', schema }));
    for (const schemas of [Array<string>(4).fill('s0.json'), Object.keys(files)])
      expect(await failureOf({ name: 'x', resources: naming(...schemas) }, files)).toMatch(
        /larger than 4096 bytes.+as often as it is named\.$/,
      );
    const [few, all] = [naming('s0.json', 's0.json'), { 'data.csv': CSV, ...files }];
    expect(await client.loadResources('few', few, all)).toEqual({ status: 'done', progress: 2 });
    const many = [{ ...RESOURCE, schema: 's.json' }, ...Array<number>(1000).fill(0)];
    expect(await failureOf({ name: 'x', resources: many })).toMatch(/resources has more than 1000 items/);
  });

  it('may hold what the database does not take as text', async () => {
    const descriptor = {
      name: 'nul',
      title: 'a\u0000b\ud800',
      resources: [{ ...RESOURCE, title: '\u0000' }],
    };
    const files = { 'data.csv': CSV, 'datapackage.json': JSON.stringify(descriptor) };
    expect(await client.load('nul', files)).toEqual({ status: 'done', progress: 1 });
  });
});

describe('a descriptor elsewhere', () => {
  it('is loaded with its resource, however it is encoded', async () => {
    remote.at('/ok/my%20data.csv', CSV);
    const address = remote.at('/ok/datapackage.json', {
      name: 'remote',
      resources: [{ ...RESOURCE, path: 'my data.csv' }],
    });
    await client.begin(address);
    expect(await client.ended(address)).toEqual({ status: 'done', progress: 1 });
  });

  it('that redirects is followed, and in a circle given up', async () => {
    remote.at('/there/data.csv', CSV);
    remote.at('/there/datapackage.json', {
      name: 'moved',
      resources: [{ ...RESOURCE, path: `${remote.url}/there/data.csv` }],
    });
    const moved = remote.at('/here', (response) =>
      response.writeHead(302, { location: '/there/datapackage.json' }).end(),
    );
    await client.begin(moved);
    expect(await client.ended(moved)).toEqual({ status: 'done', progress: 1 });
    const loop = remote.at('/loop', (response) => response.writeHead(302, { location: '/loop' }).end());
    expect(await failureAt(loop)).toMatch(/redirects more than 5 times/);
  });

  it.each([
    [404, /^HTTP 404 from http.+Correct the address, or look at that server\.$/],
    [403, /^HTTP 403 from/],
  ])('that answers %s is told of', async (status, error) => {
    const address = remote.at(`/status-${status}`, (response) => response.writeHead(status).end('x'));
    expect(await failureAt(address)).toMatch(error);
  });

  it('that answers 500 is asked again', async () => {
    let asked = 0;
    remote.at('/again/data.csv', CSV);
    const address = remote.at('/again/datapackage.json', (response) =>
      asked++ === 0
        ? response.writeHead(500).end()
        : response.end(JSON.stringify({ name: 'again', resources: [RESOURCE] })),
    );
    await client.begin(address);
    expect(await client.ended(address)).toEqual({ status: 'done', progress: 1 });
    expect(asked).toBe(2);
  });

  it('that is too large, or has a resource that is, is refused', async () => {
    const large = remote.at('/large', { name: 'x', title: 'x'.repeat(5000), resources: [RESOURCE] });
    expect(await failureAt(large)).toMatch(/answered with more than 4096 bytes/);
    remote.at('/wide/data.csv', `a\n${'1\n'.repeat(20_000)}`);
    const wide = remote.at('/wide/datapackage.json', { name: 'wide', resources: [RESOURCE] });
    expect(await failureAt(wide)).toMatch(/20000 bytes/);
  });

  it('that drips is waited for as long as is set, and asked again later', async () => {
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const address = remote.at('/drip', (response) => {
      response.writeHead(200).write('{');
      const dripping = setInterval(() => response.write(' '), 100);
      response.on('close', () => {
        clearInterval(dripping);
        leave();
      });
    });
    const started = Date.now();
    await client.begin(address);
    await left;
    const seconds = (Date.now() - started) / 1000;
    expect(seconds).toBeGreaterThan(0.9);
    expect(seconds).toBeLessThan(5);
    const answer = await app.request(`/package/status?${queryText({ datapackage: address })}`);
    expect(await answer.json()).toEqual({ status: 'loading-datapackage', progress: 0 });
  });
});

describe('an address', () => {
  const upload = async (datapackage: string) => {
    const query = queryText({ datapackage, jwt: client.user.datastore });
    const answer = await app.request(`/package/upload?${query}`, { method: 'POST' });
    return { status: answer.status, body: await answer.text() };
  };

  it.each([
    'file:///etc/passwd',
    'ftp://example.org/x',
    'budget',
    '',
    'http://u:p@example.org/',
    'javascript:1',
  ])('%s is refused', async (address) => expect((await upload(address)).status).toBe(400));

  it('of somebody else’s file is refused, as a descriptor and in one', async () => {
    const foreign = await other.upload('mine', { 'data.csv': CSV, 'datapackage.json': '{}' });
    expect(await upload(foreign)).toMatchObject({
      status: 403,
      body: expect.stringContaining('PACKAGE_FILE_FOREIGN'),
    });
    expect(await upload(foreign.replace('mine', 'nothing'))).toMatchObject({ status: 403 });
    const path = foreign.replace('datapackage.json', 'data.csv');
    for (const part of [{ path }, { schema: foreign }, { path: [path, path] }]) {
      const error = await failureOf({ name: 'x', resources: [{ ...RESOURCE, ...part }] });
      expect(error).toMatch(/kept here under the name of another owner/);
    }
  });
});

describe('addresses of the own network', () => {
  let guarded: TestApp;
  beforeAll(async () => (guarded = await startApp({ JOB_POLL: '50' })));
  afterAll(() => guarded?.close());

  it('are not called', async () => {
    const user = new PackageClient(guarded, await uploader(guarded, 'ann'));
    const before = remote.connections;
    const port = new URL(remote.url).port;
    for (const host of [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '0.0.0.0',
      '2130706433',
      '[::ffff:127.0.0.1]',
      '169.254.169.254',
    ]) {
      const address = `http://${host}:${port}/ok/datapackage.json`;
      await user.begin(address);
      const { status, error } = await user.ended(address);
      expect([address, status, error]).toEqual([
        address,
        'fail',
        expect.stringMatching(/is not a public address and is not called/),
      ]);
    }
    for (const part of [{ path: `${remote.url}/ok/data.csv` }, { schema: `${remote.url}/schema` }]) {
      const ended = await user.loadResources('x', [{ ...RESOURCE, ...part }], { 'data.csv': CSV });
      expect(ended).toMatchObject({
        status: 'fail',
        error: expect.stringMatching(/is not a public address/),
      });
    }
    expect(remote.connections).toBe(before);
  });
});
