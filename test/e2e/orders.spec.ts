import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import {
  type Envelope,
  expectEnvelope,
  form,
  IMPORT,
  type ListedOrders,
  onlyRow,
  ORDER_HEADER,
  ORDERS,
  OrdersClient,
  storedUploads,
} from '../support/orders-client.js';
import { get, raw } from '../support/raw-http.js';

const SAMPLE = readFileSync(new URL('../../samples/orders.csv', import.meta.url));
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let app: TestApp;
let ann: OrdersClient;

beforeAll(async () => {
  app = await startApp({ ORDERS_MAX_PAGE: '5', JOB_POLL: '100' });
  ann = await OrdersClient.of(app, 'ann');
});
afterAll(() => app.close());

describe('a walk from the file to its orders', () => {
  let location: string;

  it('begins with the upload, which says where to look', async () => {
    const answer = await app.request(`${IMPORT}?uuid=my-own-id`, {
      method: 'PUT',
      token: ann.token,
      body: form(['csv_file', 'orders.csv', SAMPLE]),
    });
    location = answer.headers.get('location')!;
    expect(location).toMatch(/^\/acme_orders\/api\/v1\/orders\/import\/status\/[0-9a-f-]{36}$/);
    expect(await expectEnvelope(answer, 200)).toEqual({
      result: [],
      status_code: 200,
      uuid: 'my-own-id',
      message: 'starting importing proccess',
    });
  });

  it('goes on with its status, told in either form and language', async () => {
    const expected = {
      status: 'SUCCESS',
      current: 11,
      total: 12,
      percent: 100,
      read: 12,
      imported: 11,
      valid: 3,
      invalid: 8,
      duplicate: 1,
      rejected: 0,
      renumbered: 0,
      updated: 0,
      dry_run: false,
      file_name: 'orders.csv',
      on_duplicate: 'skip',
      error_code: null,
    };
    expect(await ann.ended(location)).toEqual({ ...expected, message: 'csv file succesfully imported' });
    const taskId = location.split('/').at(-1)!;
    for (const path of [
      `${IMPORT}/status?task_id=${taskId}`,
      `${IMPORT}/status/?task_id=${taskId}`,
      `${location}/`,
    ]) {
      const { result } = await ann.ask(path, 200, { headers: { 'accept-language': 'pt-BR' } });
      expect(result).toEqual({ ...expected, message: 'arquivo CSV importado com sucesso' });
    }
  });

  it('is recorded with the file and its owner', async () => {
    const row = await onlyRow(
      app,
      'select file_name, size::int, sha256, object_key, job_id, nickname from order_import join "user" on userid = owner',
    );
    expect(row).toEqual({
      file_name: 'orders.csv',
      size: SAMPLE.length,
      sha256: createHash('sha256').update(SAMPLE).digest('hex'),
      object_key: (await storedUploads(app))[0],
      job_id: location.split('/').at(-1),
      nickname: 'ann',
    });
  });

  it('ends with the orders', async () => {
    const { result } = await ann.ask<ListedOrders>(`${ORDERS}?after=7`);
    expect(result).toEqual([
      { id: 8, valid: false, name: 'Mia Rossi' },
      { id: 9, valid: false, name: 'Hana Sato' },
      { id: 10, valid: true, name: 'Omar Haddad' },
      { id: 11, valid: false, name: 'Nora Lind' },
    ]);
  });

  it.each([
    [3, 'allowed_state', "We don't ship to NJ", 'não enviamos para NJ'],
    [4, 'email_pattern', 'incorrect email pattern', 'padrão de e-mail incorreto'],
    [5, 'zipcode_sum', 'Your zipcode sum is too large', 'a soma dos dígitos do CEP é maior que a permitida'],
    [6, 'zipcode_length', 'incorrect zipcode length', 'tamanho de CEP inválido'],
    [
      7,
      'email_state',
      'customers from NY may not have a .net email address',
      'clientes de NY não podem ter um e-mail terminado em .net',
    ],
    [
      8,
      'allowed_age',
      'customers must be at least 21 years old to order alcohol',
      'é preciso ter pelo menos 21 anos para comprar bebidas alcoólicas',
    ],
  ])('order %i breaks the rule %s, which is told in both languages', async (id, rule, en, pt) => {
    const { result } = await ann.ask(`${ORDERS}/${id}`);
    expect(result['valid']).toBe(false);
    expect(result['errors']).toEqual([{ rule, message: en }]);
    for (const language of ['pt', 'pt-BR,pt;q=0.9,en;q=0.1', 'de, pt;q=0.5']) {
      const told = await ann.ask(`${ORDERS}/${id}`, 200, { headers: { 'accept-language': language } });
      expect(told.result['errors']).toEqual([{ rule, message: pt }]);
    }
  });

  it('shows an order as it was kept', async () => {
    const { result, uuid, message } = await ann.ask(`${ORDERS}/2`);
    expect(uuid).toMatch(UUID);
    expect(message).toBe('');
    expect(Object.entries(result)).toEqual([
      ['id', 2],
      ['valid', true],
      ['name', 'Ben Okafor'],
      ['email', 'ben.okafor@example.org'],
      ['state', 'NY'],
      ['zipcode', '100331011'],
      ['errors', []],
      ['birthday', 'May 17, 1978'],
    ]);
    expect((await ann.ask(`${ORDERS}/1`)).result['birthday']).toBe('February 27, 1963');
    expect((await ann.ask(`${ORDERS}/4`)).result['birthday']).toBe('November 09, 1985');
  });
});

describe('the list', () => {
  const ids = async (query: string) =>
    (await ann.ask<ListedOrders>(`${ORDERS}${query}`)).result.map(({ id }) => id);

  it.each([
    ['', [1, 2, 3, 4, 5]],
    ['/', [1, 2, 3, 4, 5]],
    ['/0', [1, 2, 3, 4, 5]],
    ['/0?limit=1', [1]],
    ['?limit=0&offset=0', [1, 2, 3, 4, 5]],
    ['?limit=2', [1, 2]],
    ['?limit=100', [1, 2, 3, 4, 5]],
    ['?limit=2&offset=2', [3, 4]],
    ['?offset=9', [10, 11]],
    ['?offset=99999999999999999999', []],
    ['?after=9', [10, 11]],
    ['?after=9&offset=1', [11]],
    ['?after=-99999999999999999999&limit=1', [1]],
    ['?valid=true', [1, 2, 10]],
    ['?valid=FALSE&limit=3', [3, 4, 5]],
    ['?valid=1&offset=2', [10]],
    ['?state=NY', [2, 7]],
    ['?state=ny', []],
    ['?state=PA&valid=0', [9, 11]],
    ['?state=PA&valid=1&limit=1', [10]],
    ['?colour=red&limit=1', [1]],
  ])('%p gives %p', async (query, expected) => {
    expect(await ids(query)).toEqual(expected);
  });

  it('tells where the next page is while there may be one', async () => {
    const seen: number[] = [];
    let path: string | undefined = `${ORDERS}?limit=3&valid=false`;
    for (let pages = 0; path !== undefined && pages < 10; pages++) {
      const answer = await app.request(path, { token: ann.token });
      seen.push(...((await answer.json()) as Envelope<ListedOrders>).result.map(({ id }) => id));
      path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
    }
    expect(seen).toEqual([3, 4, 5, 6, 7, 8, 9, 11]);
    expect(path).toBeUndefined();
  });

  it.each([
    ['?limit=ab', 'limit must be a number', 'limit precisa ser um número'],
    ['?offset=-1', 'offset must be a number', 'offset precisa ser um número'],
    ['?after=x', 'after must be a number', 'after precisa ser um número'],
    ['?valid=beans', 'valid must be a bool value', 'valid precisa ser um valor booleano'],
    ['?state=45', 'state must be a string of two letters', 'state precisa ser um texto de duas letras'],
    [
      '?limit=ab&offset=cd',
      'limit must be a number; offset must be a number',
      'limit precisa ser um número; offset precisa ser um número',
    ],
  ])('refuses %s in both languages', async (query, en, pt) => {
    expect((await ann.ask(`${ORDERS}${query}`, 400)).message).toBe(en);
    expect((await ann.ask(`${ORDERS}${query}`, 400, { headers: { 'accept-language': 'pt' } })).message).toBe(
      pt,
    );
  });
});

describe('what is not there', () => {
  it.each(['ab', '1.5', '1e1', '1x', '%20', "1'--"])('the order %p', async (id) => {
    expect((await ann.ask(`${ORDERS}/${id}`, 404)).message).toBe('endpoint not found');
  });

  it.each(['999', '-1', '2147483648', '-2147483649', '9'.repeat(300)])('the order %s', async (id) => {
    expect((await ann.ask(`${ORDERS}/${id}`, 404)).message).toBe(`there is no order ${id}`);
  });

  it.each([
    '/acme_orders/api/v2/pipocas',
    '/acme_orders/x',
    `${IMPORT}/status`,
    `${IMPORT}/status/`,
    `${IMPORT}/status?task_id=`,
    `${ORDERS}/1/2`,
  ])('the address %s', async (path) => {
    const { message, uuid } = await ann.ask(`${path}${path.includes('?') ? '&' : '?'}uuid=abc`, 404);
    expect([message, uuid]).toEqual(['endpoint not found', 'abc']);
    expect((await ann.ask(path, 404, { headers: { 'accept-language': 'pt' } })).message).toBe(
      'endpoint não encontrado',
    );
  });

  it.each([
    `${IMPORT}/status/nope`,
    `${IMPORT}/status/task_id=nope`,
    `${IMPORT}/status?task_id=nope`,
    `${IMPORT}/status/0199f0de-5f5a-7cc4-8d3e-0123456789ab`,
  ])('the import of %s', async (path) => {
    await ann.ask(path, 404);
  });

  it("somebody else's import, unless one may see all jobs", async () => {
    const location = await ann.upload(ORDER_HEADER);
    await ann.ended(location);
    const bob = await OrdersClient.of(app, 'bob');
    await bob.ask(location, 404);
    await bob.ask(location, 200, { token: await app.adminToken() });
  });

  it('jobs of a kind or an owner that no text in the database can be', async () => {
    for (const query of ['kind=%00', 'owner=a%00b']) {
      const answer = await app.request(`/api/v1.0/jobs?${query}`, { token: await app.adminToken() });
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
        400,
        'INVALID_INPUT',
      ]);
    }
  });

  it('a job that imports nothing', async () => {
    const location = await ann.upload(ORDER_HEADER);
    await ann.ended(location);
    await app.app
      .get(Database)
      .execute(`update job set kind = 'jobs.prune' where id = $1`, [location.split('/').at(-1)]);
    expect((await ann.ask(location, 404)).message).toBe('endpoint not found');
  });
});

describe('who may not', () => {
  it.each([
    ['GET', ORDERS],
    ['GET', `${ORDERS}/1`],
    ['PUT', IMPORT],
    ['GET', `${IMPORT}/status/x`],
    ['GET', `${IMPORT}/status?task_id=x`],
  ])('%s %s without a token', async (method, path) => {
    const answer = await app.request(path, { method });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    await expectEnvelope(answer, 401);
    await ann.ask(path, 401, { method, token: 'nonsense' });
  });

  it('is told in the envelope, however the address is written', async () => {
    const { port, host } = new URL(app.url);
    for (const target of ['/%61cme_orders/api/v1/orders', `http://${host}${ORDERS}`]) {
      const answer = await raw(Number(port), get(target, 'Connection: close'));
      expect(JSON.parse(answer.body)).toMatchObject({ result: {}, status_code: 401 });
    }
  });

  it('is told in the envelope too: a method that the address does not take', async () => {
    const answer = await app.request(IMPORT, { method: 'POST', token: ann.token });
    expect(answer.headers.get('allow')).toMatch(/\bPUT\b/);
    await expectEnvelope(answer, 405);
    await ann.ask(ORDERS, 405, { method: 'DELETE' });
    await ann.ask(`${ORDERS}/1`, 405, { method: 'PATCH', json: {} });
  });
});
