import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  goodLine as good,
  IMPORTER,
  ORDER_FILE_HEADER as HEADER,
  OrderImports,
} from '../../../test/support/order-imports.js';
import { ObjectStore } from '../../storage/index.js';
import type { ImportCheckpoint } from './import-orders.job.js';
import { NO_COUNTS } from './order-import-options.js';
import { OrderRulesService } from '../rules/order-rules.service.js';
import { OrderWriter } from './order-writer.js';

let imports: OrderImports;

beforeAll(async () => {
  imports = await OrderImports.start();
});
afterAll(() => imports.close());
beforeEach(() => imports.clear());

describe('a file of orders', () => {
  it('is read, judged and stored', async () => {
    const file =
      HEADER +
      '9|Stone Dominguez|a@b.com|IA|05-938|Feb 27, 1963\n' +
      '10|Davis Walters|a@b.edu|PA|67102|Mar 21, 1941\n' +
      '11|Dillon, Jr|a@b.com|PA|67102|Jun 20, 1936';
    const job = await imports.run(file);
    expect(job).toMatchObject({ state: 'succeeded', progressCurrent: 3, progressTotal: 3 });
    expect(job.result).toEqual({ ...NO_COUNTS, read: 3, imported: 3, valid: 1, invalid: 2 });
    expect(await imports.orders()).toEqual([
      {
        id: 9,
        name: 'Stone Dominguez',
        email: 'a@b.com',
        state: 'IA',
        zipcode: '05938',
        birthday: '1963-02-27',
        valid: false,
        errors: [{ rule: 'zipcode_sum' }],
      },
      {
        id: 10,
        name: 'Davis Walters',
        email: 'a@b.edu',
        state: 'PA',
        zipcode: '67102',
        birthday: '1941-03-21',
        valid: false,
        errors: [{ rule: 'allowed_state', params: { state: 'PA' } }],
      },
      {
        id: 11,
        name: 'Dillon  Jr',
        email: 'a@b.com',
        state: 'PA',
        zipcode: '67102',
        birthday: '1936-06-20',
        valid: true,
        errors: null,
      },
    ]);
  });

  it.each([
    ['empty', ''],
    ['of a mark of its encoding', '\ufeff'],
    ['of blank lines', '\n\r\n\n'],
    ['of a header', HEADER],
    ['of a header without an end', HEADER.trim()],
  ])('may consist %s only', async (_, file) => {
    const job = await imports.run(file);
    expect(job.state).toBe('succeeded');
    expect(job.result).toEqual({ ...NO_COUNTS, invalid: 0 });
  });

  it('may begin with a mark, end its lines as Windows does and have blank ones', async () => {
    const file = `\ufeff${HEADER}\n${good(1)}\n${good(2).trim()}`.replaceAll('\n', '\r\n');
    const { result } = await imports.run(file);
    expect(result).toMatchObject({ read: 2, imported: 2, valid: 2 });
  });

  it('keeps the first of several orders with one id, in the file or before it', async () => {
    await imports.run(HEADER + good(1, 'old'));
    const file =
      HEADER + good(5, 'first') + good(3) + good(1, 'new') + good(5, 'second') + good(2) + good(5, 'third');
    expect((await imports.run(file)).result).toEqual({
      ...NO_COUNTS,
      read: 6,
      imported: 3,
      valid: 3,
      invalid: 0,
      duplicate: 3,
    });
    expect((await imports.orders()).map(({ id, name }) => [id, name])).toEqual([
      [1, 'old'],
      [2, 'Customer 2'],
      [3, 'Customer 3'],
      [5, 'first'],
    ]);
    expect((await imports.run(file)).result).toMatchObject({ imported: 0, duplicate: 6 });
  });

  it('is imported although lines of it are bad; each is told of', async () => {
    const bad = [
      '1|too|few',
      'x|n|e|NY|11111|Feb 1, 1970',
      '99999999999|n|e|NY|11111|Feb 1, 1970',
      '4|n|e|NYC|11111|Feb 1, 1970',
      '5|n|e|NY|1234567890123|Feb 1, 1970',
      '6|n|e|NY|11111|Feb 30, 1970',
      '7|n\u0000|e|NY|11111|Feb 1, 1970',
      `8|${'🍷'.repeat(300)}|e|NY|11111|Feb 1, 1970`,
    ];
    const latin1 = Buffer.from('9|Ann\xe9|e|NY|11111|Feb 1, 1970\n', 'latin1');
    const job = await imports.run(
      Buffer.concat([
        Buffer.from(HEADER + good(100) + bad.join('\n') + '\n'),
        latin1,
        Buffer.from(good(101)),
      ]),
    );
    expect(job.result).toEqual({
      ...NO_COUNTS,
      read: 11,
      imported: 2,
      valid: 2,
      invalid: 0,
      rejected: 9,
    });
    expect(await imports.errorsOf(job.importId)).toEqual([
      { line: 3, column: null, value: '1|too|few', code: 'FIELD_COUNT', params: { expected: 6, found: 3 } },
      { line: 4, column: 'id', value: 'x', code: 'ID_NOT_INTEGER', params: null },
      {
        line: 5,
        column: 'id',
        value: '99999999999',
        code: 'ID_OUT_OF_RANGE',
        params: { min: -2147483648, max: 2147483647 },
      },
      { line: 6, column: 'state', value: 'NYC', code: 'VALUE_TOO_LONG', params: { max: 2 } },
      { line: 7, column: 'zipcode', value: '1234567890123', code: 'VALUE_TOO_LONG', params: { max: 12 } },
      { line: 8, column: 'birthday', value: 'Feb 30  1970', code: 'BIRTHDAY_INVALID', params: null },
      { line: 9, column: null, value: '7|n|e|NY|11111|Feb 1, 1970', code: 'CSV_NUL', params: null },
      { line: 10, column: 'name', value: '🍷'.repeat(100), code: 'VALUE_TOO_LONG', params: { max: 255 } },
      {
        line: 11,
        column: null,
        value: '9|Anné|e|NY|11111|Feb 1, 1970',
        code: 'CSV_NOT_UTF8',
        params: null,
      },
    ]);
  });

  it('may be bad throughout; then only the first lines are told of', async () => {
    const job = await imports.run(HEADER + 'x\n'.repeat(5000));
    expect(job.result).toMatchObject({ read: 5000, imported: 0, rejected: 5000 });
    expect(await imports.errorsOf(job.importId)).toHaveLength(10);
  });

  it.each([
    [
      'id|name|email|state|zipcode|colour\n1|a|b|c|d|e\n',
      'ORDER_HEADER_INVALID',
      /unknown: colour; missing: birthday/,
    ],
    [good(1), 'ORDER_HEADER_INVALID', /missing: id/],
    ['\u0000PK', 'ORDER_HEADER_UNREADABLE', /NUL/],
    [Buffer.from('\ufeffid|name', 'utf16le'), 'CSV_ENCODING', /UTF-16/],
  ])('fails for good without a header that says what is what: %p', async (file, code, message) => {
    const job = await imports.run(file);
    expect(job).toMatchObject({ state: 'failed', attempt: 1, error: { code, status: 400 } });
    expect(job.error?.message).toMatch(message);
    expect(await imports.orders()).toEqual([]);
  });

  it('fails for good when it is gone', async () => {
    const { jobId } = await imports.database.transaction(async () => {
      const submitted = await imports.submit(HEADER + good(1));
      await imports.get(ObjectStore).delete(`orders/imports/${submitted.importId}.csv`);
      return submitted;
    });
    expect(await imports.ended(jobId)).toMatchObject({
      state: 'failed',
      attempt: 1,
      error: { code: 'OBJECT_NOT_FOUND' },
    });
  });

  it('goes on from its checkpoint wherever it was interrupted, with neighbours and counts intact', async () => {
    const lines = Array.from({ length: 9000 }, (_, index) => {
      if (index % 50 === 7) return 'no order\n';
      if (index % 40 === 9) return good(index - 5);
      return `${index}|n${index}|a@b.com|PA|${Math.floor(index / 3)}|Feb 27, 1963\n`;
    });
    const file = HEADER + lines.join('');
    const whole = await imports.run(file);
    const expected = await imports.orders();
    expect(expected.some(({ valid }) => valid)).toBe(true);
    await imports.clear();

    const writer = imports.get(OrderWriter);
    const insertNew = writer.insertNew.bind(writer);
    let calls = 0;
    // Fails in the middle of two commits, after their rows were inserted.
    writer.insertNew = async (...parameters) => {
      const inserted = await insertNew(...parameters);
      if ([1, 4].includes(++calls)) throw new Error('the power went');
      return inserted;
    };
    try {
      const { jobId } = await imports.submit(file);
      const job = await imports.ended(jobId);
      expect(job.attempt).toBe(3);
      expect(job.state).toBe('succeeded');
      expect(job.result).toEqual(whole.result);
    } finally {
      writer.insertNew = insertNew;
    }
    expect(await imports.orders()).toEqual(expected);
  });

  it('reckons ages at one date, also on another day', async () => {
    const birthday = `Jan 1, ${new Date().getUTCFullYear() - 30}`;
    const { jobId } = await imports.database.transaction(async () => {
      const submitted = await imports.submit(`${HEADER}1|n|a@b.com|NY|11111|${birthday}\n`);
      const checkpoint: ImportCheckpoint = {
        place: {
          offset: Buffer.byteLength(HEADER),
          line: 2,
          encoding: null,
          dialect: {
            delimiter: '|',
            width: 6,
            layout: { id: 0, name: 1, email: 2, state: 3, zipcode: 4, birthday: 5 },
          },
          forerunner: null,
        },
        today: `${new Date().getUTCFullYear() - 15}-06-15`,
        rules: await imports.get(OrderRulesService).current(),
        counts: NO_COUNTS,
      };
      await imports.database.execute('update job set checkpoint = $2::jsonb where id = $1', [
        submitted.jobId,
        JSON.stringify(checkpoint),
      ]);
      return submitted;
    });
    expect((await imports.ended(jobId)).result).toMatchObject({ imported: 1, invalid: 1 });
    expect((await imports.orders())[0]!['errors']).toEqual([{ rule: 'allowed_age', params: { age: 21 } }]);
  });

  it('leaves what it stored when it is cancelled, and goes on when it is run again', async () => {
    const file = HEADER + Array.from({ length: 40_000 }, (_, index) => good(index)).join('');
    const { jobId } = await imports.submit(file);
    for (
      let tries = 0;
      tries < 1000 && (await imports.jobs.get(IMPORTER, jobId)).checkpoint === null;
      tries++
    )
      await sleep(5);
    await imports.jobs.cancel(IMPORTER, jobId);
    const cancelled = await imports.ended(jobId);
    expect(cancelled.state).toBe('cancelled');
    const stored = (await imports.orders()).length;
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBeLessThan(40_000);
    expect((cancelled.checkpoint as ImportCheckpoint).counts.imported).toBe(stored);
    await imports.jobs.retry(IMPORTER, jobId);
    expect((await imports.ended(jobId)).result).toMatchObject({
      read: 40_000,
      imported: 40_000,
      duplicate: 0,
    });
  });

  it('can be imported beside another with the same orders', async () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => index);
    const there = await imports.submit(HEADER + ids.map((id) => good(id)).join(''));
    const back = await imports.submit(
      HEADER +
        ids
          .toReversed()
          .map((id) => good(id))
          .join(''),
    );
    const results = [(await imports.ended(there.jobId)).result, (await imports.ended(back.jobId)).result] as {
      imported: number;
      duplicate: number;
    }[];
    expect(results[0]!.imported + results[1]!.imported).toBe(20_000);
    expect(results[0]!.duplicate + results[1]!.duplicate).toBe(20_000);
    expect(await imports.orders()).toHaveLength(20_000);
  });
});
