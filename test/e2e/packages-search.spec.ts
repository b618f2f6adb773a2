import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { type Owner, ownerNamed, register, setPrivate } from '../support/packages.js';

interface Found {
  readonly id: string;
  readonly model: unknown;
  readonly package: Record<string, unknown>;
  readonly origin_url: string | null;
  readonly loaded: boolean | null;
  readonly last_update: number;
}

const JWT = (token: string) => ({ jwt: token });

describe('GET /search/package', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());

  type Query = Record<string, string | readonly string[]>;

  function ask(query: Query = {}, headers: Record<string, string> = {}): Promise<Response> {
    const pairs = Object.entries(query).flatMap(([name, value]) =>
      [value].flat().map((one): [string, string] => [name, String(one)]),
    );
    return app.request(`/search/package?${String(new URLSearchParams(pairs))}`, { headers });
  }

  async function search(query: Query = {}, headers: Record<string, string> = {}): Promise<Found[]> {
    const answer = await ask(query, headers);
    const text = await answer.text();
    expect([answer.status, answer.status === 200 ? '' : text]).toEqual([200, '']);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    return JSON.parse(text) as Found[];
  }

  const names = (found: readonly Found[]) => found.map((one) => one.package['name']).sort();

  describe('of two owners, private and public, loaded and not, cats and dogs', () => {
    let ann: Owner;

    beforeAll(async () => {
      ann = await ownerNamed(app, 'ann');
      for (const owner of [ann.userid, '0'.repeat(32)])
        for (const isPrivate of [true, false])
          for (const loaded of [true, false])
            for (const animal of ['cat', 'dog']) {
              const name = `${animal}-${isPrivate ? 'private' : 'public'}-${loaded ? 'done' : 'queued'}`;
              const title = `All about the ${animal}s and one ${animal}`;
              const id = await register(app, owner, name, { descriptor: { name, title }, loaded });
              await setPrivate(app, id, isPrivate);
            }
    });
    afterAll(() => app.app.get(Database).execute('delete from package'));

    it('shows everybody the four that are public and loaded', async () => {
      const found = await search();
      expect(names(found)).toEqual([
        'cat-public-done',
        'cat-public-done',
        'dog-public-done',
        'dog-public-done',
      ]);
      expect(await search({ q: '"cat"' })).toHaveLength(2);
    });

    it('shows an owner all of his besides: ten', async () => {
      for (const [query, headers] of [
        [JWT(ann.token), {}],
        [{}, { 'auth-token': ann.token }],
        [{}, { authorization: `Bearer ${ann.token}` }],
      ] as const) {
        expect(await search(query, headers)).toHaveLength(10);
        expect(await search({ ...query, q: '"cat"' }, headers)).toHaveLength(5);
      }
    });

    it('takes an invalid token, and a permission token, for none', async () => {
      for (const jwt of ['nonsense', ann.permissionToken, 'undefined', `${ann.token}x`])
        expect(await search({ jwt })).toHaveLength(4);
    });

    it('shows an admin no more than his own: clients expect that', async () => {
      expect(await search(JWT(await app.adminToken()))).toHaveLength(4);
    });

    it('takes several words for "any of them"', async () => {
      expect(await search({ q: '"cat dog"' })).toHaveLength(4);
      expect(await search({ q: '"CAT horse"' })).toHaveLength(2);
      expect(await search({ q: '"horse"' })).toEqual([]);
      expect(await search({ q: '" "' })).toHaveLength(4);
      expect(await search({ q: `"& | ! ( ' \\\\ :*"` })).toEqual([]);
    });

    it('finds the packages of an owner by the whole userid', async () => {
      expect(await search({ q: JSON.stringify(ann.userid) })).toHaveLength(2);
      expect(await search({ q: JSON.stringify(ann.userid.slice(0, 31)) })).toEqual([]);
      expect(await search({ 'package.owner': JSON.stringify(ann.userid), ...JWT(ann.token) })).toHaveLength(
        8,
      );
    });

    it('goes on where the last page ended', async () => {
      const all = (await search()).map(({ id }) => id);
      expect((await search({ size: '3' })).map(({ id }) => id)).toEqual(all.slice(0, 3));
      expect((await search({ size: '3', from: '3' })).map(({ id }) => id)).toEqual(all.slice(3));
      expect((await search({ offset: '3' })).map(({ id }) => id)).toEqual(all.slice(3));
      expect(await search({ size: '0' })).toEqual([]);
      expect(await search({ size: '10000' })).toHaveLength(4);
    });
  });

  describe('of a package', () => {
    let bob: Owner;
    let id: string;

    beforeAll(async () => {
      bob = await ownerNamed(app, 'bob');
      id = await register(app, bob.userid, 'budget', {
        descriptor: {
          name: 'budget',
          title: 'The Budget of Lisbon',
          description: 'What the city spends',
          author: 'Bob Builder <bob@example.org>',
          regionCode: 'eu',
          countryCode: ['PT', 'ES'],
          cityCode: 'Lisboa Grande',
          private: 'whatever',
          owner: 'somebody else',
          resources: [{ name: 'spending', schema: { fields: [{ name: 'amount', type: 'number' }] } }],
          fiscalPeriod: { start: '2026-01-01' },
          number: 12,
          nothing: null,
          'odd"key': true,
        },
        model: { fact_table: 'fdp__x', dimensions: { who: { label: 'Who' } } },
      });
      await setPrivate(app, id, false);
      await setPrivate(app, await register(app, bob.userid, 'other', { countOfRows: null }), false);
    });

    it('shows what the registry has of it, and no address of its author', async () => {
      const [found] = await search({ id: JSON.stringify(id) });
      expect(found).toEqual({
        id,
        model: { fact_table: 'fdp__x', dimensions: { who: { label: 'Who' } } },
        package: expect.objectContaining({
          name: 'budget',
          private: false,
          owner: bob.userid,
          author: 'Bob Builder <bob@not.shown>',
          count_of_rows: 10,
          countryCode: ['PT', 'ES'],
        }),
        origin_url: `https://data.example.org/${bob.userid}/budget/final/datapackage.json`,
        loaded: true,
        last_update: expect.any(Number),
      });
      expect(found!.package).not.toHaveProperty('defaultParams');
      expect(Math.abs(found!.last_update - Date.now() / 1000)).toBeLessThan(600);
      expect(JSON.stringify(await search())).not.toContain('example.org>');
    });

    it.each([
      '"budget"',
      '"SPENDS nothing"',
      '"Bob Builder <bob@not.shown>"',
      '"Lisboa Grande"',
      '"EU"',
      '"es"',
      '"lisbon\'s \\\\ budget"',
    ])('finds it by %s', async (q) => expect(names(await search({ q }))).toEqual(['budget']));

    it.each(['"bob"', '"builder"', '"Lisboa"', '"lisboa grande"', '"spending"', '"budgets"', '"2026"'])(
      'does not find it by %s',
      async (q) => expect(await search({ q })).toEqual([]),
    );

    it.each<[Query]>([
      [{ 'package.title': '"lisbon"' }],
      [{ 'package.title': '"another Budget"' }],
      [{ 'package.description': '"city"' }],
      [{ 'package.author': '"Bob Builder <bob@not.shown>"' }],
      [{ 'package.author': ['"nobody"', '"Bob Builder <bob@not.shown>"'] }],
      [{ 'package.author': ['7', '"Bob Builder <bob@not.shown>"'] }],
      [{ 'package.countryCode': '"ES"' }],
      [{ 'package.countryCode': '["PT","ES"]' }],
      [{ 'package.cityCode': '"Lisboa Grande"' }],
      [{ 'package.fiscalPeriod.start': '"2026-01-01"' }],
      [{ 'package.fiscalPeriod': '{"start":"2026-01-01"}' }],
      [{ 'package.resources.name': '"spending"' }],
      [{ 'package.resources.schema.fields.type': '"number"' }],
      [{ 'package.number': '12.0' }],
      [{ 'package.private': 'false', 'package.name': '"budget"' }],
      [{ 'package.nothing': 'null', 'model.fact_table': '"fdp__x"' }],
      [{ 'package.odd"key': 'true' }],
      [{ 'model.dimensions.who.label': '"Who"' }],
      [{ loaded: 'true', 'package.countryCode': ['"DE"', '"PT"'], nothing: 'no JSON' }],
      [{ model: '{"dimensions":{"who":{"label":"Who"}},"fact_table":"fdp__x"}' }],
    ])('is among those of %j', async (query) => expect(names(await search(query))).toEqual(['budget']));

    it('is found by its times, its number of rows and its address', async () => {
      const [found] = await search({ id: JSON.stringify(id) });
      expect(names(await search({ origin_url: JSON.stringify(found!.origin_url) }))).toEqual(['budget']);
      expect(names(await search({ last_update: String(found!.last_update) }))).toEqual(['budget']);
      expect(names(await search({ 'package.count_of_rows': '10' }))).toEqual(['budget']);
      expect(names(await search({ 'package.count_of_rows': 'null' }))).toEqual(['other']);
      expect(names(await search({ model: 'null' }))).toEqual(['other']);
    });

    it.each<[Query]>([
      [{ 'package.countryCode': '"FR"' }],
      [{ 'package.author': '"Bob"' }],
      [{ 'package.title': '"The Lisbon"', 'package.number': '13' }],
      [{ 'package.title': '"..."' }],
      [{ 'package.number': '"12"' }],
      [{ 'package.private': 'true' }],
      [{ loaded: 'null' }],
      [{ 'package.__proto__.x': '1' }],
      [{ 'package.title.deeper': '"Lisbon"' }],
      [{ 'package.number': '"\\u0000"' }],
      [{ 'package.owner': '"somebody else"' }],
      [{ id: '"\\u0000\\ud800"' }],
      [{ "package.x'); drop table package; --": '1' }],
      [{ 'package.number': '[1e999, "\\ud800"]' }],
    ])('is not among those of %j', async (query) => expect(await search(query)).toEqual([]));
  });

  it.each<[string, Query]>([
    ['q', { q: 'cat' }],
    ['q', { q: '["cat"]' }],
    ['q', { q: JSON.stringify('x'.repeat(1001)) }],
    ['q', { q: JSON.stringify('x '.repeat(51)) }],
    ['size', { size: '10001' }],
    ['size', { size: '-1' }],
    ['size', { size: '"5"' }],
    ['size', { size: 'many' }],
    ['from', { from: '0.5' }],
    ['package.title', { 'package.title': 'cat' }],
    ['package.a', { 'package.a': ['1', ''] }],
    ['package..a', { 'package..a': '1' }],
    ['package.a\0b', { 'package.a\0b': '1' }],
    ['package.a', { 'package.a': `"${'x'.repeat(2000)}"` }],
    ['package.a.a.a.a.a.a.a.a.a.a', { 'package.a.a.a.a.a.a.a.a.a.a': '1' }],
    ['package.a20', Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`package.a${n}`, '1']))],
    ['package.a', { 'package.a': Array.from({ length: 101 }, () => '1') }],
  ])('refuses what is wrong with %s', async (name, query) => {
    const answer = await ask(query);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: 'SEARCH_PARAMETER_INVALID',
      errors: [{ path: name }],
    });
  });

  it('searches for nothing else than packages', async () => {
    for (const kind of ['user', 'Package', 'constructor'])
      expect((await app.request(`/search/${kind}`)).status).toBe(400);
  });

  it('leaves out the rows that are in descriptors, and sends large ones in few at a time', async () => {
    const schema = { fields: [{ name: 'a'.repeat(1_500_000) }] };
    const resources = [{ name: 'r', data: [{ a: 1 }], schema }, 'odd', { name: 's', path: 's.csv' }];
    for (let n = 0; n < 6; n++) {
      const descriptor = { name: `n${n}`, title: 'large', resources: n === 5 ? { data: [] } : resources };
      await setPrivate(app, await register(app, 'large', `n${n}`, { descriptor }), false);
    }
    const found = await search({ q: '"large"' });
    expect(found.map((one) => one.package['name'])).toEqual(['n5', 'n4', 'n3', 'n2', 'n1', 'n0']);
    expect(found[0]!.package['resources']).toEqual({ data: [] });
    expect(found[1]!.package['resources']).toEqual([{ name: 'r', schema }, 'odd', resources[2]]);
    expect(await search({ id: '"large:n1"', 'package.resources.data.a': '1' })).toHaveLength(1);
    const whole = await app.request('/package/large:n1');
    expect(((await whole.json()) as Found).package['resources']).toEqual(resources);
  });

  it('sends thousands of packages piece by piece', async () => {
    await app.app.get(Database).execute(
      `insert into package (id, owner, name, country_codes, private, loaded, descriptor)
       select 'many:p' || n, 'many', 'p' || n, '{}', false, true, jsonb_build_object('name', 'p' || n, 'title', 'one of many')
       from generate_series(1, 2500) n`,
    );
    const found = await search({ q: '"many"', size: '10000' });
    expect(new Set(found.map(({ id }) => id)).size).toBe(2500);
    expect(found.filter((one) => one.package['title'] !== 'one of many')).toEqual([]);
    expect((await app.request('/search/package', { method: 'HEAD' })).status).toBe(200);
  });
});
