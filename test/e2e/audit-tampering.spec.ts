import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuditProblem } from '../../src/audit/audit-verification.js';
import { startApp, type TestApp } from '../support/app.js';
import { AuditTampering } from '../support/audit.js';
import { type Forgery, forgedSeals } from '../support/forged-seals.js';

const SEALS = 4;
const PER_SEAL = 10;

describe('somebody who can write to the database', () => {
  let app: TestApp;
  let log: AuditTampering;
  /** The ids of the entries under each seal, from seal 1 on. */
  let sealed: number[][];
  let hashes: string[];

  beforeAll(async () => {
    app = await startApp();
    log = new AuditTampering(app);
    await log.seal(); // what the start recorded
    await log.tamper('delete from audit_seal', 'delete from audit_entry');
    for (let seal = 1; seal <= SEALS; seal++) {
      for (let entry = 1; entry <= PER_SEAL; entry++) {
        // Now and then a transaction fails, and leaves a gap between the ids.
        await log.database
          .transaction(async () => {
            await log.record(`thing:${entry}`);
            throw new Error('changed his mind');
          })
          .catch(() => undefined);
        await log.record(`thing:${entry}`, { seal, price: 1.5 });
      }
      expect(await log.seal()).toBe(1);
    }
    await log.record('tail');
    const seals = await log.database.query<{ first: string; last: string; hash: string }>(
      'select first_id as first, last_id as last, hash from audit_seal order by id',
    );
    hashes = seals.map(({ hash }) => hash);
    sealed = [];
    for (const { first, last } of seals) {
      const entries = await log.database.query<{ id: string }>(
        'select id from audit_entry where id between $1 and $2 order by id',
        [first, last],
      );
      sealed.push(entries.map(({ id }) => Number(id)));
    }
  });
  afterAll(() => app?.close());

  it('finds nothing wrong where nothing is', async () => {
    expect(sealed.map((ids) => ids.length)).toEqual(Array<number>(SEALS).fill(PER_SEAL));
    expect(await log.verify()).toEqual({
      seals: SEALS,
      entries: SEALS * PER_SEAL,
      unsealed: 1,
      unsealedSince: expect.stringMatching(/^20\d\d-.+Z$/),
      lastSeal: { id: SEALS, hash: hashes[3] },
      fault: null,
    });
  });

  type Case = [what: string, statements: () => string[], seal: number, problem: AuditProblem];
  it.each<Case>([
    ['another actor', () => [entry(2, 3, `actor = 'somebody'`)], 2, 'entry-changed'],
    ['another action', () => [entry(2, 0, `action = 'test.other'`)], 2, 'entry-changed'],
    ['another subject', () => [entry(4, 9, `subject = 'thing:0'`)], 4, 'entry-changed'],
    ['a time one millisecond off', () => [entry(1, 3, `at = at + interval '1 ms'`)], 1, 'entry-changed'],
    ['a time before Christ', () => [entry(1, 3, `at = at - interval '4050 years'`)], 1, 'entry-changed'],
    ['no time at all', () => [entry(1, 3, `at = 'infinity'`)], 1, 'entry-changed'],
    ['a request that was none', () => [entry(3, 5, `request_id = ''`)], 3, 'entry-changed'],
    [
      'details with another number',
      () => [entry(3, 5, `details = '{"seal": 3, "price": 1.50}'`)],
      3,
      'entry-changed',
    ],
    ['no details', () => [entry(3, 5, 'details = null')], 3, 'entry-changed'],
    ['details that are null', () => [entry(3, 5, `details = 'null'`)], 3, 'entry-changed'],
    [
      'a value in the next field',
      () => [entry(3, 5, `subject = subject || '","', request_id = null`)],
      3,
      'entry-changed',
    ],
    [
      'an entry in the place of another',
      () => [`update audit_entry set id = ${sealed[1]![4]! + 1} where id = ${sealed[1]![4]!}`],
      2,
      'entry-changed',
    ],
    ['two entries in each other’s place', () => swap(sealed[0]![2]!, sealed[0]![7]!), 1, 'entry-changed'],
    ['an entry less', () => [`delete from audit_entry where id = ${sealed[2]![4]}`], 3, 'entry-missing'],
    [
      'the first entry less',
      () => [`delete from audit_entry where id = ${sealed[0]![0]}`],
      1,
      'entry-missing',
    ],
    [
      'the last sealed entry less',
      () => [`delete from audit_entry where id = ${sealed[3]![9]}`],
      4,
      'entry-missing',
    ],
    ['all entries less', () => ['delete from audit_entry'], 1, 'entry-missing'],
    ['an entry more, in a gap', () => [insert(sealed[1]![3]! + 1)], 2, 'entry-added'],
    ['an entry more, between two seals', () => [insert(sealed[1]![9]! + 1)], 3, 'entry-added'],
    ['an entry more, before all', () => [insert(-5)], 1, 'entry-added'],
    [
      'an entry moved to another seal',
      () => [`update audit_entry set id = ${sealed[2]![3]! + 1} where id = ${sealed[1]![3]}`],
      2,
      'entry-missing',
    ],
    ['a seal less', () => ['delete from audit_seal where id = 2'], 2, 'seal-missing'],
    ['the first seal less', () => ['delete from audit_seal where id = 1'], 1, 'seal-missing'],
    [
      'a seal and its entries less',
      () => [
        'delete from audit_seal where id = 2',
        `delete from audit_entry where id = any('{${sealed[1]!.join()}}')`,
      ],
      2,
      'seal-missing',
    ],
    [
      'a seal less, and its number given to the next',
      () => [
        'delete from audit_seal where id = 2',
        'update audit_seal set id = id - 1 where id = 3',
        'update audit_seal set id = id - 1 where id = 4',
      ],
      2,
      'seal-changed',
    ],
    [
      'another hash of a seal',
      () => [`update audit_seal set hash = md5('') || md5('') where id = 3`],
      3,
      'seal-changed',
    ],
    ['another MAC of a seal', () => [`update audit_seal set mac = hash where id = 3`], 3, 'seal-changed'],
    [
      'another time of a seal',
      () => [`update audit_seal set sealed_at = sealed_at - interval '1 day' where id = 3`],
      3,
      'seal-changed',
    ],
    [
      'another key of a seal',
      () => [`update audit_seal set key_id = 'cafecafe' where id = 3`],
      3,
      'entry-changed',
    ],
    [
      'a seal that covers less',
      () => [`update audit_seal set last_id = ${sealed[3]![8]}, entries = 9 where id = 4`],
      4,
      'seal-changed',
    ],
    [
      'a seal that counts less, and an entry less',
      () => [
        'update audit_seal set entries = 9 where id = 4',
        `delete from audit_entry where id = ${sealed[3]![8]}`,
      ],
      4,
      'seal-changed',
    ],
  ])('is found out: %s', async (_, statements, seal, problem) => {
    await log.keeping(async () => {
      await log.tamper(...statements());
      const { fault, seals } = await log.verify();
      expect({ fault, seals }).toEqual({
        fault: { seal, problem, message: expect.stringMatching(/^\S.*\.$/) },
        seals: seal - 1,
      });
      expect(fault!.message).toMatch(new RegExp(`[Ss]eal ${seal}\\b`));
    });
    expect((await log.verify()).fault).toBeNull();
  });

  it('cannot make seals without the secret, from whatever place on', async () => {
    for (const [from, keyOfHisOwn] of [
      [1, false],
      [3, false],
      [4, false],
      [1, true],
      [3, true],
      [4, true],
    ] as const) {
      await log.keeping(async () => {
        await log.tamper(entry(from, 2, `actor = 'somebody else'`), ...(await forged(from, keyOfHisOwn)));
        const { fault } = await log.verify();
        expect(fault).toMatchObject({
          seal: from,
          problem: keyOfHisOwn ? 'not-vouched-for' : 'seal-changed',
        });
      });
    }
  });

  it('cannot hide seals of his own behind right ones that were made afterwards', async () => {
    await log.keeping(async () => {
      const rows = await forged(2, true);
      await log.tamper(entry(2, 2, `actor = 'somebody else'`), ...rows.slice(0, 2)); // seals 2 and 3, not 4
      expect((await log.verify()).fault).toMatchObject({ seal: 4, problem: 'seal-changed' });
    });
  });

  it('cuts off the end unseen, except by who knows the hash of a seal', async () => {
    const told = (await log.verify()).lastSeal!;
    await log.keeping(async () => {
      await log.tamper(
        'delete from audit_seal where id > 2',
        `delete from audit_entry where id > ${sealed[1]![9]}`,
      );
      expect(await log.verify()).toMatchObject({ seals: 2, unsealed: 0, fault: null });
      expect(await log.verify({ expect: hashes[1]! })).toMatchObject({ fault: null });
      expect((await log.verify({ expect: told.hash })).fault).toMatchObject({
        seal: 3,
        problem: 'not-as-expected',
      });
      await log.record('new');
      await log.seal(); // what comes later does not hide it
      expect((await log.verify()).fault).toBeNull();
      expect((await log.verify({ expect: told.hash })).fault).toMatchObject({ problem: 'not-as-expected' });
    });
    await log.keeping(async () => {
      await log.tamper('delete from audit_seal', 'delete from audit_entry');
      expect(await log.verify()).toMatchObject({ seals: 0, entries: 0, unsealed: 0, fault: null });
      expect((await log.verify({ expect: told.hash })).fault).toMatchObject({ problem: 'not-as-expected' });
    });
    expect(await log.verify({ expect: hashes[0]! })).toMatchObject({ seals: SEALS, fault: null });
  });

  it('begins with any seal, and takes those before as they are', async () => {
    await log.keeping(async () => {
      await log.tamper(entry(1, 2, `actor = 'somebody else'`));
      expect(await log.verify({ from: 2 })).toMatchObject({ seals: 3, entries: 30, fault: null });
      expect(await log.verify({ from: 4, expect: hashes[2]! })).toMatchObject({ seals: 1, fault: null });
      expect((await log.verify({ from: 1 })).fault).toMatchObject({ seal: 1 });
      await log.tamper(entry(3, 2, `actor = 'somebody else'`));
      expect((await log.verify({ from: 2 })).fault).toMatchObject({ seal: 3 });
      await expect(log.verify({ from: 5 })).rejects.toMatchObject({ code: 'AUDIT_SEAL_NOT_FOUND' });
    });
  });

  it.each(
    ['audit_entry', 'audit_seal'].flatMap((table) => [
      `update ${table} set id = id`,
      `delete from ${table}`,
      `truncate ${table}`,
      `delete from ${table} where false`,
    ]),
  )('is refused, unless he takes the trigger away: %s', async (sql) => {
    await expect(log.database.execute(sql)).rejects.toThrow(/append-only/);
  });

  /** Changes one entry of a seal. */
  function entry(seal: number, index: number, change: string): string {
    return `update audit_entry set ${change} where id = ${sealed[seal - 1]![index]}`;
  }

  function insert(id: number): string {
    return `insert into audit_entry (id, actor, action, subject) values (${id}, 'ann', 'test.deed', 'thing:1')`;
  }

  function swap(one: number, two: number): string[] {
    const move = (from: number, to: number) => `update audit_entry set id = ${to} where id = ${from}`;
    return [move(one, 1_000_000), move(two, one), move(1_000_000, two)];
  }

  /** Statements that make all seals anew from one on, whose third entry has another actor now. */
  function forged(from: number, keyOfHisOwn: boolean): Promise<string[]> {
    const forgery: Forgery = { from, keyOfHisOwn, entry: sealed[from - 1]![2]!, actor: 'somebody else' };
    return forgedSeals(log.database, forgery);
  }
});
