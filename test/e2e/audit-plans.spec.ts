import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ACTIONS, auditStatement } from '../../src/audit/audit-query.js';
import type { AuditQueryDto } from '../../src/audit/dto/audit-entry.dto.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { planOf, rowsSeen } from '../support/plans.js';
import { PostgresServer } from '../support/postgres.js';
import { describeWith } from '../support/services.js';

type Query = Partial<AuditQueryDto>;

const ROWS = 100_000;
const LIMIT = 50;
/** What a page may look at: a few times itself, where a filter leaves out some of what an index gives in order. */
const SOME = LIMIT * 10;
/** The same where several filters do. */
const FEW = ROWS / 10;
const ACTION_WORDS = [
  'token.create',
  'token.revoke',
  'token.refresh',
  'role.grant',
  'user.create',
  'job.cancel',
];
// One actor made most of it and most subjects come once; a rare action and a rare actor are far from the newest.
const INSERT = `
  insert into audit_entry (at, actor, action, subject, request_id)
  select timestamptz '2026-01-01 00:00Z' + n * interval '1 minute' - (n * 31 % 7) * interval '30 s',
    case when n % 1000 = 0 and n < 50000 then 'rare' when n % 3 = 0 then 'ann' else 'robot' end,
    case when n % 2000 = 0 and n < 50000 then 'user.disable' else ($1::text[])[1 + (n * 7919::bigint % 10007 % 6)::int] end,
    case when n % 4 = 0 then 'user:1' else 'user:' || n end,
    case when n % 5 = 0 then 'always-the-same' when n % 5 = 1 then null else 'request-' || n end
  from generate_series(1, ${ROWS}) as n`;

describeWith('postgres')('100,000 entries of the audit log on PostgreSQL', () => {
  let postgres: PostgresServer;
  let app: TestApp;
  let database: Database;

  beforeAll(async () => {
    const settings = { fsync: 'off', autovacuum: 'off', default_statistics_target: '400' };
    postgres = await PostgresServer.start(settings);
    app = await startApp({ DATABASE_URL: await postgres.createDatabase(), AUDIT_SEAL_SECONDS: '86400' });
    database = app.app.get(Database);
    await database.execute(INSERT, [ACTION_WORDS]);
    await database.execute('vacuum analyze audit_entry');
  });
  afterAll(async () => {
    await app?.close();
    await postgres?.stop();
  });

  /** Fails where a page reads the log from end to end, or sorts or looks at more rows than it may. */
  async function expectLean(query: Query, most: number): Promise<void> {
    const { action } = query;
    const actions = action?.endsWith('*')
      ? (await database.query<{ action: string }>(ACTIONS, [action.slice(0, -1)])).map((row) => row.action)
      : undefined;
    const place = async (id: string | undefined) =>
      (
        await database.query<{ id: string; at: string }>(
          'select id::text, at::text as at from audit_entry where id = $1',
          [id],
        )
      )[0]!;
    const { sql, values } = auditStatement({
      query: { limit: LIMIT, ...query },
      ...(actions && { actions }),
      ...(query.before !== undefined && { before: await place(query.before) }),
      ...(query.after !== undefined && { after: await place(query.after) }),
    });
    await expectLeanStatement(sql, values, most);
  }

  async function expectLeanStatement(sql: string, values: readonly unknown[], most: number): Promise<void> {
    const nodes = await planOf(database, sql, values);
    const told = nodes.map((node) => `${node['Node Type']} of ${rowsSeen(node)} rows`).join(' < ');
    const isLean = nodes.every((node) => node['Node Type'] !== 'Seq Scan' && rowsSeen(node) <= most);
    if (!isLean) throw new Error(`${told}\n${sql}\n${JSON.stringify(values)}`);
  }

  it('can tell a statement that is not lean', async () => {
    const all = `select * from audit_entry where details is null order by subject || 'x' limit 1`;
    await expect(expectLeanStatement(all, [], FEW)).rejects.toThrow('Seq Scan of 100');
  });

  const EARLY = { from: '2026-01-02', to: '2026-01-03T12:00:00Z' };
  const WIDE = { from: '2026-01-02', to: '2026-03-01' };
  it.each<Query>([
    {},
    { before: String(ROWS / 2) },
    { after: String(ROWS / 2) },
    { before: String(ROWS / 2), after: '100' },
    { actor: 'robot' },
    { actor: 'rare' },
    { actor: 'nobody' },
    { action: 'token.create' },
    { action: 'user.disable' },
    { action: 'nothing.happens' },
    { subject: 'user:1' },
    { subject: 'user:777' },
    { request: 'always-the-same' },
    { request: 'request-777' },
    EARLY,
    WIDE,
    { from: '2026-01-02' },
    { to: '2026-01-02' },
    { actor: 'robot', ...EARLY },
    { actor: 'rare', ...WIDE },
    { action: 'token.create', ...EARLY },
    { action: 'user.disable', to: '2026-01-30' },
    { subject: 'user:1', to: '2026-01-02' },
    { request: 'always-the-same', to: '2026-01-02', before: '900' },
  ])('reads a few times as many as the page has, for %p', async (query) => {
    for (const place of [{}, { before: String(ROWS / 2) }, { after: String(ROWS / 2) }])
      await expectLean({ ...place, ...query }, SOME);
  });

  it.each<Query>([
    { action: 'token.*' },
    { action: 'user.*' },
    { action: 'user.dis*' },
    { action: 'token.*', ...EARLY },
    { action: 'user.*', to: '2026-01-02' },
  ])('reads a page of each action that a pattern stands for, for %p', async (query) => {
    for (const place of [{}, { before: String(ROWS / 2) }, { after: String(ROWS / 2) }])
      await expectLean({ ...place, ...query }, SOME * 3);
  });

  it('reads the actions that there are one by one', async () => {
    await expectLeanStatement(ACTIONS, ['token.'], 10);
    expect(await database.query(ACTIONS, ['token.'])).toEqual(
      ['token.create', 'token.refresh', 'token.revoke'].map((action) => ({ action })),
    );
  });

  it('reads no more than a few for any combination of filters', async () => {
    const filters: Query[] = [
      { actor: 'robot' },
      { actor: 'rare' },
      { action: 'token.create' },
      { action: 'user.*' },
      { action: 'user.disable' },
      { subject: 'user:1' },
      { subject: 'user:778' },
      { request: 'always-the-same' },
      { request: 'request-778' },
      EARLY,
      { before: '60000' },
      { after: '40000' },
    ];
    for (let chosen = 1; chosen < 2 ** filters.length; chosen++) {
      const query = filters.filter((_, index) => chosen & (1 << index));
      const merged = Object.assign({}, ...query) as Query;
      if (Object.keys(merged).length < query.reduce((sum, one) => sum + Object.keys(one).length, 0)) continue; // the same filter twice
      await expectLean(merged, FEW);
    }
  });
});
