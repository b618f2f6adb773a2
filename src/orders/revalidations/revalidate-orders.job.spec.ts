import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { IMPORTER, OrderImports } from '../../../test/support/order-imports.js';
import type { JobsService } from '../../jobs/index.js';
import type { Database } from '../../platform/database/database.js';
import { OrderRevalidationRepository } from './order-revalidation.repository.js';
import { OrderRulesService } from '../rules/order-rules.service.js';
import { REVALIDATE_ORDERS, type RevalidationCheckpoint } from './revalidate-orders.job.js';

let imports: OrderImports;
let database: Database;
let jobs: JobsService;
let repository: OrderRevalidationRepository;

beforeAll(async () => {
  imports = await OrderImports.start();
  ({ database, jobs } = imports);
  repository = imports.get(OrderRevalidationRepository);
});
afterAll(() => imports.close());
beforeEach(() => imports.clear());

const setRules = (json: unknown) => imports.get(OrderRulesService).change(IMPORTER, json, 'en');

/** Stores orders that break nothing, are said to be valid and differ in what `columns` says, in SQL of the number `n`. */
async function store(count: number, columns: Partial<Record<string, string>> = {}): Promise<void> {
  const values = {
    id: 'n',
    name: `'Customer ' || n`,
    email: `'a@example.com'`,
    state: `'WA'`,
    zipcode: `'11111'`,
    birthday: `date '1960-01-01'`,
    valid: 'true',
    auto_valid: 'false',
    errors: 'null::jsonb',
    ...columns,
  };
  await database.execute(
    `insert into orders (${Object.keys(values).join()}) select ${Object.values(values).join()} from generate_series(1, ${count}) n`,
  );
}

const submit = (dryRun = false) =>
  database.transaction(() => jobs.enqueue(REVALIDATE_ORDERS, { dryRun }, { owner: IMPORTER.userid }));

const run = async (dryRun = false) => imports.ended(await submit(dryRun));

type Row = Record<string, unknown>;
const orders = () =>
  database.query<Row>('select id, zipcode, valid, auto_valid, errors from orders order by id');
const changes = () =>
  database.query<Row>('select order_id, cause, applied, actor, before, after from order_change order by id');

/** Orders of every kind: some change one way, some the other, some otherwise, most not at all. */
const storeMixed = (count: number) =>
  store(count, {
    state: `case n % 10 when 1 then 'PA' when 2 then 'KY' when 3 then 'PA' when 4 then 'KY' else 'WA' end`,
    zipcode: `case n % 10 when 5 then '1-1111' else '11111' end`,
    email: `case n % 10 when 3 then 'nobody' when 4 then 'nobody' else 'a@example.com' end`,
    valid: `n % 10 not in (1, 3, 4)`,
    auto_valid: 'n % 10 = 2 and n % 20 = 2',
    errors: `case n % 10 when 1 then '[{"rule": "allowed_state", "params": {"state": "PA"}}]'
      when 3 then '[{"rule": "allowed_state", "params": {"state": "PA"}}, {"rule": "email_pattern"}]'
      when 4 then '[{"rule": "email_pattern"}]' end::jsonb`,
  });
const TO_KENTUCKY = { parameters: { allowed_state: { states: ['KY'] } } };
const KENTUCKY = { rule: 'allowed_state', params: { state: 'KY' } };
const PENNSYLVANIA = { rule: 'allowed_state', params: { state: 'PA' } };
const EMAIL = { rule: 'email_pattern' };

describe('a re-validation', () => {
  it('judges stored orders by the rules of today, and keeps what they were', async () => {
    await setRules(TO_KENTUCKY);
    await storeMixed(20);
    const job = await run();
    expect(job).toMatchObject({ state: 'succeeded', progressCurrent: 20, progressTotal: 20 });
    expect(job.result).toEqual({
      checked: 20,
      changed: 9,
      now_valid: 2,
      now_invalid: 1,
      other: 6,
      auto_valid: 1,
      rules_version: 1,
    });
    expect((await orders()).slice(0, 5)).toEqual([
      { id: 1, zipcode: '11111', valid: true, auto_valid: false, errors: null },
      { id: 2, zipcode: '11111', valid: true, auto_valid: true, errors: null },
      { id: 3, zipcode: '11111', valid: false, auto_valid: false, errors: [EMAIL] },
      { id: 4, zipcode: '11111', valid: false, auto_valid: false, errors: [KENTUCKY, EMAIL] },
      { id: 5, zipcode: '11111', valid: true, auto_valid: false, errors: null },
    ]);
    const common = { cause: 'revalidation', applied: true, actor: 'tester' };
    expect((await changes()).slice(0, 7)).toEqual([
      {
        order_id: 1,
        ...common,
        before: { valid: false, errors: [PENNSYLVANIA] },
        after: { valid: true, errors: [] },
      },
      { order_id: 3, ...common, before: { errors: [PENNSYLVANIA, EMAIL] }, after: { errors: [EMAIL] } },
      { order_id: 4, ...common, before: { errors: [EMAIL] }, after: { errors: [KENTUCKY, EMAIL] } },
      { order_id: 5, ...common, before: { zipcode: '1-1111' }, after: { zipcode: '11111' } },
      {
        order_id: 11,
        ...common,
        before: { valid: false, errors: [PENNSYLVANIA] },
        after: { valid: true, errors: [] },
      },
      {
        order_id: 12,
        ...common,
        before: { valid: true, errors: [] },
        after: { valid: false, errors: [KENTUCKY] },
      },
      { order_id: 13, ...common, before: { errors: [PENNSYLVANIA, EMAIL] }, after: { errors: [EMAIL] } },
    ]);
    expect((await run()).result).toMatchObject({ checked: 20, changed: 0 });
    expect(await changes()).toHaveLength(9);
  });

  it('finds the same in a dry run, and changes nothing', async () => {
    await setRules(TO_KENTUCKY);
    await storeMixed(5000);
    const before = await orders();
    const dry = await run(true);
    expect(await orders()).toEqual(before);
    const tried = await changes();
    expect(tried.every(({ applied }) => applied === false)).toBe(true);
    const wet = await run();
    expect(wet.result).toEqual(dry.result);
    expect((await changes()).slice(tried.length)).toEqual(
      tried.map((change) => ({ ...change, applied: true })),
    );
  });

  it('leaves alone what there is to leave alone, whatever the ids', async () => {
    await store(3, { id: '(array[-2147483648, 0, 2147483647])[n]' });
    expect((await run()).result).toEqual({
      checked: 3,
      changed: 0,
      now_valid: 0,
      now_invalid: 0,
      other: 0,
      auto_valid: 0,
      rules_version: 0,
    });
    await database.execute('truncate orders');
    expect((await run()).result).toMatchObject({ checked: 0, changed: 0 });
  });

  it('goes on from its checkpoint wherever it was interrupted: nothing is lost, nothing happens twice', async () => {
    await setRules(TO_KENTUCKY);
    await storeMixed(9000);
    const whole = await run();
    const [expectedOrders, expectedChanges] = [await orders(), await changes()];
    expect(expectedChanges.length).toBeGreaterThan(3000);
    await database.execute('truncate orders, order_change');
    await storeMixed(9000);

    const [apply, record] = [repository.apply.bind(repository), repository.record.bind(repository)];
    let calls = 0;
    const fail = () => {
      if ([1, 4, 6].includes(++calls)) throw new Error('the power went');
    };
    // In the middle of three commits: after orders were written, and after their changes were too.
    repository.apply = async (...parameters) => {
      const applied = await apply(...parameters);
      fail();
      return applied;
    };
    repository.record = async (...parameters) => {
      await record(...parameters);
      fail();
    };
    try {
      const job = await run();
      expect(job.attempt).toBe(4);
      expect(job.result).toEqual(whole.result);
    } finally {
      Object.assign(repository, { apply, record });
    }
    expect(await orders()).toEqual(expectedOrders);
    expect(await changes()).toEqual(expectedChanges);
  });

  it('judges all orders by the rules and the date of its beginning', async () => {
    await store(6000, { birthday: `date '2000-06-15'` });
    const page = repository.page.bind(repository);
    let calls = 0;
    repository.page = async (...parameters) => {
      if (++calls === 2) await setRules({ parameters: { allowed_age: { age: 150 } } });
      return page(...parameters);
    };
    try {
      expect((await run()).result).toMatchObject({ changed: 0, rules_version: 0 });
    } finally {
      repository.page = page;
    }
    const jobId = await database.transaction(async () => {
      const id = await submit();
      const checkpoint: RevalidationCheckpoint = {
        rulesVersion: 0,
        settings: { allowedAge: 21, invalidStates: [], validators: ['allowed_age'] },
        today: '2021-06-14',
        total: 6000,
        after: 5990,
        counts: { checked: 5990, changed: 0, now_valid: 0, now_invalid: 0, other: 0, auto_valid: 0 },
      };
      await database.execute('update job set checkpoint = $2::jsonb where id = $1', [
        id,
        JSON.stringify(checkpoint),
      ]);
      return id;
    });
    expect((await imports.ended(jobId)).result).toMatchObject({
      checked: 6000,
      now_invalid: 10,
      rules_version: 0,
    });
    expect((await changes()).map(({ order_id }) => order_id)).toEqual(
      Array.from({ length: 10 }, (_, index) => 5991 + index),
    );
  });

  it('leaves alone what somebody else wrote in the meantime', async () => {
    await setRules(TO_KENTUCKY);
    await store(4, { state: `'KY'` });
    const page = repository.page.bind(repository);
    let calls = 0;
    repository.page = async (...parameters) => {
      const found = await page(...parameters);
      if (++calls === 1) {
        await database.execute(`update orders set state = 'WA', name = 'new' where id = 2`);
        await database.execute('delete from orders where id = 3');
      }
      return found;
    };
    try {
      expect((await run()).result).toMatchObject({ checked: 4, changed: 2, now_invalid: 2 });
    } finally {
      repository.page = page;
    }
    expect((await orders()).map(({ id, valid }) => [id, valid])).toEqual([
      [1, false],
      [2, true],
      [4, false],
    ]);
    expect((await changes()).map(({ order_id }) => order_id)).toEqual([1, 4]);
  });

  it('stops where it is when it is cancelled, and goes on when it is run again', async () => {
    await setRules(TO_KENTUCKY);
    await store(8000, { state: `'KY'` });
    const page = repository.page.bind(repository);
    let calls = 0;
    let jobId = '';
    repository.page = async (...parameters) => {
      if (++calls === 3) {
        await jobs.cancel(IMPORTER, jobId);
        await sleep(1500);
      }
      return page(...parameters);
    };
    try {
      jobId = await submit();
      expect(await imports.ended(jobId)).toMatchObject({ state: 'cancelled' });
    } finally {
      repository.page = page;
    }
    expect(await changes()).toHaveLength(4000);
    await jobs.retry(IMPORTER, jobId);
    expect((await imports.ended(jobId)).result).toMatchObject({
      checked: 8000,
      changed: 8000,
      now_invalid: 8000,
    });
    expect(await changes()).toHaveLength(8000);
    expect((await orders()).every(({ valid }) => valid === false)).toBe(true);
  });
});
