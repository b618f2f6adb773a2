import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startApp, type TestApp } from '../support/app.js';
import { AuditTampering } from '../support/audit.js';
import { PostgresServer } from '../support/postgres.js';
import { seededRandom } from '../support/orders-file.js';
import { describeWith } from '../support/services.js';

const INSERT = `insert into audit_entry (actor, action, subject) values ('ann', 'test.late', 'thing:1')`;
/** Entries under no seal or several, and seals that do not follow each other. */
const WRONG = `
  select (select count(*)::int from audit_entry e where (select count(*) from audit_seal s where e.id between s.first_id and s.last_id) <> 1) as entries,
    (select count(*)::int from audit_seal s join audit_seal p on p.id = s.id - 1 where s.first_id <= p.last_id) as overlaps,
    (select count(*)::int from audit_seal s where s.entries <> (select count(*) from audit_entry e where e.id between s.first_id and s.last_id)) as counts`;
const NOTHING_WRONG = { entries: 0, overlaps: 0, counts: 0 };

describe('sealing on the embedded database', () => {
  it('seals when the program ends, and goes on from there when it starts again', async () => {
    const env = { SIGNALBOX_DATA_DIR: mkdtempSync(join(tmpdir(), 'signalbox-seals-')) };
    let app: TestApp;
    for (let round = 1; round <= 3; round++) {
      app = await startApp(env);
      const log = new AuditTampering(app);
      // The first start makes the admin, and grants him his role.
      expect(await log.verify()).toMatchObject({ unsealed: round === 1 ? 2 : 0, fault: null });
      await log.record(`round:${round}`);
      await app.close();
    }
    app = await startApp(env);
    expect(await new AuditTampering(app).verify()).toMatchObject({ seals: 3, unsealed: 0, fault: null });
    await app.close();
    rmSync(env.SIGNALBOX_DATA_DIR, { recursive: true, force: true });
  });

  it('seals by the clock, in batches that are bounded by their number and size', async () => {
    const app = await startApp({ AUDIT_SEAL_SECONDS: '1' });
    const log = new AuditTampering(app);
    await log.fill(2_500);
    const megabyte = 'x'.repeat(1024 ** 2);
    for (let entry = 0; entry < 6; entry++) await log.record('large', { megabyte });
    for (let tries = 0; tries < 100 && (await log.verify()).unsealed > 0; tries++) await sleep(100);
    const seals = await log.database.query<{ entries: number }>('select entries from audit_seal order by id');
    expect(Math.max(...seals.map(({ entries }) => entries))).toBe(1000);
    const [largest] = await log.database.query<{ size: number }>(
      `select max(size)::int as size from (select sum(length(details::text)) as size from audit_seal s
         join audit_entry e on e.id between s.first_id and s.last_id group by s.id) as sizes`,
    );
    expect(largest!.size).toBeGreaterThan(4 * 1024 ** 2);
    expect(largest!.size).toBeLessThan(5.1 * 1024 ** 2);
    const [count] = await log.database.query<{ n: number }>('select count(*)::int as n from audit_entry');
    expect(await log.verify()).toMatchObject({ entries: count!.n, unsealed: 0, fault: null });
    expect(await log.database.query(WRONG)).toEqual([NOTHING_WRONG]);
    expect(await log.seal()).toBe(0);
    await app.close();
  });
});

describeWith('postgres')('sealing on PostgreSQL', () => {
  let postgres: PostgresServer;
  let url: string;
  let apps: TestApp[];
  let logs: AuditTampering[];

  beforeAll(async () => {
    postgres = await PostgresServer.start();
    url = await postgres.createDatabase();
    // By hand: the clock of these is slow.
    const env = { DATABASE_URL: url, AUDIT_SEAL_SECONDS: '86400' };
    apps = [await startApp(env), await startApp(env)];
    logs = apps.map((app) => new AuditTampering(app));
  });
  afterAll(async () => {
    await Promise.all((apps ?? []).map((app) => app.close()));
    await postgres?.stop();
  });

  async function withClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  it('waits for an entry that has its id but is not committed yet', async () => {
    const [log] = logs as [AuditTampering];
    await log.seal();
    const { seals: before } = await log.verify();
    await withClient(async (late) => {
      await late.query('begin');
      await late.query(INSERT); // has the lower id
      await log.record('early');
      const startedAt = performance.now();
      expect(await log.seal()).toBe(0);
      expect(performance.now() - startedAt).toBeLessThan(2_000);
      expect(await log.verify()).toMatchObject({ seals: before, unsealed: 1 });
      await late.query('commit');
    });
    expect(await log.seal()).toBe(1);
    expect(await log.verify()).toMatchObject({ seals: before + 1, unsealed: 0, fault: null });
    expect(await log.database.query(WRONG)).toEqual([NOTHING_WRONG]);
  });

  it('seals without an entry whose transaction failed', async () => {
    const [log] = logs as [AuditTampering];
    await withClient(async (late) => {
      await late.query('begin');
      await late.query(INSERT);
      await log.record('early');
      await late.query('rollback');
    });
    expect(await log.seal()).toBe(1);
    expect((await log.verify()).fault).toBeNull();
  });

  it('holds up who writes for a moment only, also where it does not get its turn', async () => {
    const [log] = logs as [AuditTampering];
    await withClient(async (late) => {
      await late.query('begin');
      await late.query(INSERT);
      const sealing = log.seal();
      let longest = 0;
      for (let entry = 0; entry < 20; entry++) {
        const startedAt = performance.now();
        await logs[1]!.record(`thing:${entry}`);
        longest = Math.max(longest, performance.now() - startedAt);
        await sleep(20);
      }
      expect(await sealing).toBe(0);
      expect(longest).toBeLessThan(1_000); // 200 ms and a busy machine
      // Who has an entry may add another one: they do not wait for each other.
      const again = log.seal();
      await sleep(50);
      await late.query(INSERT);
      expect(await again).toBe(0);
      await late.query('commit');
    });
  });

  it('seals once what two processes seal at the same time', async () => {
    for (let round = 0; round < 10; round++) {
      await logs[0]!.fill(30);
      const seals = await Promise.all(logs.map((log) => log.seal()));
      if (seals[0]! + seals[1]! === 0) await logs[0]!.seal(); // each found the table taken by the other
    }
    expect(await logs[1]!.verify()).toMatchObject({ unsealed: 0, fault: null });
    expect(await logs[1]!.database.query(WRONG)).toEqual([NOTHING_WRONG]);
  });

  it('has each entry under one seal, whoever writes and seals, and whenever they commit', async () => {
    const random = seededRandom(7);
    const until = Date.now() + 6_000;
    let written = 0;
    const write = async (log: AuditTampering) => {
      while (Date.now() < until) {
        const pauses = [random() * 3, random() * 3, random() < 0.05 ? 150 : 0];
        const fails = random() < 0.2;
        await log.database
          .transaction(async () => {
            await log.database.query('select 1'); // the next ones go out at once
            for (const pause of pauses) {
              await log.record('race');
              await log.database.query('select 1');
              await sleep(pause);
            }
            if (fails) throw new Error('changed his mind');
          })
          .then(
            () => (written += pauses.length),
            () => undefined,
          );
      }
    };
    let sealed = 0;
    const seal = async (log: AuditTampering) => {
      while (Date.now() < until) {
        sealed += await log.seal();
        await sleep(random() * 20);
      }
    };
    const check = async (log: AuditTampering) => {
      while (Date.now() < until) {
        expect((await log.verify()).fault).toBeNull();
        await sleep(300);
      }
    };
    await Promise.all([...logs, ...logs, ...logs].map(write).concat(logs.map(seal), check(logs[0]!)));
    while ((await logs[0]!.verify()).unsealed > 0) await logs[0]!.seal();
    const report = await logs[0]!.verify();
    expect(report.fault).toBeNull();
    expect(await logs[0]!.database.query(WRONG)).toEqual([NOTHING_WRONG]);
    const [count] = await logs[0]!.database.query<{ n: number }>(
      `select count(*)::int as n from audit_entry where subject = 'race'`,
    );
    expect(count!.n).toBe(written);
    expect(written).toBeGreaterThan(500);
    expect(sealed).toBeGreaterThan(5);
    process.stdout.write(`${written} entries of 6 writers under ${sealed} seals\n`);
  });

  it('is verified although it is long', async () => {
    const [log] = logs as [AuditTampering];
    await log.fill(100_000);
    const startedAt = performance.now();
    await log.seal();
    const sealedAt = performance.now();
    expect(await log.verify()).toMatchObject({ unsealed: 0, fault: null });
    const seconds = [sealedAt - startedAt, performance.now() - sealedAt].map((ms) => (ms / 1000).toFixed(1));
    process.stdout.write(`100,000 entries sealed in ${seconds[0]} s, all verified in ${seconds[1]} s\n`);
  });
});
