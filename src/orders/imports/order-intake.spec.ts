import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  goodLine as good,
  ORDER_FILE_HEADER as HEADER,
  OrderImports,
} from '../../../test/support/order-imports.js';
import { PostgresServer } from '../../../test/support/postgres.js';
import { describeWith } from '../../../test/support/services.js';
import { DUPLICATE_POLICIES, type ImportOptions, NO_COUNTS } from './order-import-options.js';
import { OrderIntake } from './order-intake.js';

let imports: OrderImports;

const rows = async () => (await imports.orders()).map(({ id, name, valid }) => [id, name, valid] as const);
const changes = () =>
  imports.database.query<Record<string, unknown>>(
    'select order_id, cause, applied, actor, before, after from order_change order by id',
  );
const staged = async () =>
  (
    await imports.database.query<{ count: number }>(
      'select ((select count(*) from order_import_held) + (select count(*) from order_import_seen))::int as count',
    )
  )[0]!.count;

/** Three lines whose ids are taken: by an order that is stored, by a line above, by both. */
const FILE =
  HEADER +
  good(5, 'five') +
  good(1, 'one anew').replace('NY', 'NJ') +
  good(3, 'three') +
  good(5, 'five anew') +
  good(1, 'one once more');

function suite(): void {
  beforeEach(async () => {
    await imports.clear();
    await imports.run(HEADER + good(1, 'one') + good(2, 'two'));
  });

  it('skip passes the line over', async () => {
    const { result } = await imports.run(FILE, { onDuplicate: 'skip' });
    expect(result).toEqual({ ...NO_COUNTS, read: 5, imported: 2, valid: 2, invalid: 0, duplicate: 3 });
    expect((await rows()).map(([, name]) => name)).toEqual(['one', 'two', 'three', 'five']);
    expect(await changes()).toEqual([]);
  });

  it('update replaces the order, whose history tells what it held', async () => {
    const { result } = await imports.run(FILE, { onDuplicate: 'update' });
    expect(result).toEqual({ ...NO_COUNTS, read: 5, imported: 2, updated: 3, valid: 4, invalid: 1 });
    expect((await rows()).map(([, name]) => name)).toEqual(['one once more', 'two', 'three', 'five anew']);
    expect(await changes()).toEqual([
      {
        ...{ order_id: 1, cause: 'import', applied: true, actor: 'tester' },
        before: { name: 'one' },
        after: { name: 'one once more' },
      },
    ]);
  });

  it('update tells of all that changed, and of nothing where nothing did', async () => {
    await imports.run(`${HEADER}1|one|other@example.com|NJ|1000|Mar 1, 2020\n${good(2, 'two')}`, {
      onDuplicate: 'update',
    });
    expect(await changes()).toEqual([
      {
        ...{ order_id: 1, cause: 'import', applied: true, actor: 'tester' },
        before: {
          ...{ email: 'c1@example.com', state: 'NY', zipcode: '10001', birthday: '1963-02-27' },
          ...{ valid: true, errors: [] },
        },
        after: {
          ...{
            email: 'other@example.com',
            state: 'NJ',
            zipcode: '1000',
            birthday: '2020-03-01',
            valid: false,
          },
          errors: [
            { rule: 'allowed_state', params: { state: 'NJ' } },
            expect.objectContaining({ rule: 'zipcode_length' }),
            { rule: 'allowed_age', params: { age: 21 } },
          ],
        },
      },
    ]);
  });

  it('reject tells of the line', async () => {
    const { result, importId } = await imports.run(`${FILE}x\n`, { onDuplicate: 'reject' });
    expect(result).toEqual({ ...NO_COUNTS, read: 6, imported: 2, valid: 2, invalid: 0, rejected: 4 });
    expect((await imports.errorsOf(importId)).map(({ line, code, value }) => [line, code, value])).toEqual([
      [3, 'ID_TAKEN', '1'],
      [5, 'ID_TAKEN', '5'],
      [6, 'ID_TAKEN', '1'],
      [7, 'FIELD_COUNT', 'x'],
    ]);
  });

  it('renumber stores the line under a new id, after all lines of the file', async () => {
    const { result } = await imports.run(`${FILE}${good(6, 'six')}`, { onDuplicate: 'renumber' });
    expect(result).toEqual({ ...NO_COUNTS, read: 6, imported: 6, renumbered: 3, valid: 5, invalid: 1 });
    expect((await rows()).map(([id, name]) => [id, name])).toEqual([
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
      [5, 'five'],
      [6, 'six'],
      [7, 'one anew'],
      [8, 'five anew'],
      [9, 'one once more'],
    ]);
    expect(await changes()).toEqual(
      [
        [1, 7],
        [5, 8],
        [1, 9],
      ].map(([before, after]) => ({
        ...{ order_id: after, cause: 'renumber', applied: true, actor: 'tester' },
        before: { id: before },
        after: { id: after },
      })),
    );
    expect(await staged()).toBe(0);
  });

  it('renumber finds ids between others where none is left above', async () => {
    await imports.run(HEADER + good(2147483646, 'last but one') + good(4, 'four'));
    await imports.run(FILE, { onDuplicate: 'renumber' });
    expect((await rows()).map(([id]) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 2147483646, 2147483647]);
  });

  it.each(DUPLICATE_POLICIES)(
    'a dry run of %s tells what would be, and stores nothing',
    async (onDuplicate) => {
      const before = await rows();
      const dry = await imports.run(`${FILE}x\n`, { onDuplicate, dryRun: true });
      expect(dry.progress).toMatchObject({ current: 6, unit: 'lines' });
      expect(await rows()).toEqual(before);
      expect(await staged()).toBe(0);
      const wet = await imports.run(`${FILE}x\n`, { onDuplicate });
      expect(dry.result).toEqual(wet.result);
      expect(await imports.errorsOf(dry.importId)).toEqual(await imports.errorsOf(wet.importId));
    },
  );

  const many = Array.from({ length: 5000 }, (_, index) => index).map((index) =>
    index % 9 === 0 ? 'no order\n' : good(index % 7 === 0 ? index - 7 : index, `line ${index}`),
  );
  it.each<[string, Partial<ImportOptions>]>([
    ...DUPLICATE_POLICIES.map((onDuplicate) => [onDuplicate, { onDuplicate }] as [string, object]),
    ['a dry run', { onDuplicate: 'renumber', dryRun: true }],
  ])('%s comes to the same after an interruption', async (_, options) => {
    const file = HEADER + many.join('');
    const undisturbed = await imports.run(file, options);
    const expected = { orders: await imports.orders(), errors: await imports.errorsOf(undisturbed.importId) };
    await imports.clear();
    await imports.run(HEADER + good(1, 'one') + good(2, 'two'));

    const intake = imports.get(OrderIntake);
    const store = intake.store.bind(intake);
    let calls = 0;
    intake.store = async (...parameters) => {
      const stored = await store(...parameters);
      if ([2, 4].includes(++calls)) throw new Error('the power went');
      return stored;
    };
    try {
      const job = await imports.run(file, options);
      expect(job).toMatchObject({ state: 'succeeded', attempt: 3, result: undisturbed.result });
      expect(await imports.errorsOf(job.importId)).toEqual(expected.errors);
    } finally {
      intake.store = store;
    }
    expect(await imports.orders()).toEqual(expected.orders);
  });
}

describe('a line whose id is taken, on the embedded database', () => {
  beforeAll(async () => {
    imports = await OrderImports.start();
  });
  afterAll(() => imports.close());
  suite();
});

describeWith('postgres')('a line whose id is taken, on PostgreSQL', () => {
  let postgres: PostgresServer;

  beforeAll(async () => {
    postgres = await PostgresServer.start();
    imports = await OrderImports.start({ DATABASE_URL: await postgres.createDatabase() });
  }, 60_000);
  afterAll(async () => {
    await imports.close();
    await postgres.stop();
  });
  suite();

  it('is no hindrance to lines that are copied, whatever they hold', async () => {
    await imports.clear();
    const names = [
      'tab\there',
      'back\\slash',
      '\\N',
      '\\.',
      'Zo\u00eb \ud83c\udf77',
      "O'Neill",
      '"quoted"',
      '',
    ];
    const copied = await imports.run(HEADER + names.map((name, id) => good(id, name)).join(''));
    expect(copied.result).toMatchObject({ imported: names.length, valid: names.length });
    expect((await rows()).map(([, name]) => name)).toEqual(names);
    const again = await imports.run(HEADER + names.map((_, id) => good(id + 4, 'new')).join(''));
    expect(again.result).toMatchObject({ imported: 4, duplicate: 4 });
    expect((await rows()).map(([, name]) => name)).toEqual([...names, 'new', 'new', 'new', 'new']);
  });
});
