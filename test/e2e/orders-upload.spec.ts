import { readdirSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp, type TestRequest } from '../support/app.js';
import {
  form,
  IMPORT,
  onlyRow,
  ORDER_HEADER,
  OrdersClient,
  storedUploads,
} from '../support/orders-client.js';

const SAMPLE = readFileSync(new URL('../../samples/orders.csv', import.meta.url));
const UPLOAD_LIMIT = 4 * 1024 * 1024;

let app: TestApp;
let ann: OrdersClient;

beforeAll(async () => {
  app = await startApp({
    UPLOAD_LIMIT: String(UPLOAD_LIMIT),
    ORDERS_MAX_IMPORT_ERRORS: '100',
    JOB_POLL: '100',
  });
  ann = await OrdersClient.of(app, 'ann');
});
afterAll(() => app.close());

/** All that an upload leaves: files, half-written ones too, imports and jobs. */
async function traces(): Promise<unknown> {
  const rows = await onlyRow(
    app,
    'select (select count(*) from order_import) as imports, (select count(*) from job) as jobs',
  );
  return {
    files: await storedUploads(app),
    unfinished: readdirSync(join(app.dataDir, 'storage/incoming')),
    rows,
  };
}

describe('an upload that is refused', () => {
  /** What is refused must leave no file, import or job. */
  async function expectRefused(
    options: TestRequest,
    status: number,
    message?: string | RegExp,
  ): Promise<void> {
    const before = await traces();
    const refused = await ann.ask(IMPORT, status, { method: 'PUT', ...options });
    if (message !== undefined) expect(refused.message).toMatch(message);
    expect(await traces()).toEqual(before);
  }

  it.each(['report.pdf', 'orders.CSV', 'orders', 'orders.csv.gz', 'csv', 'orders.csv '])(
    'has the name %p',
    async (name) => {
      await expectRefused(
        { body: form(['csv_file', name, ORDER_HEADER]) },
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
    ['a file in another field', form(['file', 'orders.csv', ORDER_HEADER])],
    ['a file in a field of another case', form(['CSV_FILE', 'orders.csv', ORDER_HEADER])],
  ])('has %s', async (_, body) => {
    await expectRefused({ body }, 400, 'a csv file is required');
  });

  it('has a text where the file should be', async () => {
    const body = form();
    body.append('csv_file', ORDER_HEADER);
    await expectRefused({ body }, 400, 'a csv file is required');
  });

  it.each([
    ['nothing', {}],
    ['JSON', { json: { csv_file: ORDER_HEADER }, method: 'PUT' }],
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
      `${part('name="csv_file"; filename="a.csv"')}${ORDER_HEADER}`,
      multipart,
      'cannot be read as multipart/form-data',
    ],
    [
      'breaks off after the file',
      `${part('name="csv_file"; filename="a.csv"')}${ORDER_HEADER}\r\n--cut\r\n`,
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
    const line = Buffer.from(ORDER_HEADER);
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

  it('has a file of UTF-16 that is too large as it is sent, though not as it would be kept', async () => {
    const content = Buffer.from(`\ufeff${'x'.repeat(UPLOAD_LIMIT * 0.75)}`, 'utf16le');
    await expectRefused({ body: form(['csv_file', 'a.csv', content]) }, 413, String(UPLOAD_LIMIT));
  });

  it('is given up by its sender', async () => {
    const before = await traces();
    const { port } = new URL(app.url);
    const headers = { ...multipart, authorization: `Bearer ${ann.token}` };
    const request = httpRequest({ port, path: IMPORT, method: 'PUT', headers });
    request.on('error', () => undefined);
    request.write(part('name="csv_file"; filename="a.csv"'));
    for (let chunks = 0; chunks < 20; chunks++) {
      request.write(SAMPLE);
      await sleep(5);
    }
    expect(await traces()).toMatchObject({ unfinished: [expect.any(String)] });
    request.destroy();
    for (let tries = 0; tries < 100 && readdirSync(join(app.dataDir, 'storage/incoming')).length > 0; tries++)
      await sleep(20);
    expect(await traces()).toEqual(before);
  });

  it('cannot be recorded', async () => {
    const before = await storedUploads(app);
    const database = app.app.get(Database);
    await database.execute('alter table order_import rename column sha256 to hidden');
    try {
      await ann.ask(IMPORT, 500, { method: 'PUT', body: form(['csv_file', 'a.csv', SAMPLE]) });
    } finally {
      await database.execute('alter table order_import rename column hidden to sha256');
    }
    expect(await storedUploads(app)).toEqual(before);
  });
});

describe('an upload that is taken', () => {
  it('has a file of just the size that is allowed', async () => {
    const line = `${'x'.repeat(63)}\n`;
    const file = ORDER_HEADER + line.repeat(Math.floor((UPLOAD_LIMIT - ORDER_HEADER.length) / line.length));
    const result = await ann.ended(await ann.upload(file.padEnd(UPLOAD_LIMIT, 'x')));
    expect(result).toMatchObject({ status: 'SUCCESS', current: 0, imported: 0, percent: 100 });
    expect(result['rejected']).toBe(result['read']);
  });

  it('may hold other fields, and name the file as it likes', async () => {
    const body = form();
    body.append('comment', 'hello');
    body.append('csv_file', new Blob([ORDER_HEADER]), '../../etc/pa"ss\u202ewd.csv');
    const answer = await app.request(IMPORT, { method: 'PUT', token: ann.token, body });
    expect((await ann.ended(answer.headers.get('location')!))['status']).toBe('SUCCESS');
    for (const key of await storedUploads(app)) expect(key).toMatch(/^orders\/imports\/[0-9a-f-]{36}\.csv$/);
  });

  it('is told of as a failure where its header is wrong', async () => {
    const result = await ann.ended(await ann.upload('who|what\n1|2\n'));
    expect(result).toMatchObject({ status: 'FAILURE', current: 0, total: null, read: 0 });
    expect(result['error_code']).toBe('ORDER_HEADER_INVALID');
    expect(result['message']).toMatch(
      /^the first line of the file must name the columns id\|name\|email\|state\|zipcode\|birthday \(unknown: who, what; /,
    );
  });

  it.each([
    [
      'who|what\n1|2\n',
      /^a primeira linha .* \(desconhecidas: who, what; ausentes: id, name, .*; repetidas: –\)/,
    ],
    ['\0id|name\n', /^a linha contém bytes NUL/],
    ['\n'.repeat(65_536), /^há apenas linhas em branco nos primeiros 65536 bytes/],
    ['x'.repeat(65_536), /mais de 65536 bytes: é um arquivo de pedidos\?$/],
  ])('is told of as a failure in the language of the reader: %#', async (file, message) => {
    const location = await ann.upload(file);
    await ann.ended(location);
    const headers = { 'accept-language': 'pt' };
    const answer = await app.request(location, { token: ann.token, headers });
    const { result } = (await answer.json()) as { result: { message: string } };
    expect(result.message).toMatch(message);
  });

  it('is told of while it runs, and as a failure once it is cancelled', async () => {
    const lines = Array.from(
      { length: 30_000 },
      (_, index) => `${100_000 + index}|n|a@b.com|NY|1${index % 9}000|Feb 27, 1963\n`,
    );
    const location = await ann.upload(ORDER_HEADER + lines.join(''));
    const seen = new Set<string>();
    let last = await ann.ask(location);
    for (let tries = 0; tries < 500 && Number(last.result['current']) === 0; tries++) {
      seen.add(`${String(last.result['status'])}: ${last.message}${String(last.result['message'])}`);
      await sleep(5);
      last = await ann.ask(location);
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

    await app.request(`/api/v1.0/jobs/${location.split('/').at(-1)}`, { method: 'DELETE', token: ann.token });
    const result = await ann.ended(location);
    expect(result['status']).toBe('FAILURE');
    expect(await onlyRow(app, 'select count(*)::int as current from orders')).toEqual({
      current: result['current'],
    });
    expect(result['message']).toBe(`the import was cancelled, ${Number(result['current'])} orders imported`);
  });
});
