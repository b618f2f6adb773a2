import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { PackageClient, queryText } from '../support/package-client.js';
import { uploader } from '../support/uploads.js';

const CSV = `id,region,amount,day,open,tags,note,at,clock
1,North,-1.50,2024-01-31,true,"[""a""]",50% off,2024-01-01T00:00:00Z,08:00:00
2,South,1000,2024-02-29,false,[],=1+1,2024-06-01T12:30:00Z,09:30:00
3,North,1234567890123456789012345678901234567890.5,2025-01-01,,,"@cmd,""x""",,
4,=HYPERLINK(),,,true,,,,
5,noRTH_east,0,2024-12-31,,,\\,,
`;
const FIELDS = [
  { name: 'id', type: 'integer' },
  { name: 'region', type: 'string' },
  { name: 'amount', type: 'number' },
  { name: 'day', type: 'date' },
  { name: 'open', type: 'boolean' },
  { name: 'tags', type: 'array' },
  { name: 'note', type: 'string' },
  { name: 'at', type: 'datetime' },
  { name: 'clock', type: 'time' },
];

let app: TestApp;
let ann: PackageClient;
let bob: PackageClient;
let path: string;

beforeAll(async () => {
  app = await startApp({ JOB_POLL: '50' });
  ann = new PackageClient(app, await uploader(app, 'ann'));
  bob = new PackageClient(app, await uploader(app, 'bob'));
  const resource = { name: 'data', path: 'data.csv', schema: { fields: FIELDS } };
  const ended = await ann.loadResources('sales', [resource], { 'data.csv': CSV });
  expect(ended).toEqual({ status: 'done', progress: 5 });
  path = `/package/${ann.user.userid}:sales`;
});
afterAll(() => app?.close());

interface Page {
  readonly data: { id: number }[];
  readonly next: number | null;
  readonly rows: number;
}
const get = (query = '', token: string | undefined = ann.user.token) =>
  app.request(`${path}/data/data${query}`, { token });
const page = async (query: string): Promise<Page> => {
  const answer = await get(query);
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Page;
};
const filtered = (...filters: string[]) =>
  `?${new URLSearchParams(filters.map((filter): [string, string] => ['filter', filter])).toString()}`;

describe('filters', () => {
  it.each<[filters: string[], ids: number[]]>([
    [['region=North'], [1, 3]],
    [['region!=North'], [2, 4, 5]],
    [['amount<0'], [1]],
    [['amount<=0'], [1, 5]],
    [['amount>1000'], [3]],
    [['amount>=1000'], [2, 3]],
    [['amount=-1.5'], [1]],
    [['amount=1234567890123456789012345678901234567890.5'], [3]],
    [['amount='], [4]],
    [['amount!='], [1, 2, 3, 5]],
    [['amount!=0'], [1, 2, 3, 4]],
    [['region~NORTH'], [1, 3, 5]],
    [['region~_'], [5]],
    [['note~%'], [1]],
    [['note~\\'], [5]],
    [['note==1+1'], [2]],
    [['region==HYPERLINK()'], [4]],
    [
      ['day>=2024-02-29', 'day<2025-01-01'],
      [2, 5],
    ],
    [['day~2024'], [1, 2, 5]],
    [['open=true'], [1, 4]],
    [['open='], [3, 5]],
    [['tags=["a"]'], [1]],
    [['tags~a'], [1]],
    [['at>2024-03-01T00:00:00Z'], [2]],
    [['clock<09:00:00'], [1]],
    [["region=x' or '1'='1"], []],
    [['region=$1'], []],
    [['id>1', 'region=North'], [3]],
  ])('%j find %j', async (filters, ids) => {
    const { data, next } = await page(filtered(...filters));
    expect([data.map(({ id }) => id), next]).toEqual([ids, null]);
    const lines = await (await get(`${filtered(...filters)}&format=ndjson`)).text();
    expect(
      lines
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { id: number }).id),
    ).toEqual(ids);
  });

  it.each([
    'nobody=1',
    'region',
    '',
    '=',
    'region;1',
    '_id=1',
    'id=x',
    'id=1.5',
    'id=99999999999999999999',
    'amount=many',
    'amount>1e999999',
    'day=2023-02-30',
    'day>',
    'open=perhaps',
    'at=yesterdayish',
    'clock=25:00',
    'region=a\0b',
    'constructor=1',
  ])('%j is not valid', async (filter) => {
    for (const format of ['json', 'csv', 'ndjson']) {
      const answer = await get(`${filtered(filter)}&format=${format}`);
      expect([filter, format, answer.status]).toEqual([filter, format, 400]);
      expect(await answer.json()).toMatchObject({
        code: 'FILTER_INVALID',
        message: expect.stringMatching(/\.$/),
      });
    }
  });

  it('are 20 at most', async () => {
    expect((await get(filtered(...Array.from({ length: 20 }, () => 'id>0')))).status).toBe(200);
    expect((await get(filtered(...Array.from({ length: 21 }, () => 'id>0')))).status).toBe(400);
  });
});

describe('parameters', () => {
  it.each([
    'limit=0',
    'limit=1001',
    'limit=-1',
    'limit=x',
    'limit=',
    'limit=1&limit=2',
    'after=-1',
    'after=x',
    'after=1e3',
    'format=xml',
    'format=csv&format=json',
    'raw=yes',
    'region=North',
    'offset=1',
    'filter[a]=1',
    '__proto__=1',
  ])('%s is not valid', async (query) => {
    const answer = await get(`?${query}`);
    expect([query, answer.status]).toEqual([query, 400]);
    expect(await answer.json()).toMatchObject({ code: 'READING_PARAMETER_INVALID' });
  });

  it('page through the rows by next', async () => {
    const ids: number[] = [];
    const sizes: number[] = [];
    let after: number | null = 0;
    while (after !== null) {
      const { data, next, rows }: Page = await page(`?limit=2&after=${after}`);
      expect(rows).toBe(5);
      ids.push(...data.map(({ id }) => id));
      sizes.push(data.length);
      after = next;
    }
    expect([ids, sizes]).toEqual([
      [1, 2, 3, 4, 5],
      [2, 2, 1],
    ]);
    expect((await page('?limit=5')).data).toHaveLength(5);
    expect(await page('?after=999999999999999')).toMatchObject({ data: [], next: null });
    expect((await page(`${filtered('region=North')}&limit=1&after=1`)).data.map(({ id }) => id)).toEqual([3]);
  });
});

describe('CSV', () => {
  it('has no formulas, but numbers as they are', async () => {
    const answer = await get('?format=csv');
    expect(answer.headers.get('content-type')).toMatch(/^text\/csv; charset=utf-8/);
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="data.csv"');
    const text = await answer.text();
    expect(text).toContain("\r\n4,'=HYPERLINK(),");
    expect(text).toContain(",'=1+1,");
    expect(text).toContain(`,"'@cmd,""x""",`);
    expect(text).toContain('\r\n1,North,-1.50,');
    expect(text).toContain(',1234567890123456789012345678901234567890.5,');
  });

  it('is as it was, when it is asked for raw', async () => {
    const text = await (await get('?format=csv&raw=true')).text();
    expect(text).toBe(CSV.replaceAll('\n', '\r\n'));
  });
});

describe('who may read', () => {
  it('a private package: its owner', async () => {
    const missing = { status: 404, code: 'PACKAGE_NOT_FOUND' };
    const told = async (answer: Response) => {
      const { code } = (await answer.json()) as { code: string };
      return { status: answer.status, code };
    };
    expect(await told(await app.request(`${path}/data/data`))).toEqual(missing);
    expect(await told(await get('', bob.user.token))).toEqual(missing);
    expect(await told(await app.request('/package/nobody:nothing/data/data'))).toEqual(missing);
    expect(await told(await app.request(`${path}/files/data.csv`, { token: bob.user.token }))).toEqual(
      missing,
    );
    expect((await get()).status).toBe(200);
    expect((await app.request(`${path}/data/data?${queryText({ jwt: ann.user.token })}`)).status).toBe(200);
  });

  it('nobody with a token that does not hold', async () => {
    for (const address of [`${path}/data/data`, `${path}/files/datapackage.json`, '/package/a:b/data/c']) {
      expect((await app.request(address, { token: 'x' })).status).toBe(401);
      expect((await app.request(`${address}?jwt=x`)).status).toBe(401);
    }
  });

  it('what is there', async () => {
    const answer = await app.request(`${path}/data/none`, { token: ann.user.token });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({
      code: 'RESOURCE_NOT_FOUND',
      message: expect.stringMatching(/It has: data\.$/),
    });
    for (const [file, status] of [
      ['data.csv', 302],
      ['datapackage.json', 200],
      ['none.csv', 404],
      ['../sales/data.csv', 404],
      ['..%2f..%2fx', 404],
      ['', 404],
      ['%00', 404],
    ] as const) {
      const found = await app.request(`${path}/files/${file}`, { token: ann.user.token });
      expect([file, found.status]).toEqual([file, status]);
    }
    for (const id of ['x', ':', `${ann.user.userid}:`, '%00:%00', 'a'.repeat(1000), "a:b'--"]) {
      const found = await app.request(`/package/${encodeURIComponent(id)}/data/data`);
      expect([400, 404, 414]).toContain(found.status);
    }
  });
});
