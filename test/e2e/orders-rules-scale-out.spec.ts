import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { OrderRevalidationRepository } from '../../src/orders/revalidations/order-revalidation.repository.js';
import { revise } from '../../src/orders/revalidations/order-revision.js';
import { judgeOf } from '../../src/orders/rules/order-rules.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { PostgresServer } from '../support/postgres.js';
import { describeWith } from '../support/services.js';

const RULES = '/acme_orders/api/v1/rules';

describeWith('postgres')('rules and orders of two processes', () => {
  let postgres: PostgresServer;
  let one: TestApp;
  let two: TestApp;
  let admin: string;

  beforeAll(async () => {
    postgres = await PostgresServer.start();
    const env = { DATABASE_URL: await postgres.createDatabase() };
    [one, two] = await Promise.all([startApp(env), startApp(env)]);
    admin = await one.adminToken();
  });
  afterAll(async () => {
    await Promise.all([one?.close(), two?.close()]);
    await postgres?.stop();
  });
  beforeEach(async () => {
    const database = one.app.get(Database);
    await database.execute('truncate orders, order_change, order_rule_set');
    await database.execute(
      `insert into orders (id, name, email, state, zipcode, birthday, valid)
       select n, 'n', 'a@example.com', 'KY', '11111', '1960-01-01', true from generate_series(1, 3) n`,
    );
  });

  const put = (app: TestApp, json: unknown) => app.request(RULES, { method: 'PUT', token: admin, json });

  it('lose no change of several that come at once to both', async () => {
    const changes = [
      { allowed_age: { age: 33 } },
      { allowed_state: { states: ['AK'] } },
      { zipcode_sum: { max: 7 } },
      { zipcode_length: { lengths: [4] } },
      { email_state: { endings: { WA: ['.edu'] } } },
    ];
    const answers = await Promise.all(
      changes.map((parameters, index) => put(index % 2 === 0 ? one : two, { parameters })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const answer = await two.request(RULES, { token: admin });
    const { result } = (await answer.json()) as {
      result: { version: number; rules: { name: string; parameters: unknown }[] };
    };
    expect(result.version).toBe(5);
    for (const [name, parameters] of changes.flatMap((change) => Object.entries(change)))
      expect(result.rules.find((rule) => rule.name === name)!.parameters).toEqual(parameters);
  });

  it('let one change through of several that were made from one version', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((age) =>
        put(age % 2 === 0 ? one : two, { version: 0, parameters: { allowed_age: { age } } }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409]);
  });

  /** Judges all orders again while another process writes one of them, and returns what was written. */
  async function applyWhile(ending: 'commit' | 'rollback'): Promise<number[]> {
    const repository = one.app.get(OrderRevalidationRepository);
    const judge = judgeOf(
      { allowedAge: 21, invalidStates: ['KY'], validators: ['allowed_state'] },
      '2026-06-15',
    );
    const revisions = (await repository.page(0, 10)).flatMap((order) => revise(order, judge) ?? []);
    expect(revisions).toHaveLength(3);
    const writer = two.app.get(Database);
    let applied: Promise<typeof revisions> | undefined;
    await writer
      .transaction(async () => {
        await writer.execute(`update orders set state = 'WA' where id = 2`);
        applied = repository.apply(revisions); // waits for us
        await sleep(300);
        if (ending === 'rollback') throw new Error('taken back');
      })
      .catch((error: Error) => expect(error.message).toBe('taken back'));
    return (await applied!).map(({ order }) => order.id);
  }
  const valid = () =>
    one.app.get(Database).query('select id, state, valid from orders where not valid or id = 2 order by id');

  it('leave an order alone that the other one wrote after it was read', async () => {
    expect(await applyWhile('commit')).toEqual([1, 3]);
    expect(await valid()).toEqual([
      { id: 1, state: 'KY', valid: false },
      { id: 2, state: 'WA', valid: true },
      { id: 3, state: 'KY', valid: false },
    ]);
  });

  it('do not leave it alone where the other one took that back', async () => {
    expect(await applyWhile('rollback')).toEqual([1, 2, 3]);
  });
});
