import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import {
  type Envelope,
  type ListedOrders,
  ORDER_HEADER,
  ORDERS,
  OrdersClient,
} from '../support/orders-client.js';
import { anOrder, nextPage, storeOrders, type StoredOrder } from '../support/orders-rows.js';

const RULE = 'rule must be one or more of';
const ODD_NAMES = ['', `O'Neill "x" \\`, '100%', '100_', '=1+1', 'Ann', 'ANN', 'ann', 'Anna', 'ann lee'];

/** Orders with many ties in each column, in an order that none of the sorts has. */
const STORED: StoredOrder[] = Array.from({ length: 120 }, (_, index) => {
  const id = ((index * 77) % 127) - 20;
  return anOrder(id, {
    name: ODD_NAMES[index % ODD_NAMES.length]!,
    email: `${['Zoe', 'bob', 'BOB', 'x%'][index % 4]}@example.com`,
    state: ['NY', 'CA', 'TX'][index % 3]!,
    zipcode: ['11111', '05938', '1111', '9'][index % 4]!,
    birthday: ['1963-02-27', '1999-12-31', '2024-02-29'][index % 3]!,
    valid: index % 5 > 1,
    errors:
      index % 5 === 0
        ? [{ rule: 'allowed_age', params: { age: 21 } }]
        : index % 5 === 1
          ? [{ rule: 'email_pattern' }, { rule: 'zipcode_sum' }]
          : null,
  });
});

const SORTED_BY: Record<string, (order: StoredOrder) => string | number> = {
  id: ({ id }) => id,
  name: ({ name }) => name.toLowerCase(),
  email: ({ email }) => email.toLowerCase(),
  state: ({ state }) => state,
  zipcode: ({ zipcode }) => zipcode,
  birthday: ({ birthday }) => birthday,
  valid: ({ valid }) => Number(valid),
};
const SORTS = Object.keys(SORTED_BY).flatMap((column) => [column, `-${column}`]);

/** The ids that a sort should give. */
function sorted(sort: string, orders: readonly StoredOrder[] = STORED): number[] {
  const key = SORTED_BY[sort.replace('-', '')]!;
  const direction = sort.startsWith('-') ? -1 : 1;
  const compare = <T>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0);
  return [...orders]
    .sort((a, b) => direction * (compare(key(a), key(b)) || compare(a.id, b.id)))
    .map(({ id }) => id);
}

let app: TestApp;
let ann: OrdersClient;

beforeAll(async () => {
  app = await startApp({ ORDERS_MAX_PAGE: '200', JOB_POLL: '100' });
  ann = await OrdersClient.of(app, 'ann');
  await storeOrders(app, STORED);
});
afterAll(() => app.close());

/** The address of a page of the list. */
const address = (query: Record<string, string>) => `${ORDERS}?${new URLSearchParams(query).toString()}`;
const list = async (query: Record<string, string>) => (await ann.ask<ListedOrders>(address(query))).result;
const ids = async (query: Record<string, string>) => (await list(query)).map(({ id }) => id);

/** The ids of all pages, each `limit` long but the last one. */
async function walk(query: Record<string, string>, limit: number): Promise<number[]> {
  const seen: number[] = [];
  let path: string | undefined = address({ ...query, limit: String(limit) });
  while (path !== undefined) {
    const answer = await app.request(path, { token: ann.token });
    const { result } = (await answer.json()) as Envelope<ListedOrders>;
    path = nextPage(answer);
    expect(result.length <= limit && (path === undefined || result.length === limit)).toBe(true);
    seen.push(...result.map(({ id }) => id));
    if (seen.length > 1000) throw new Error('the pages do not end');
  }
  return seen;
}

describe('a sort', () => {
  it.each(SORTS)('%s gives every order once, page by page, ties by id', async (sort) => {
    expect(await ids({ sort })).toEqual(sorted(sort));
    expect(await walk({ sort }, 7)).toEqual(sorted(sort));
    expect(await walk({ sort, fields: 'all' }, 40)).toEqual(sorted(sort));
  });

  it.each(SORTS)('%s goes on within what the filters leave', async (sort) => {
    const query = { sort, valid: 'false', q: 'an', birthday_from: '1970-01-01' };
    const left = STORED.filter(
      ({ valid, name, birthday }) => !valid && /^an/i.test(name) && birthday > '1970-01-01',
    );
    expect(left.length).toBeGreaterThan(10);
    expect(await walk(query, 3)).toEqual(sorted(sort, left));
  });

  it('is by id where none is asked for, and goes on after a number then', async () => {
    expect(await ids({ after: '50' })).toEqual(sorted('id').filter((id) => id > 50));
    expect(await ids({ sort: '-id', after: '50', limit: '3' })).toEqual([49, 48, 47]);
    expect(await ids({ sort: '-id', after: '-9'.padEnd(400, '9') })).toEqual([]);
    expect(await ids({ sort: '-id', after: '9'.repeat(400), limit: '1' })).toEqual([106]);
    expect(await ids({ sort: '-name', offset: '118' })).toEqual(sorted('-name').slice(118));
  });

  it('keeps its place when the order that it stood at is gone', async () => {
    await storeOrders(app, [anOrder(900, { name: 'ann' })]);
    const sort = {
      sort: 'name',
      name: 'ANN',
      limit: String(STORED.filter(({ name }) => /^ann$/i.test(name)).length + 1),
    };
    const answer = await app.request(address(sort), { token: ann.token });
    expect(((await answer.json()) as Envelope<ListedOrders>).result.at(-1)!.id).toBe(900);
    await remove(900);
    expect((await ann.ask<ListedOrders>(nextPage(answer)!)).result).toEqual([]);
  });
});

async function remove(id: number): Promise<void> {
  await app.app.get(Database).execute('delete from orders where id = $1', [id]);
}

describe('a filter', () => {
  it.each<[Record<string, string>, (order: StoredOrder) => boolean]>([
    [{ id: '5' }, ({ id }) => id === 5],
    [{ id: '7,5,-3,5,4000' }, ({ id }) => [5, 7, -3].includes(id)],
    [{ id: '99999999999999999999' }, () => false],
    [{ id_from: '10', id_to: '12' }, ({ id }) => id >= 10 && id <= 12],
    [{ id_from: '9'.repeat(300) }, () => false],
    [{ id_to: '9'.repeat(300) }, () => true],
    [{ name: 'aNN' }, ({ name }) => /^ann$/i.test(name)],
    [{ name: '' }, ({ name }) => name === ''],
    [{ name: '%' }, () => false],
    [{ name: `o'neill "X" \\` }, ({ name }) => name.startsWith('O')],
    [{ email: 'BOB@example.COM' }, ({ email }) => /^bob/i.test(email)],
    [{ state: 'CA' }, ({ state }) => state === 'CA'],
    [{ zipcode: '1111' }, ({ zipcode }) => zipcode === '1111'],
    [{ birthday: '2024-02-29' }, ({ birthday }) => birthday === '2024-02-29'],
    [{ birthday_from: '1999-12-31' }, ({ birthday }) => birthday >= '1999-12-31'],
    [{ birthday_to: '1999-12-31' }, ({ birthday }) => birthday <= '1999-12-31'],
    [{ birthday_from: '2000-01-01', birthday_to: '1999-01-01' }, () => false],
    [{ valid: '0' }, ({ valid }) => !valid],
    [{ rule: 'allowed_age' }, ({ errors }) => errors?.[0]!.rule === 'allowed_age'],
    [{ rule: 'zipcode_sum' }, ({ errors }) => errors?.[1]?.rule === 'zipcode_sum'],
    [{ rule: 'zipcode_sum,allowed_age' }, ({ errors }) => errors !== null],
    [{ rule: 'allowed_state' }, () => false],
    [{ rule: 'allowed_age', valid: 'true' }, () => false],
    [{ q: 'ann' }, ({ name }) => /^ann/i.test(name)],
    [{ q: 'ANN L' }, ({ name }) => /^ann l/i.test(name)],
    [{ q: 'zoe' }, ({ email }) => /^zoe/i.test(email)],
    [{ q: '100' }, ({ id, name }) => id === 100 || name.startsWith('100')],
    [{ q: '-3' }, ({ id }) => id === -3],
    [{ q: '%' }, () => false],
    [{ q: '_nn' }, () => false],
    [{ q: '100_' }, ({ name }) => name === '100_'],
    [{ q: 'x%' }, ({ email }) => email.startsWith('x%')],
    [{ q: `o'neill "x" \\` }, ({ name }) => name.startsWith('O')],
    [{ q: '\\' }, () => false],
    [{ q: '' }, () => true],
    [{ q: '9'.repeat(200) }, () => false],
    [{ import: '0199f0de-5f5a-7cc4-8d3e-0123456789ab' }, () => false],
    [
      { state: 'NY', valid: 'true', q: 'ann', id_from: '1' },
      (order) => order.state === 'NY' && order.valid && /^ann/i.test(order.name) && order.id > 0,
    ],
    [{ colour: 'red', id: '5' }, ({ id }) => id === 5],
  ])('%p leaves what it says', async (query, wanted) => {
    expect(await ids(query)).toEqual(sorted('id', STORED.filter(wanted)));
  });

  it('by rule or by name finds something at all', async () => {
    const queries: Record<string, string>[] = [
      { rule: 'allowed_age' },
      { name: 'ann' },
      { q: '100' },
      { q: 'x%' },
    ];
    for (const query of queries) expect((await ids(query)).length).toBeGreaterThan(1);
  });

  it('stays in the address of the next page, whatever it holds', async () => {
    const query = {
      q: `o'neill "x" \\`,
      email: 'BOB@example.com',
      rule: 'email_pattern,allowed_state',
      sort: '-birthday',
    };
    const wanted = STORED.filter(
      ({ name, email, errors }) =>
        name.startsWith('O') && /^bob/i.test(email) && errors?.[0]!.rule === 'email_pattern',
    );
    expect(wanted.length).toBeGreaterThan(2);
    await storeOrders(app, [
      anOrder(901, { ...wanted[0], id: 901 }),
      anOrder(902, { ...wanted[0], id: 902 }),
    ]);
    try {
      const seen = await walk(query, 1);
      expect(seen).toHaveLength(wanted.length + 2);
      expect(seen).toEqual(await ids(query));
    } finally {
      await remove(901);
      await remove(902);
    }
  });

  it('by import gives what its file brought, told by the id of its task', async () => {
    const line = (id: number, name: string) => `${id}|${name}|new@example.com|NY|11111|Feb 27, 1963\n`;
    const location = await ann.upload(
      ORDER_HEADER + line(5001, 'new b') + line(5002, 'new a') + line(5, 'taken'),
    );
    await ann.ended(location);
    const task = location.split('/').at(-1)!;
    expect(await ids({ import: task })).toEqual([5001, 5002]);
    expect(await walk({ import: task.toUpperCase(), sort: 'name' }, 1)).toEqual([5002, 5001]);
    expect(await ids({ import: task, q: 'new b', valid: 'true', state: 'NY' })).toEqual([5001]);
    await remove(5001);
    await remove(5002);
  });
});

describe('an item of the list', () => {
  it('is brief in every sort', async () => {
    for (const sort of SORTS) {
      const [first] = await list({ sort, limit: '1' });
      expect(Object.keys(first!)).toEqual(['id', 'valid', 'name']);
    }
  });

  it('is the whole order where all fields are asked for, told in the language of the reader', async () => {
    for (const sort of ['id', '-email']) {
      const path = `${ORDERS}?fields=all&limit=200&sort=${sort}`;
      const options = { headers: { 'accept-language': 'pt' } };
      const { result } = await ann.ask<ListedOrders>(path, 200, options);
      expect(result).toHaveLength(STORED.length);
      for (const order of [result[0]!, result[50]!, result.at(-1)!].filter(({ id }) => id !== 0))
        expect(order).toEqual((await ann.ask(`${ORDERS}/${order.id}`, 200, options)).result);
      expect(JSON.stringify(result)).toContain('é preciso ter pelo menos 21 anos');
    }
  });
});

describe('what is not valid', () => {
  const otherSort = Buffer.from('["email","a",1]').toString('base64url');
  const nul = Buffer.from('["name","\\u0000",1]').toString('base64url');
  it.each([
    ['sort=age', /^sort must be one of id, -id, name, .*-valid$/, /^sort precisa ser um destes: id/],
    [
      'sort=name&after=5',
      'after must be what the Link of a page in the same sort says',
      /^after precisa ser o que/,
    ],
    [`sort=name&after=${otherSort}`, /^after must be what/, /^after/],
    [`sort=name&after=${nul}`, /^after must be what/, /^after/],
    [`sort=id&after=${otherSort}`, 'after must be a number', 'after precisa ser um número'],
    ['id=1,x', 'id must be a number, or up to 100 numbers with commas between', /^id precisa/],
    [`id=${Array(101).fill('1').join(',')}`, /^id must/, /^id precisa/],
    ['id_from=1.5', 'id_from must be a number', 'id_from precisa ser um número'],
    ['id_to=x', 'id_to must be a number', 'id_to precisa ser um número'],
    ['birthday=1963-02-30', /^birthday must be a date/, /^birthday precisa ser uma data/],
    ['birthday_from=x', /^birthday_from must be a date/, /^birthday_from precisa/],
    ['birthday_to=27/02/1963', /^birthday_to must be a date/, /^birthday_to precisa/],
    ['rule=age', new RegExp(`^${RULE}`), /^rule precisa ser/],
    ['import=x', 'import must be the task id of an import', /^import precisa ser o id da tarefa/],
    ['fields=name', 'fields must be all', 'fields precisa ser all'],
    ['q=%00', 'q must be one text without NUL characters', 'q precisa ser um só texto, sem caracteres NUL'],
    ['q=a&q=b', /^q must be one text/, /^q precisa/],
    ['name=a%00', /^name must be one text/, /^name precisa/],
    ['email=%00&zipcode=%00', /^email must be .*; zipcode must be/, /^email precisa .*; zipcode precisa/],
    ['sort=id&sort=id', /^sort must be/, /^sort precisa/],
    ['limit=x&q=%00', /^limit must be a number; q must be/, /^limit precisa .*; q precisa/],
  ])('is refused by name: %s', async (query, en, pt) => {
    expect((await ann.ask(`${ORDERS}?${query}`, 400)).message).toMatch(en);
    const told = await ann.ask(`${ORDERS}?${query}`, 400, { headers: { 'accept-language': 'pt' } });
    expect(told.message).toMatch(pt);
  });

  it.each([
    'q=%',
    'q=%ff%fe',
    'q=%ed%a0%80',
    'name=%F0%9F%8D%B7',
    'q=%0d%0a',
    'id[]=1',
    '__proto__=1&q[a]=b',
  ])('but odd is taken as it is: %s', async (query) => {
    await ann.ask(`${ORDERS}?${query}&limit=1`);
    await ann.ask(`${ORDERS}?${query}&limit=1&sort=name`);
  });
});
