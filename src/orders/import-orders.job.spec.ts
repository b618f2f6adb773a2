import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Global, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { v7 as uuidv7 } from 'uuid';
import { type Job, JobsModule, JobsService } from '../jobs/index.js';
import { Actor } from '../platform/access/actor.js';
import { Authenticator } from '../platform/access/authenticator.port.js';
import { Environment } from '../platform/config/environment.js';
import { Database } from '../platform/database/database.js';
import { PlatformModule } from '../platform/platform.module.js';
import { ObjectStore, StorageModule } from '../storage/index.js';
import { IMPORT_ORDERS, type ImportCheckpoint } from './import-orders.job.js';
import { OrderImport } from './order-import.entity.js';
import { OrderImportRepository } from './order-import.repository.js';
import { OrdersModule } from './orders.module.js';

const HEADER = 'id|name|email|state|zipcode|birthday\n';
const ACTOR = new Actor({
  id: 1,
  userid: 'tester',
  nickname: 'tester',
  permissions: new Set(['*']),
  credential: { kind: 'internal' },
});

@Global()
@Module({
  providers: [{ provide: Authenticator, useValue: { authenticate: () => ACTOR } }],
  exports: [Authenticator],
})
class EverybodyMayModule {}

let app: TestingModule;
let database: Database;
let jobs: JobsService;
const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-orders-'));

async function start(): Promise<void> {
  const environment = new Environment({
    SIGNALBOX_DATA_DIR: dataDir,
    LOG_LEVEL: 'silent',
    JOB_POLL: '100',
    ORDERS_MAX_IMPORT_ERRORS: '10',
  });
  app = await Test.createTestingModule({
    imports: [
      PlatformModule.for(environment, 'api'),
      EverybodyMayModule,
      StorageModule,
      JobsModule.for(environment),
      OrdersModule,
    ],
  })
    .setLogger({ log: ignore, warn: ignore, error: ignore })
    .compile();
  await app.init();
  database = app.get(Database);
  jobs = app.get(JobsService);
}

function ignore(): void {
  // what goes wrong on purpose need not be read
}

beforeAll(start);
afterAll(async () => {
  await app.close();
  rmSync(dataDir, { recursive: true, force: true });
});
beforeEach(async () => {
  await database.execute('truncate orders, order_import_error, order_import');
});

/** Uploads a file behind the API's back and starts its import. */
async function submit(content: string | Buffer): Promise<{ jobId: string; importId: string }> {
  const importId = uuidv7();
  const stored = await app.get(ObjectStore).put(`orders/imports/${importId}.csv`, Buffer.from(content));
  const jobId = await database.transaction(async (em) => {
    const id = await jobs.enqueue(
      IMPORT_ORDERS,
      { importId, objectKey: stored.key, size: stored.size },
      { owner: ACTOR.userid },
    );
    em.persist(
      em.create(OrderImport, {
        id: importId,
        owner: ACTOR.userid,
        fileName: 'orders.csv',
        size: stored.size,
        sha256: stored.sha256,
        objectKey: stored.key,
        jobId: id,
      }),
    );
    return id;
  });
  return { jobId, importId };
}

async function ended(jobId: string): Promise<Job> {
  for (let tries = 0; tries < 2000; tries++) {
    const job = await jobs.get(ACTOR, jobId);
    if (job.terminal) return job;
    await sleep(20);
  }
  throw new Error('the import did not end within 40 s');
}

async function run(content: string | Buffer): Promise<Job & { importId: string }> {
  const { jobId, importId } = await submit(content);
  return Object.assign(await ended(jobId), { importId });
}

const orders = () =>
  database.query<Record<string, unknown>>(
    'select id, name, email, state, zipcode, birthday::text, valid, errors from orders order by id',
  );
const errorsOf = (importId: string) =>
  database.query<Record<string, unknown>>(
    'select line, "column", value, code, params from order_import_error where import_id = $1 order by line',
    [importId],
  );

/** A line that breaks no rule, with a zipcode of its own so that no neighbour lets it through. */
const good = (id: number, name = `Customer ${id}`) =>
  `${id}|${name}|c${id}@example.com|NY|${String(10000 + (id % 90)).padStart(5, '0')}|Feb 27, 1963\n`;

describe('a file of orders', () => {
  it('is read, judged and stored', async () => {
    const file =
      HEADER +
      '9|Stone Dominguez|a@b.com|IA|05-938|Feb 27, 1963\n' +
      '10|Davis Walters|a@b.edu|PA|67102|Mar 21, 1941\n' +
      '11|Dillon, Jr|a@b.com|PA|67102|Jun 20, 1936';
    const job = await run(file);
    expect(job).toMatchObject({ state: 'succeeded', progressCurrent: 3, progressTotal: 3 });
    expect(job.result).toEqual({ read: 3, imported: 3, valid: 1, invalid: 2, duplicate: 0, rejected: 0 });
    expect(await orders()).toEqual([
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
    const job = await run(file);
    expect(job.state).toBe('succeeded');
    expect(job.result).toEqual({ read: 0, imported: 0, valid: 0, invalid: 0, duplicate: 0, rejected: 0 });
  });

  it('may begin with a mark, end its lines as Windows does and have blank ones', async () => {
    const file = `\ufeff${HEADER}\n${good(1)}\n${good(2).trim()}`.replaceAll('\n', '\r\n');
    const { result } = await run(file);
    expect(result).toMatchObject({ read: 2, imported: 2, valid: 2 });
  });

  it('keeps the first of several orders with one id, in the file or before it', async () => {
    await run(HEADER + good(1, 'old'));
    const file =
      HEADER + good(5, 'first') + good(3) + good(1, 'new') + good(5, 'second') + good(2) + good(5, 'third');
    expect((await run(file)).result).toEqual({
      read: 6,
      imported: 3,
      valid: 3,
      invalid: 0,
      duplicate: 3,
      rejected: 0,
    });
    expect((await orders()).map(({ id, name }) => [id, name])).toEqual([
      [1, 'old'],
      [2, 'Customer 2'],
      [3, 'Customer 3'],
      [5, 'first'],
    ]);
    expect((await run(file)).result).toMatchObject({ imported: 0, duplicate: 6 });
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
    const job = await run(
      Buffer.concat([
        Buffer.from(HEADER + good(100) + bad.join('\n') + '\n'),
        latin1,
        Buffer.from(good(101)),
      ]),
    );
    expect(job.result).toEqual({ read: 11, imported: 2, valid: 2, invalid: 0, duplicate: 0, rejected: 9 });
    expect(await errorsOf(job.importId)).toEqual([
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
      { line: 9, column: null, value: null, code: 'CSV_NUL', params: null },
      { line: 10, column: 'name', value: '🍷'.repeat(100), code: 'VALUE_TOO_LONG', params: { max: 255 } },
      { line: 11, column: null, value: null, code: 'CSV_NOT_UTF8', params: null },
    ]);
  });

  it('may be bad throughout; then only the first lines are told of', async () => {
    const job = await run(HEADER + 'x\n'.repeat(5000));
    expect(job.result).toMatchObject({ read: 5000, imported: 0, rejected: 5000 });
    expect(await errorsOf(job.importId)).toHaveLength(10);
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
    const job = await run(file);
    expect(job).toMatchObject({ state: 'failed', attempt: 1, error: { code, status: 400 } });
    expect(job.error?.message).toMatch(message);
    expect(await orders()).toEqual([]);
  });

  it('fails for good when it is gone', async () => {
    const { jobId } = await database.transaction(async () => {
      const submitted = await submit(HEADER + good(1));
      await app.get(ObjectStore).delete(`orders/imports/${submitted.importId}.csv`);
      return submitted;
    });
    expect(await ended(jobId)).toMatchObject({
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
    const whole = await run(file);
    const expected = await orders();
    expect(expected.some(({ valid }) => valid)).toBe(true);
    await database.execute('truncate orders, order_import_error, order_import');

    const repository = app.get(OrderImportRepository);
    const insertOrders = repository.insertOrders.bind(repository);
    let calls = 0;
    // Fails in the middle of two commits, after their rows were inserted.
    repository.insertOrders = async (...parameters) => {
      const inserted = await insertOrders(...parameters);
      if ([1, 4].includes(++calls)) throw new Error('the power went');
      return inserted;
    };
    try {
      const { jobId } = await submit(file);
      const job = await ended(jobId);
      expect(job.attempt).toBe(3);
      expect(job.state).toBe('succeeded');
      expect(job.result).toEqual(whole.result);
    } finally {
      repository.insertOrders = insertOrders;
    }
    expect(await orders()).toEqual(expected);
  });

  it('reckons ages at one date, also on another day', async () => {
    const birthday = `Jan 1, ${new Date().getUTCFullYear() - 30}`;
    const { jobId } = await database.transaction(async () => {
      const submitted = await submit(`${HEADER}1|n|a@b.com|NY|11111|${birthday}\n`);
      const checkpoint: ImportCheckpoint = {
        place: {
          offset: Buffer.byteLength(HEADER),
          line: 2,
          layout: { id: 0, name: 1, email: 2, state: 3, zipcode: 4, birthday: 5 },
          forerunner: null,
        },
        today: `${new Date().getUTCFullYear() - 15}-06-15`,
        counts: { read: 0, imported: 0, valid: 0, rejected: 0 },
      };
      await database.execute('update job set checkpoint = $2::jsonb where id = $1', [
        submitted.jobId,
        JSON.stringify(checkpoint),
      ]);
      return submitted;
    });
    expect((await ended(jobId)).result).toMatchObject({ imported: 1, invalid: 1 });
    expect((await orders())[0]!['errors']).toEqual([{ rule: 'allowed_age', params: { age: 21 } }]);
  });

  it('leaves what it stored when it is cancelled, and goes on when it is run again', async () => {
    const file = HEADER + Array.from({ length: 40_000 }, (_, index) => good(index)).join('');
    const { jobId } = await submit(file);
    for (let tries = 0; tries < 1000 && (await jobs.get(ACTOR, jobId)).checkpoint === null; tries++)
      await sleep(5);
    await jobs.cancel(ACTOR, jobId);
    const cancelled = await ended(jobId);
    expect(cancelled.state).toBe('cancelled');
    const stored = (await orders()).length;
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBeLessThan(40_000);
    expect((cancelled.checkpoint as ImportCheckpoint).counts.imported).toBe(stored);
    await jobs.retry(ACTOR, jobId);
    expect((await ended(jobId)).result).toMatchObject({ read: 40_000, imported: 40_000, duplicate: 0 });
  });

  it('can be imported beside another with the same orders', async () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => index);
    const there = await submit(HEADER + ids.map((id) => good(id)).join(''));
    const back = await submit(
      HEADER +
        ids
          .toReversed()
          .map((id) => good(id))
          .join(''),
    );
    const results = [(await ended(there.jobId)).result, (await ended(back.jobId)).result] as {
      imported: number;
      duplicate: number;
    }[];
    expect(results[0]!.imported + results[1]!.imported).toBe(20_000);
    expect(results[0]!.duplicate + results[1]!.duplicate).toBe(20_000);
    expect(await orders()).toHaveLength(20_000);
  });
});
