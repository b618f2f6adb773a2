import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OrderRepository } from '../../src/orders/listing/order.repository.js';
import { Database } from '../../src/platform/database/database.js';
import { readCsv } from '../../src/tabular/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectEnvelope, ORDERS, OrdersClient } from '../support/orders-client.js';
import { anOrder, storeOrders, type StoredOrder } from '../support/orders-rows.js';

const EXPORT = `${ORDERS}/export`;
const HEADER = 'id,name,email,state,zipcode,birthday,valid,errors';
const COLUMNS = HEADER.split(',');

const STORED: StoredOrder[] = [
  anOrder(1, { name: 'Mia, "the first"' }),
  anOrder(2, { name: '=HYPERLINK("http://evil.example")', email: '@cmd', zipcode: '-1+1' }),
  anOrder(3, {
    name: 'Çelik 🍷\nof two lines',
    valid: false,
    errors: [{ rule: 'email_pattern' }, { rule: 'allowed_age', params: { age: 21 } }],
  }),
  anOrder(4, { name: '', state: 'CA', birthday: '2024-02-29' }),
  anOrder(-5, { name: 'mia', zipcode: '05938', birthday: '0009-01-02' }),
];

let app: TestApp;
let ann: OrdersClient;
let pages = 0;

beforeAll(async () => {
  app = await startApp({ JOB_POLL: '100' });
  ann = await OrdersClient.of(app, 'ann');
  await storeOrders(app, STORED);
  const repository = app.app.get(OrderRepository);
  const exportPage = repository.exportPage.bind(repository);
  repository.exportPage = (...args) => {
    pages += 1;
    return exportPage(...args);
  };
});
afterAll(() => app.close());

const download = (query = '', method = 'GET') =>
  app.request(`${EXPORT}${query}`, { token: ann.token, method });

async function recordsOf(answer: Response): Promise<string[][]> {
  const records: string[][] = [];
  for await (const items of readCsv(Readable.from(Buffer.from(await answer.arrayBuffer()))))
    for (const { fields, error } of items) {
      expect(error).toBeUndefined();
      records.push([...fields!]);
    }
  return records;
}
const idsOf = async (query: string) =>
  (await recordsOf(await download(query))).slice(1).map(([id]) => Number(id));

describe('an export', () => {
  it('is a CSV file with a header, safe to open in a spreadsheet', async () => {
    const answer = await download();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="orders.csv"');
    expect(await answer.text()).toBe(
      [
        HEADER,
        '-5,mia,customer-5@example.com,NY,05938,0009-01-02,true,',
        '1,"Mia, ""the first""",customer1@example.com,NY,11111,1963-02-27,true,',
        `2,"'=HYPERLINK(""http://evil.example"")",'@cmd,NY,'-1+1,1963-02-27,true,`,
        '3,"Çelik 🍷\nof two lines",customer3@example.com,NY,11111,1963-02-27,false,email_pattern allowed_age',
        '4,,customer4@example.com,CA,11111,2024-02-29,true,',
        '',
      ].join('\r\n'),
    );
  });

  it('holds in its first six columns what was imported', async () => {
    const [header, ...records] = await recordsOf(await download('?id=1,3,4,-5'));
    expect(header).toEqual(COLUMNS);
    const given = STORED.filter(({ id }) => id !== 2).sort((a, b) => a.id - b.id);
    expect(records.map((record) => record.slice(0, 6))).toEqual(
      given.map(({ id, name, email, state, zipcode, birthday }) => [
        String(id),
        name,
        email,
        state,
        zipcode,
        birthday,
      ]),
    );
  });

  it('is JSON by lines where that is asked for, its texts as they are', async () => {
    const answer = await download('?format=json&sort=-id');
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="orders.ndjson"');
    const text = await answer.text();
    expect(text.endsWith('\n')).toBe(true);
    const orders = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(orders.map((order) => Object.keys(order))).toEqual(orders.map(() => COLUMNS));
    expect(orders).toEqual(
      [...STORED]
        .sort((a, b) => b.id - a.id)
        .map((order) => ({ ...order, errors: (order.errors ?? []).map(({ rule }) => rule) })),
    );
  });

  it.each([
    ['?sort=-birthday', [4, 3, 2, 1, -5]],
    ['?sort=name', [4, 2, -5, 1, 3]],
    ['?q=mia', [-5, 1]],
    ['?q=MIA&sort=-name', [1, -5]],
    ['?valid=false', [3]],
    ['?rule=allowed_age', [3]],
    ['?state=CA&zipcode=11111', [4]],
    ['?name=nobody', []],
    ['?import=0199f0de-5f5a-7cc4-8d3e-0123456789ab', []],
    ['?limit=1&offset=1&after=x', [-5, 1, 2, 3, 4]],
  ])('%s holds %p', async (query, expected) => {
    expect(await idsOf(query)).toEqual(expected);
  });

  it('of no orders has a header, or nothing', async () => {
    expect(await (await download('?name=nobody')).text()).toBe(`${HEADER}\r\n`);
    expect(await (await download('?name=nobody&format=json')).text()).toBe('');
  });
});

describe('the address of the export', () => {
  it('takes a slash at its end, HEAD without reading orders, and no other method', async () => {
    expect((await app.request(`${EXPORT}/?id=1`, { token: ann.token })).status).toBe(200);
    const before = pages;
    const head = await download('', 'HEAD');
    expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([
      200,
      'text/csv; charset=utf-8; header=present',
      '',
    ]);
    expect(head.headers.get('content-length')).toBeNull();
    expect((await download('?format=xml', 'HEAD')).status).toBe(400);
    expect(pages).toBe(before);
    const posted = await download('', 'POST');
    expect(posted.headers.get('allow')).toMatch(/\bGET\b/);
    await expectEnvelope(posted, 405);
    await expectEnvelope(await app.request(EXPORT), 401);
  });

  it('refuses what is not valid in the envelope, in both languages', async () => {
    expect((await ann.ask(`${EXPORT}?format=xml&q=%00`, 400)).message).toBe(
      'q must be one text without NUL characters; format must be json or csv',
    );
    const headers = { 'accept-language': 'pt' };
    expect((await ann.ask(`${EXPORT}?format=xml`, 400, { headers })).message).toBe(
      'format precisa ser json ou csv',
    );
    await ann.ask(`${EXPORT}?sort=id&sort=name`, 400);
  });
});

describe('a long export', () => {
  /** So long that no buffer on the way holds a fifth of it. */
  const COUNT = 40_000;

  beforeAll(async () => {
    await app.app.get(Database).execute(
      `insert into orders (id, name, email, state, zipcode, birthday, valid)
       select 1000 + n, repeat('n', 250) || n % 3, repeat('e', 300) || n % 7, 'NY', '11111', '1963-02-27', n % 2 = 0
       from generate_series(1, $1) as n`,
      [COUNT],
    );
    await app.app.get(Database).execute('analyze orders');
  });
  beforeEach(() => {
    pages = 0;
  });

  it.each(['id', '-id', 'email', '-valid', 'birthday'])(
    'sorted by %s holds every order once',
    async (sort) => {
      const records = await recordsOf(await download(`?id_from=1001&sort=${sort}`));
      const ids = records.slice(1).map(([id]) => Number(id));
      expect(ids).toHaveLength(COUNT);
      expect(new Set(ids).size).toBe(COUNT);
      expect(pages).toBe(COUNT / 2000 + 1);
    },
  );

  it.each(['csv', 'json'])(
    'is read as fast as it is taken, and no further when the caller goes: %s',
    async (format) => {
      const { port } = new URL(app.url);
      const headers = { authorization: `Bearer ${ann.token}` };
      const request = httpRequest({ port, path: `${EXPORT}?format=${format}`, headers });
      request.on('error', () => undefined).end();
      await new Promise((resolve) => request.once('response', (answer) => answer.once('readable', resolve)));
      await sleep(1_000);
      const taken = pages;
      expect(taken).toBeLessThan(COUNT / 2000 / 2); // as much as fits into the buffers on the way
      await sleep(300);
      expect(pages).toBe(taken);
      // Others are served meanwhile.
      await ann.ask(`${ORDERS}/1`);
      request.destroy();
      await sleep(500);
      expect(pages).toBe(taken);
    },
  );

  it('is cut where the database fails, so that nobody takes it for whole', async () => {
    const repository = app.app.get(OrderRepository);
    const { exportPage } = repository;
    repository.exportPage = (...args) =>
      pages < 2 ? exportPage(...args) : Promise.reject(new Error('the database went away'));
    try {
      for (const format of ['csv', 'json']) {
        pages = 0;
        const answer = await download(`?format=${format}`);
        expect(answer.status).toBe(200);
        await expect(answer.text()).rejects.toThrow(/terminated/);
      }
      await ann.ask(EXPORT, 500);
    } finally {
      repository.exportPage = exportPage;
    }
  });
});
