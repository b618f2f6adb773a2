import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseOrderQuery } from '../../src/orders/listing/order-query.js';
import { listStatement } from '../../src/orders/listing/order-select.js';
import { OrderRepository } from '../../src/orders/listing/order.repository.js';
import { SORTS } from '../../src/orders/listing/order-sort.js';
import { OrdersService } from '../../src/orders/listing/orders.service.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { planOf, rowsSeen } from '../support/plans.js';
import { PostgresServer } from '../support/postgres.js';
import { describeWith } from '../support/services.js';

type Query = Record<string, string>;

const ROWS = 100_000;
const LIMIT = 50;
/** What a page may look at: a few times itself, where the filters leave out what the index does not know of. */
const FEW = 5_000;
/** The imports that brought the orders: nearly all, and a few. */
const HUGE = { id: '0199f0de-0000-7000-8000-000000000001', task: '0199f0de-0000-7000-8000-00000000000a' };
const SMALL = { id: '0199f0de-0000-7000-8000-000000000002', task: '0199f0de-0000-7000-8000-00000000000b' };

const INSERT_IMPORTS = `
  insert into order_import (id, owner, file_name, size, sha256, object_key, job_id)
  select id::uuid, 'ann', 'orders.csv', 1, 'x', 'x', task::uuid
  from unnest($1::text[], $2::text[]) as import (id, task)`;
// Scattered, so that no column comes in the order of another one; the multipliers share no factor with the moduli.
const INSERT_ORDERS = `
  insert into orders (id, name, email, state, zipcode, birthday, valid, errors, import_id)
  select n, 'Customer ' || n::bigint * 7919 % 50021, 'c' || n::bigint * 104729 % 99991 || '@example.com',
    chr(65 + n * 31 % 7) || chr(65 + n * 17 % 8), lpad((n::bigint * 48611 % 20011)::text, 5, '0'),
    date '1940-01-01' + (n::bigint * 15485863 % 25013)::int, n % 3 > 0,
    case when n % 3 > 0 then null when n % 2 > 0 then '[{"rule":"zipcode_sum"}]'::jsonb
      else '[{"rule":"allowed_age","params":{"age":21}}]'::jsonb end,
    case when n % 1000 = 0 then $2::uuid else $1::uuid end
  from generate_series(1, ${ROWS}) as n`;

describeWith('postgres')('100,000 orders on PostgreSQL', () => {
  let postgres: PostgresServer;
  let app: TestApp;
  let database: Database;

  beforeAll(async () => {
    // Statistics of all rows, not of some: the plans are the same each time.
    const settings = { fsync: 'off', autovacuum: 'off', default_statistics_target: '400' };
    postgres = await PostgresServer.start(settings);
    app = await startApp({ DATABASE_URL: await postgres.createDatabase() });
    database = app.app.get(Database);
    await database.execute(INSERT_IMPORTS, [
      [HUGE.id, SMALL.id],
      [HUGE.task, SMALL.task],
    ]);
    await database.execute(INSERT_ORDERS, [HUGE.id, SMALL.id]);
    await database.execute('vacuum analyze orders');
  });
  afterAll(async () => {
    await app?.close();
    await postgres?.stop();
  });

  /** Fails where a statement reads the table from end to end, or sorts or looks at more rows than a few. */
  async function expectLean(sql: string, values: readonly unknown[], most = FEW): Promise<void> {
    const nodes = await planOf(database, sql, values);
    const told = nodes.map((node) => `${node['Node Type']} of ${rowsSeen(node)} rows`).join(' < ');
    const lean = nodes.every(
      (node) =>
        !(node['Node Type'] === 'Seq Scan' && node['Relation Name'] === 'orders') && rowsSeen(node) <= most,
    );
    if (!lean) throw new Error(`${told}\n${sql}`);
  }

  /** The statement of a page of the list. */
  const statementOf = (query: Query, importId?: string) =>
    listStatement(parseOrderQuery({ limit: String(LIMIT), ...query }, 1000), importId);

  /** The parameters of the page after the order in the middle of a sort. */
  async function deepPage(query: Query): Promise<Query> {
    const service = app.app.get(OrdersService);
    const before = { ...query, offset: String(ROWS / 2), limit: '1' };
    const { next } = await service.list(before, () => 'en');
    const { after } = Object.fromEntries(new URLSearchParams(next));
    expect(after).toBeDefined();
    return { ...query, after: after! };
  }

  it('can tell a page that is not lean', async () => {
    await expect(expectLean('select id from orders order by lower(name), id limit 1', [])).rejects.toThrow(
      'Sort',
    );
    await expect(
      expectLean(
        'select max(autovalid::int) from (select auto_valid as autovalid from orders) as all_orders',
        [],
      ),
    ).rejects.toThrow('Seq Scan of 100000 rows');
    const { sql, values } = statementOf({ offset: '50000' });
    await expect(expectLean(sql, values)).rejects.toThrow('of 50050 rows');
  });

  describe.each(SORTS)('the sort %s', (sort) => {
    it('reads the first page and one in the middle from its index, as long as the page is', async () => {
      const first = { sort };
      const deep = await deepPage(first);
      for (const query of [first, deep, { ...first, fields: 'all' }, { ...deep, fields: 'all' }]) {
        const { sql, values } = statementOf(query);
        await expectLean(sql, values, LIMIT);
      }
    });

    it('reads no more than a few orders for a filter, whether it leaves few or many', async () => {
      const queries: [query: Query, importId?: string][] = [
        [{ state: 'AB' }],
        [{ valid: 'false' }],
        [{ q: 'customer' }],
        [{ q: 'customer 77' }],
        [{ birthday_from: '1950-01-01', birthday_to: '1990-01-01' }],
        [{ id_from: '1000', id_to: '99000' }],
        [{ rule: 'zipcode_sum' }],
        [{ rule: 'zipcode_sum,allowed_age' }],
        [{}, HUGE.id],
        [{}, SMALL.id],
      ];
      for (const [query, importId] of queries) {
        const { sql, values } = statementOf({ sort, ...query }, importId);
        await expectLean(sql, values);
      }
    });
  });

  it.each<[Query, string?]>([
    [{ id: '77' }],
    [{ id: Array.from({ length: 100 }, (_, index) => index * 997).join(',') }],
    [{ id_from: '500', id_to: '600' }],
    [{ id_from: '99990' }],
    [{ id_to: '10' }],
    [{ name: 'CUSTOMER 77' }],
    [{ email: 'C77@example.com' }],
    [{ zipcode: '00077' }],
    [{ birthday: '1963-02-27' }],
    [{ birthday_from: '1963-02-01', birthday_to: '1963-02-10' }],
    [{ birthday_from: '2008-06-20' }],
    [{ birthday_to: '1940-01-10' }],
    [{ q: 'Customer 777' }],
    [{ q: 'c777' }],
    [{ q: '777' }],
    [{ q: 'nobody' }],
    [{ state: 'AB', valid: 'true', birthday: '1963-02-27' }],
  ])('reads only what is found for %p, in every sort', async (query) => {
    for (const sort of SORTS) {
      const { sql, values } = statementOf({ sort, ...query });
      await expectLean(sql, values, 600);
    }
  });

  it('reads an export page by page from the index too', async () => {
    const repository = app.app.get(OrderRepository);
    const statements: [string, readonly unknown[]][] = [];
    const query = database.query.bind(database);
    database.query = (sql, values = []) => {
      statements.push([sql, values]);
      return query(sql, values);
    };
    try {
      for (const sort of SORTS) {
        const search = parseOrderQuery({ sort }, 1000);
        const page = await repository.exportPage(search, undefined, 2000);
        const { id, place } = page.at(-1)!;
        await repository.exportPage(search, place === undefined ? { id } : { id, value: place }, 2000);
      }
    } finally {
      database.query = query;
    }
    expect(statements).toHaveLength(2 * SORTS.length);
    for (const [sql, values] of statements) await expectLean(sql, values, 2000);
  });
});
