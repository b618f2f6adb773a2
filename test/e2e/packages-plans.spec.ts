import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { parseSearchQuery } from '../../src/packages/search/search-query.js';
import { searchStatement } from '../../src/packages/search/search-statement.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { planOf, rowsSeen } from '../support/plans.js';
import { PostgresServer } from '../support/postgres.js';
import { describeWith } from '../support/services.js';

const ROWS = 50_000;
/** What a search may look at: a few times what it answers. */
const SOME = 1000;

// One package in five is public; an owner has 50, a rare word is in 10.
const INSERT = `
  insert into package (id, owner, name, author, country_codes, private, loaded, descriptor, last_update)
  select 'owner' || n % 1000 || ':p' || n, 'owner' || n % 1000, 'p' || n, 'author ' || n % 1000, '{}', n % 5 > 0, true,
    jsonb_build_object('name', 'p' || n, 'title', 'Budget of the town ' || n, 'cityCode', 'city ' || n % 1000,
      'description', case when n % 5000 = 0 then 'rare' else repeat('filler ', 50) end),
    timestamptz '2026-01-01 00:00Z' + n * interval '1 minute'
  from generate_series(1, ${ROWS}) as n`;

describeWith('postgres')(`${ROWS} packages on PostgreSQL`, () => {
  let postgres: PostgresServer;
  let app: TestApp;
  let database: Database;

  beforeAll(async () => {
    postgres = await PostgresServer.start({ fsync: 'off', autovacuum: 'off' });
    app = await startApp({ DATABASE_URL: await postgres.createDatabase() });
    database = app.app.get(Database);
    await database.execute(INSERT);
    await database.execute('vacuum analyze package');
  }, 120_000);
  afterAll(async () => {
    await app?.close();
    await postgres?.stop();
  });

  const nobody = { userid: null, all: false };
  const owner = { userid: 'owner7', all: false };

  it.each<[string, Record<string, string>, typeof nobody | typeof owner, number]>([
    ['the newest', {}, nobody, 100],
    ['a page behind them', { from: '300' }, nobody, 100],
    ['a rare word', { q: '"rare horse"' }, nobody, 10],
    ['a rare word, of what the own ones are too', { q: '"rare"' }, owner, 10],
    ['an author', { q: '"author 5"' }, nobody, 50],
    ['a city', { q: '"city 5"' }, nobody, 50],
    ['an owner', { q: '"owner5"' }, nobody, 50],
    ['a filter by owner', { 'package.owner': '"owner5"' }, nobody, 50],
    ['a filter by author', { 'package.author': '"author 5"', 'package.name': '"p5"' }, nobody, 1],
    ['the own ones', { 'package.owner': '"owner7"' }, owner, 50],
    ['an id', { id: '"owner5:p5"' }, nobody, 1],
  ])('are found by an index: %s', async (_, parameters, viewer, count) => {
    const { sql, values } = searchStatement(viewer, parseSearchQuery(parameters));
    expect((await database.query(sql, values)).length).toBe(count);
    const plan = await planOf(database, sql, values);
    expect(plan.filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([]);
    // Which packages are public is a matter of an index of few bytes per package: only rows that are read count.
    const reads = plan.filter((node) => node['Node Type'] !== 'Bitmap Index Scan');
    expect(Math.max(...reads.map(rowsSeen))).toBeLessThanOrEqual(SOME);
  });

  it('answer over HTTP as the embedded database does', async () => {
    const search = async (query: string) =>
      (await (await app.request(`/search/package?${query}`)).json()) as { id: string }[];
    expect(await search('q="rare"&package.cityCode="city%200"&size=2')).toHaveLength(2);
    expect((await search('size=10000')).length).toBe(10_000);
    expect(await search('package.countryCode=null&package.name="p5"')).toMatchObject([{ id: 'owner5:p5' }]);
  });

  it('are given up where a search takes too long', async () => {
    await database.execute('alter table package rename to hidden_package');
    await database.execute(
      `create view package as select *, pg_sleep(0.01)::text as wait from hidden_package offset 0`,
    );
    try {
      const begun = performance.now();
      const answer = await app.request('/search/package?package.x=1');
      expect([answer.status, await answer.text()]).toEqual([200, '[]']);
      expect(performance.now() - begun).toBeLessThan(10_000);
    } finally {
      await database.execute('drop view package');
      await database.execute('alter table hidden_package rename to package');
    }
  }, 30_000);
});
