import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemActor, UsersService } from '../../src/identity/index.js';
import { Database } from '../../src/platform/database/database.js';
import { ObjectStore } from '../../src/storage/index.js';
import { startApp, type TestApp, type TestRequest } from '../support/app.js';

const ORDERS = '/acme_orders/api/v1/orders';
const IMPORT = `${ORDERS}/import`;
const HEADER = 'id|name|email|state|zipcode|birthday\n';
const SAMPLE = readFileSync(new URL('../../samples/orders.csv', import.meta.url));
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const UPLOAD_LIMIT = 4 * 1024 * 1024;

interface Envelope<Result = Record<string, unknown>> {
  result: Result;
  status_code: number;
  uuid: string;
  message: string;
}
type Listed = { id: number; valid: boolean; name: string }[];

let app: TestApp;
let admin: string;
let ann: string;

beforeAll(async () => {
  app = await startApp({ UPLOAD_LIMIT: String(UPLOAD_LIMIT), ORDERS_MAX_PAGE: '5', JOB_POLL: '100' });
  admin = await app.adminToken();
  ann = await tokenOfNewUser('ann');
});
afterAll(() => app.close());

async function tokenOfNewUser(name: string): Promise<string> {
  const { password } = await app.app.get(UsersService).createUser(systemActor(), name);
  const answer = await app.request('/api/v1.0/tokens?expiration=3600', {
    method: 'POST',
    basic: [name, password],
  });
  return ((await answer.json()) as { token: string }).token;
}

/** Asks as ann, unless another token is given, and checks that the answer is an envelope of the expected status. */
async function ask<Result = Record<string, unknown>>(
  path: string,
  status = 200,
  options: TestRequest = {},
): Promise<Envelope<Result>> {
  const answer = await app.request(path, { token: ann, ...options });
  return expectEnvelope(answer, status);
}

async function expectEnvelope<Result>(answer: Response, status: number): Promise<Envelope<Result>> {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  const envelope = (await answer.json()) as Envelope<Result>;
  expect(Object.keys(envelope)).toEqual(['result', 'status_code', 'uuid', 'message']);
  expect(envelope.status_code).toBe(status);
  if (status !== 200) expect(envelope.result).toEqual({});
  return envelope;
}

/** A form with the given files. */
function form(...files: [field: string, name: string, content: string | Buffer][]): FormData {
  const data = new FormData();
  for (const [field, name, content] of files)
    data.append(field, new Blob([new Uint8Array(Buffer.from(content))]), name);
  return data;
}

/** Uploads a file and returns where its status is. */
async function upload(content: string | Buffer, path = IMPORT): Promise<string> {
  const answer = await app.request(path, {
    method: 'PUT',
    token: ann,
    body: form(['csv_file', 'orders.csv', content]),
  });
  expect(answer.status).toBe(200);
  return answer.headers.get('location')!;
}

/** Polls until the import has ended, and returns its status. */
async function ended(location: string): Promise<Record<string, unknown>> {
  for (let tries = 0; tries < 600; tries++) {
    const { result } = await ask(location);
    if (['SUCCESS', 'FAILURE'].includes(result['status'] as string)) return result;
    await sleep(50);
  }
  throw new Error('the import did not end within 30 s');
}

/** Keys of the uploads that are in the store. */
async function storedUploads(): Promise<string[]> {
  return (await app.app.get(ObjectStore).list('orders/', { limit: 1000 })).objects.map(({ key }) => key);
}

async function countOf(table: string): Promise<number> {
  const [row] = await app.app
    .get(Database)
    .query<{ count: number }>(`select count(*)::int as count from ${table}`);
  return row!.count;
}

describe('a walk from the file to its orders', () => {
  let location: string;

  it('begins with the upload, which says where to look', async () => {
    const answer = await app.request(`${IMPORT}?uuid=my-own-id`, {
      method: 'PUT',
      token: ann,
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
    };
    expect(await ended(location)).toEqual({ ...expected, message: 'csv file succesfully imported' });
    const taskId = location.split('/').at(-1)!;
    for (const path of [
      `${IMPORT}/status?task_id=${taskId}`,
      `${IMPORT}/status/?task_id=${taskId}`,
      `${location}/`,
    ]) {
      const { result } = await ask(path, 200, { headers: { 'accept-language': 'pt-BR' } });
      expect(result).toEqual({ ...expected, message: 'arquivo CSV importado com sucesso' });
    }
  });

  it('is recorded with the file and its owner', async () => {
    const [row] = await app.app
      .get(Database)
      .query<Record<string, unknown>>(
        'select file_name, size::int, sha256, object_key, job_id, nickname from order_import join "user" on userid = owner',
      );
    expect(row).toEqual({
      file_name: 'orders.csv',
      size: SAMPLE.length,
      sha256: createHash('sha256').update(SAMPLE).digest('hex'),
      object_key: (await storedUploads())[0],
      job_id: location.split('/').at(-1),
      nickname: 'ann',
    });
  });

  it('ends with the orders', async () => {
    const { result } = await ask<Listed>(`${ORDERS}?after=7`);
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
    const { result } = await ask(`${ORDERS}/${id}`);
    expect(result['valid']).toBe(false);
    expect(result['errors']).toEqual([{ rule, message: en }]);
    for (const language of ['pt', 'pt-BR,pt;q=0.9,en;q=0.1', 'de, pt;q=0.5']) {
      const told = await ask(`${ORDERS}/${id}`, 200, { headers: { 'accept-language': language } });
      expect(told.result['errors']).toEqual([{ rule, message: pt }]);
    }
  });

  it('shows an order as it was kept', async () => {
    const { result, uuid, message } = await ask(`${ORDERS}/2`);
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
    expect((await ask(`${ORDERS}/1`)).result['birthday']).toBe('February 27, 1963');
    expect((await ask(`${ORDERS}/4`)).result['birthday']).toBe('November 09, 1985');
  });
});

describe('the list', () => {
  const ids = async (query: string) => (await ask<Listed>(`${ORDERS}${query}`)).result.map(({ id }) => id);

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
      const answer = await app.request(path, { token: ann });
      seen.push(...((await answer.json()) as Envelope<Listed>).result.map(({ id }) => id));
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
    expect((await ask(`${ORDERS}${query}`, 400)).message).toBe(en);
    expect((await ask(`${ORDERS}${query}`, 400, { headers: { 'accept-language': 'pt' } })).message).toBe(pt);
  });
});

describe('what is not there', () => {
  it.each(['ab', '1.5', '1e1', '1x', '%20', 'import', "1'--"])('the order %p', async (id) => {
    expect((await ask(`${ORDERS}/${id}`, 404)).message).toBe('endpoint not found');
  });

  it.each(['999', '-1', '2147483648', '-2147483649', '9'.repeat(300)])('the order %s', async (id) => {
    expect((await ask(`${ORDERS}/${id}`, 404)).message).toBe(`there is no order ${id}`);
  });

  it.each([
    '/acme_orders/api/v2/pipocas',
    '/acme_orders/x',
    `${IMPORT}/status`,
    `${IMPORT}/status/`,
    `${IMPORT}/status?task_id=`,
    `${ORDERS}/1/2`,
  ])('the address %s', async (path) => {
    const { message, uuid } = await ask(`${path}${path.includes('?') ? '&' : '?'}uuid=abc`, 404);
    expect([message, uuid]).toEqual(['endpoint not found', 'abc']);
    expect((await ask(path, 404, { headers: { 'accept-language': 'pt' } })).message).toBe(
      'endpoint não encontrado',
    );
  });

  it.each([
    `${IMPORT}/status/nope`,
    `${IMPORT}/status/task_id=nope`,
    `${IMPORT}/status?task_id=nope`,
    `${IMPORT}/status/0199f0de-5f5a-7cc4-8d3e-0123456789ab`,
  ])('the import of %s', async (path) => {
    await ask(path, 404);
  });

  it("somebody else's import, unless one may see all jobs", async () => {
    const location = await upload(HEADER);
    await ended(location);
    const bob = await tokenOfNewUser('bob');
    await ask(location, 404, { token: bob });
    await ask(location, 200, { token: admin });
  });

  it('a job that imports nothing', async () => {
    const location = await upload(HEADER);
    await ended(location);
    await app.app
      .get(Database)
      .execute(`update job set kind = 'jobs.prune' where id = $1`, [location.split('/').at(-1)]);
    expect((await ask(location, 404)).message).toBe('endpoint not found');
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
    await ask(path, 401, { method, token: 'nonsense' });
  });

  it('is told in the envelope too: a method that the address does not take', async () => {
    const answer = await app.request(IMPORT, { method: 'POST', token: ann });
    expect(answer.headers.get('allow')).toMatch(/\bPUT\b/);
    await expectEnvelope(answer, 405);
    await ask(ORDERS, 405, { method: 'DELETE' });
    await ask(`${ORDERS}/1`, 405, { method: 'PATCH', json: {} });
  });
});

describe('an upload that is refused', () => {
  /** What is refused must leave no file, import or job. */
  async function expectRefused(
    options: TestRequest,
    status: number,
    message?: string | RegExp,
  ): Promise<void> {
    const before = [await storedUploads(), await countOf('order_import'), await countOf('job')];
    const refused = await ask(IMPORT, status, { method: 'PUT', ...options });
    if (message !== undefined) expect(refused.message).toMatch(message);
    expect([await storedUploads(), await countOf('order_import'), await countOf('job')]).toEqual(before);
  }

  it.each(['report.pdf', 'orders.CSV', 'orders', 'orders.csv.gz', 'csv', 'orders.csv '])(
    'has the name %p',
    async (name) => {
      await expectRefused(
        { body: form(['csv_file', name, HEADER]) },
        402,
        "only '.csv' files may be uploaded",
      );
    },
  );

  it('has a long content and the wrong name', async () => {
    await expectRefused({ body: form(['csv_file', 'orders.xlsx', Buffer.alloc(3 * 1024 * 1024)]) }, 402);
  });

  it.each([
    ['no file', form()],
    ['a file in another field', form(['file', 'orders.csv', HEADER])],
    ['a file in a field of another case', form(['CSV_FILE', 'orders.csv', HEADER])],
  ])('has %s', async (_, body) => {
    await expectRefused({ body }, 400, 'a csv file is required');
  });

  it('has a text where the file should be', async () => {
    const body = form();
    body.append('csv_file', HEADER);
    await expectRefused({ body }, 400, 'a csv file is required');
  });

  it.each([
    ['nothing', {}],
    ['JSON', { json: { csv_file: HEADER }, method: 'PUT' }],
    ['a bare file', { body: SAMPLE, headers: { 'content-type': 'text/csv' } }],
    ['a bare file of no type', { body: SAMPLE }],
    [
      'another kind of multipart',
      { body: SAMPLE, headers: { 'content-type': 'multipart/mixed; boundary=x' } },
    ],
  ])('is %s', async (_, options) => {
    await expectRefused(options, 400, 'a csv file is required');
  });

  it('says so in Portuguese', async () => {
    await expectRefused(
      { body: form(), headers: { 'accept-language': 'pt' } },
      400,
      'é necessário um arquivo CSV',
    );
  });

  it.each([
    ['two files', form(['csv_file', 'a.csv', SAMPLE], ['csv_file', 'b.csv', SAMPLE])],
    [
      'a second file in another field',
      form(['csv_file', 'a.csv', SAMPLE], ['more', 'b.pdf', Buffer.alloc(1024 * 1024)]),
    ],
  ])('has %s', async (_, body) => {
    await expectRefused({ body }, 400, 'only one csv file may be sent at a time');
  });

  const multipart = { 'content-type': 'multipart/form-data; boundary=cut' };
  const part = (disposition: string) => `--cut\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`;
  it.each([
    [
      'has a file without a name',
      `${part('name="csv_file"; filename=""')}x\r\n--cut--\r\n`,
      multipart,
      'a csv file is required',
    ],
    [
      'breaks off within the file',
      `${part('name="csv_file"; filename="a.csv"')}${HEADER}`,
      multipart,
      'cannot be read as multipart/form-data',
    ],
    [
      'breaks off after the file',
      `${part('name="csv_file"; filename="a.csv"')}${HEADER}\r\n--cut\r\n`,
      multipart,
      'cannot be read as multipart/form-data',
    ],
    [
      'names no boundary',
      SAMPLE,
      { 'content-type': 'multipart/form-data' },
      'cannot be read as multipart/form-data',
    ],
    ['is empty', '', multipart, 'a csv file is required'],
  ])('%s', async (_, body, headers, message) => {
    await expectRefused({ body, headers }, 400, message);
  });

  it('has a file of one byte more than is allowed', async () => {
    const line = Buffer.from(HEADER);
    await expectRefused(
      { body: form(['csv_file', 'a.csv', Buffer.alloc(UPLOAD_LIMIT + 1, line)]) },
      413,
      String(UPLOAD_LIMIT),
    );
  });

  it('has a file of many times what is allowed', async () => {
    await expectRefused(
      { body: form(['csv_file', 'a.csv', Buffer.alloc(4 * UPLOAD_LIMIT, 'x')]) },
      413,
      String(UPLOAD_LIMIT),
    );
  });

  it('is given up by its sender', async () => {
    const before = await storedUploads();
    const { port } = new URL(app.url);
    const request = httpRequest({
      port,
      path: IMPORT,
      method: 'PUT',
      headers: { ...multipart, authorization: `Bearer ${ann}` },
    });
    request.on('error', () => undefined);
    request.write(part('name="csv_file"; filename="a.csv"'));
    for (let chunks = 0; chunks < 20; chunks++) {
      request.write(SAMPLE);
      await sleep(5);
    }
    request.destroy();
    await sleep(200);
    expect(await storedUploads()).toEqual(before);
    expect((await ask<Listed>(ORDERS)).result).toHaveLength(5);
  });

  it('cannot be recorded', async () => {
    const before = await storedUploads();
    const database = app.app.get(Database);
    await database.execute('alter table order_import rename column sha256 to hidden');
    try {
      await ask(IMPORT, 500, { method: 'PUT', body: form(['csv_file', 'a.csv', SAMPLE]) });
    } finally {
      await database.execute('alter table order_import rename column hidden to sha256');
    }
    expect(await storedUploads()).toEqual(before);
  });
});

describe('an upload that is taken', () => {
  it('has a file of just the size that is allowed', async () => {
    const line = `${'x'.repeat(63)}\n`;
    const file = HEADER + line.repeat(Math.floor((UPLOAD_LIMIT - HEADER.length) / line.length));
    const result = await ended(await upload(file.padEnd(UPLOAD_LIMIT, 'x')));
    expect(result).toMatchObject({ status: 'SUCCESS', current: 0, imported: 0, percent: 100 });
    expect(result['rejected']).toBe(result['read']);
  });

  it('may hold other fields, and name the file as it likes', async () => {
    const body = form();
    body.append('comment', 'hello');
    body.append('csv_file', new Blob([HEADER]), '../../etc/pa"ss\u202ewd.csv');
    const answer = await app.request(IMPORT, { method: 'PUT', token: ann, body });
    expect((await ended(answer.headers.get('location')!))['status']).toBe('SUCCESS');
    for (const key of await storedUploads()) expect(key).toMatch(/^orders\/imports\/[0-9a-f-]{36}\.csv$/);
  });

  it('is told of as a failure where its header is wrong', async () => {
    const result = await ended(await upload('who|what\n1|2\n'));
    expect(result).toMatchObject({ status: 'FAILURE', current: 0, total: null, read: 0 });
    expect(result['message']).toMatch(
      /^The first line of the file must be id\|name\|email\|state\|zipcode\|birthday/,
    );
  });

  it('is told of while it runs, and as a failure once it is cancelled', async () => {
    const lines = Array.from(
      { length: 30_000 },
      (_, index) => `${100_000 + index}|n|a@b.com|NY|1${index % 9}000|Feb 27, 1963\n`,
    );
    const location = await upload(HEADER + lines.join(''));
    const seen = new Set<string>();
    let last = await ask(location);
    for (let tries = 0; tries < 500 && Number(last.result['current']) === 0; tries++) {
      seen.add(`${String(last.result['status'])}: ${last.message}${String(last.result['message'])}`);
      await sleep(5);
      last = await ask(location);
    }
    expect(last.result).toMatchObject({ status: 'PROGRESS', total: null });
    const current = Number(last.result['current']);
    expect(last.result['message']).toBe(`importing, ${current} orders imported`);
    expect(Number(last.result['percent'])).toBeGreaterThan(0);
    expect(Number(last.result['percent'])).toBeLessThan(100);
    for (const one of seen)
      expect(['PENDING: starting importing proccess', 'PROGRESS: importing, 0 orders imported']).toContain(
        one,
      );

    await app.request(`/api/v1.0/jobs/${location.split('/').at(-1)}`, { method: 'DELETE', token: ann });
    const result = await ended(location);
    expect(result['status']).toBe('FAILURE');
    expect(result['current']).toBe(
      (
        await app.app
          .get(Database)
          .query<{ count: number }>('select count(*)::int as count from orders where id >= 100000')
      )[0]!.count,
    );
    expect(result['message']).toBe(`the import was cancelled, ${Number(result['current'])} orders imported`);
  });
});
