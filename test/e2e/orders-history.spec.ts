import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import {
  type Envelope,
  expectEnvelope,
  onlyRow,
  ORDER_HEADER,
  ORDERS,
  OrdersClient,
} from '../support/orders-client.js';
import { anOrder, nextPage, storeOrders } from '../support/orders-rows.js';

interface Event {
  id: number | null;
  cause: string;
  at: string;
  actor: string | null;
  task_id: string | null;
  file_name: string | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

const REVALIDATION = '0199f0de-5f5a-7cc4-8d3e-0123456789ab';

let app: TestApp;
let ann: OrdersClient;
let userid: string;
let task: string;

beforeAll(async () => {
  app = await startApp({ ORDERS_MAX_PAGE: '50', JOB_POLL: '100' });
  ann = await OrdersClient.of(app, 'ann');
  const line = (id: number) => `${id}|Ann|ann@example.com|NY|11111|Feb 27, 1963\n`;
  const location = await ann.upload(`${ORDER_HEADER}${line(1)}${line(2)}`);
  await ann.ended(location);
  task = location.split('/').at(-1)!;
  ({ userid } = await onlyRow<{ userid: string }>(app, `select userid from "user" where nickname = 'ann'`));
  await storeOrders(app, [anOrder(77)]);
  await change(
    1,
    'import',
    task,
    { zipcode: '11112', birthday: '1963-02-26' },
    { zipcode: '11111', birthday: '1963-02-27' },
  );
  await change(
    1,
    'revalidation',
    REVALIDATION,
    { valid: true, errors: [] },
    {
      valid: false,
      errors: [{ rule: 'allowed_age', params: { age: 70 } }, { rule: 'zipcode_sum' }],
    },
  );
  await change(1, 'revalidation', REVALIDATION, { valid: false }, { valid: true }, false);
  await change(2, 'renumber', task, null, { id: 2 });
});
afterAll(() => app.close());

/** Records a change as a job does. */
function change(
  orderId: number,
  cause: string,
  jobId: string,
  before: object | null,
  after: object,
  applied = true,
): Promise<number> {
  return app.app.get(Database).execute(
    `insert into order_change (order_id, cause, applied, job_id, actor, before, after, at)
     values ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, '2026-11-23 10:00:00.5+00')`,
    [orderId, cause, applied, jobId, userid, before && JSON.stringify(before), JSON.stringify(after)],
  );
}

const history = async (path: string, language = 'en') =>
  (await ann.ask<Event[]>(`${ORDERS}/${path}`, 200, { headers: { 'accept-language': language } })).result;

describe('the history of an order', () => {
  it('tells its changes, the newest first, and at last where it came from', async () => {
    const { created_at: createdAt } = await onlyRow<{ created_at: string | Date }>(
      app,
      'select created_at from orders where id = 1',
    );
    const [revalidated, imported, created, ...more] = await history('1/history');
    expect(more).toEqual([]);
    expect(revalidated).toEqual({
      id: expect.any(Number),
      cause: 'revalidation',
      at: '2026-11-23T10:00:00.500Z',
      actor: userid,
      task_id: REVALIDATION,
      file_name: null,
      before: { valid: true, errors: [] },
      after: {
        valid: false,
        errors: [
          { rule: 'allowed_age', message: 'customers must be at least 70 years old to order alcohol' },
          { rule: 'zipcode_sum', message: 'Your zipcode sum is too large' },
        ],
      },
    });
    expect(imported).toEqual({
      id: revalidated!.id! - 1,
      cause: 'import',
      at: '2026-11-23T10:00:00.500Z',
      actor: userid,
      task_id: task,
      file_name: 'orders.csv',
      before: { zipcode: '11112', birthday: '1963-02-26' },
      after: { zipcode: '11111', birthday: '1963-02-27' },
    });
    expect(created).toEqual({
      id: null,
      cause: 'created',
      at: new Date(createdAt).toISOString(),
      actor: userid,
      task_id: task,
      file_name: 'orders.csv',
      before: null,
      after: null,
    });
  });

  it('tells the rules in the language of the reader, and of no other order', async () => {
    const [newest] = await history('1/history', 'pt');
    expect(newest!.after!['errors']).toEqual([
      { rule: 'allowed_age', message: 'é preciso ter pelo menos 70 anos para comprar bebidas alcoólicas' },
      { rule: 'zipcode_sum', message: 'a soma dos dígitos do CEP é maior que a permitida' },
    ]);
    expect((await history('2/history')).map(({ cause, before }) => [cause, before])).toEqual([
      ['renumber', null],
      ['created', null],
    ]);
  });

  it('has an end without a file where no import is known', async () => {
    expect(await history('77/history')).toEqual([
      expect.objectContaining({ cause: 'created', actor: null, task_id: null, file_name: null }),
    ]);
  });

  it.each([1, 2, 3, 4])('comes in pages of %i, each event once', async (limit) => {
    const whole = await history('1/history');
    const seen: Event[] = [];
    let path: string | undefined = `${ORDERS}/1/history/?limit=${limit}`;
    for (let pages = 0; path !== undefined && pages < 10; pages++) {
      const answer = await app.request(path, { token: ann.token });
      const { result } = (await answer.json()) as Envelope<Event[]>;
      expect(result.length).toBeLessThanOrEqual(limit);
      seen.push(...result);
      path = nextPage(answer);
    }
    expect(seen).toEqual(whole);
  });

  it('goes on after a change', async () => {
    expect((await history('1/history?after=0')).map(({ cause }) => cause)).toEqual(['created']);
    expect(await history(`1/history?after=${'9'.repeat(300)}`)).toHaveLength(3);
  });

  it.each(['99', '-1', '2147483648', '9'.repeat(300)])('is not there for the order %s', async (id) => {
    expect((await ann.ask(`${ORDERS}/${id}/history`, 404)).message).toBe(`there is no order ${id}`);
  });

  it.each(['ab', '1.5', 'export', 'import', "1'--", '%00'])('is nowhere at %s', async (id) => {
    expect((await ann.ask(`${ORDERS}/${id}/history`, 404)).message).toBe('endpoint not found');
  });

  it('refuses pages that are none', async () => {
    expect((await ann.ask(`${ORDERS}/1/history?limit=x&after=-1`, 400)).message).toBe(
      'limit must be a number; after must be a number',
    );
    await ann.ask(`${ORDERS}/1/history?after=1&after=2`, 400);
    await ann.ask(`${ORDERS}/1/history`, 405, { method: 'POST' });
    await expectEnvelope(await app.request(`${ORDERS}/1/history`), 401);
  });
});
