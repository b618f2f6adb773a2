import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ANONYMOUS } from '../../src/platform/access/actor.js';
import { startApp, type TestApp } from '../support/app.js';
import {
  expectEnvelope,
  form,
  IMPORT,
  onlyRow,
  ORDER_HEADER,
  ORDERS,
  OrdersClient,
} from '../support/orders-client.js';

const FILE = `${ORDER_HEADER}1|Ann|ann@example.com|NY|11111|Feb 27, 1963\nx|Bob|bob@example.com|NY|11111|Feb 27, 1963\n`;

let app: TestApp;
let ann: OrdersClient;
/** Has no token; what it asks is asked without credentials. */
let nobody: OrdersClient;

beforeAll(async () => {
  app = await startApp({ ORDERS_ANONYMOUS: 'true', JOB_POLL: '100' });
  ann = await OrdersClient.of(app, 'ann');
  nobody = OrdersClient.anonymous(app);
});
afterAll(() => app.close());

const idOf = (location: string) => location.split('/').at(-1)!;

describe('with ORDERS_ANONYMOUS somebody without an account', () => {
  let location: string;

  it('imports a file and follows it', async () => {
    location = await nobody.upload(FILE);
    expect(await nobody.ended(location)).toMatchObject({ status: 'SUCCESS', imported: 1, rejected: 1 });
    const { result } = await nobody.ask<object[]>(`${IMPORT}/${idOf(location)}/errors`);
    expect(result).toEqual([expect.objectContaining({ line: 3, code: 'ID_NOT_INTEGER' })]);
  });

  it('leaves it to an owner that no account is', async () => {
    expect(await onlyRow(app, 'select owner from order_import')).toEqual({ owner: ANONYMOUS });
  });

  it('reads orders', async () => {
    expect((await nobody.ask(ORDERS)).result).toEqual([{ id: 1, valid: true, name: 'Ann' }]);
    expect((await nobody.ask(`${ORDERS}/1`)).result).toMatchObject({ name: 'Ann' });
  });

  it('follows its import by events, may cancel it, and finds it again', async () => {
    const id = idOf(location);
    const events = await app.request(`${IMPORT}/${id}/events`);
    expect(events.status).toBe(200);
    expect(await events.text()).toMatch(/event: end\n/);
    await nobody.ask(`${IMPORT}/${id}`, 409, { method: 'DELETE' }); // it has ended
    await nobody.ask(`${IMPORT}/${id}/resume`, 409, { method: 'POST' });
    const { result } = await nobody.ask<{ task_id: string; owner: string }[]>(IMPORT);
    expect(result).toEqual([expect.objectContaining({ task_id: id, owner: ANONYMOUS })]);
  });

  it('does not see the imports of others, while they see that of nobody if they know its id', async () => {
    const own = await ann.upload(ORDER_HEADER);
    await ann.ended(own);
    await nobody.ask(own, 404);
    await nobody.ask(`${IMPORT}/${idOf(own)}/errors`, 404);
    await nobody.ask(`${IMPORT}/${idOf(own)}/events`, 404);
    await nobody.ask(`${IMPORT}/${idOf(own)}`, 404, { method: 'DELETE' });
    await ann.ask(location);
    const bob = await OrdersClient.of(app, 'bob');
    await bob.ask(own, 404);
  });

  it('has no way to any other route', async () => {
    for (const path of ['/api/v1.0/jobs', `/api/v1.0/jobs/${idOf(location)}`, '/api/v1.0/users']) {
      expect([path, (await app.request(path)).status]).toEqual([path, 401]);
    }
    const job = await app.request(`/api/v1.0/jobs/${idOf(location)}`, { method: 'DELETE' });
    expect(job.status).toBe(401);
    await nobody.ask('/acme_orders/api/v1/rules', 401, { method: 'PUT', json: {} });
    await nobody.ask(`${ORDERS}/revalidate`, 401, { method: 'POST' });
  });

  it('is refused with credentials that are wrong', async () => {
    for (const path of [ORDERS, `${ORDERS}/1`, location]) {
      await nobody.ask(path, 401, { token: 'nonsense' });
      await nobody.ask(path, 401, { basic: ['ann', 'wrong'] });
      await nobody.ask(path, 401, { headers: { authorization: 'Digest x' } });
    }
  });

  it('is somebody again with a token', async () => {
    const own = await ann.upload(ORDER_HEADER);
    const row = await onlyRow<{ nickname: string }>(
      app,
      `select nickname from order_import join "user" on userid = owner where job_id = '${idOf(own)}'`,
    );
    expect(row.nickname).toBe('ann');
  });
});

describe('without ORDERS_ANONYMOUS', () => {
  it('nobody gets in', async () => {
    const closed = await startApp();
    try {
      const body = form(['csv_file', 'orders.csv', FILE]);
      await expectEnvelope(await closed.request(IMPORT, { method: 'PUT', body }), 401);
      for (const path of [ORDERS, `${ORDERS}/1`, `${IMPORT}/status/x`, `${IMPORT}/x/errors`]) {
        await expectEnvelope(await closed.request(path), 401);
      }
    } finally {
      await closed.close();
    }
  });
});
