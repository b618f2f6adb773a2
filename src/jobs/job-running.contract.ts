import { expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { JobNotFoundError } from './jobs.errors.js';
import {
  enqueue,
  find,
  finished,
  Gate,
  script,
  SCRIPT,
  type Suite,
  until,
} from './scripted-jobs.contract.js';

/** What a job does from being made to its end. */
export function runningJobs(suite: () => Suite): void {
  it('runs a job and stores its result', async () => {
    const { main } = suite();
    const id = await enqueue(main, async (job) => ({ owner: job.owner, attempt: job.attempt }), {
      owner: 'ann',
      requestId: 'r1',
    });
    const job = await finished(main, id);
    expect(job).toMatchObject({
      state: 'succeeded',
      result: { owner: 'ann', attempt: 1 },
      owner: 'ann',
      requestId: 'r1',
      attempt: 1,
      error: null,
    });
    expect(job.finishedAt!.getTime()).toBeGreaterThanOrEqual(job.startedAt!.getTime());
  });

  it('stores results that the database would refuse in their letters', async () => {
    const { main } = suite();
    const id = await enqueue(main, async () => ({
      nul: 'a\0b',
      half: '\ud83d',
      path: 'C:\\u0000',
      pair: '😀',
      ['\0']: 1,
    }));
    expect((await finished(main, id)).result).toEqual({
      nul: 'a\ufffdb',
      half: '\ufffd',
      path: 'C:\\u0000',
      pair: '😀',
      '\ufffd': 1,
    });
  });

  it('fails a job whose result cannot be stored, and no other with it', async () => {
    const { main } = suite();
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const [unwritable, huge, fine] = await Promise.all([
      enqueue(main, async () => circle),
      enqueue(main, async () => 'x'.repeat(17 * 1024 ** 2)),
      enqueue(main, async () => 'fine'),
    ]);
    expect(await finished(main, fine)).toMatchObject({ state: 'succeeded', result: 'fine' });
    expect(await finished(main, unwritable)).toMatchObject({
      state: 'failed',
      error: { code: 'INTERNAL_ERROR' },
    });
    expect(await finished(main, huge)).toMatchObject({
      state: 'failed',
      error: { code: 'JOB_RESULT_TOO_LARGE' },
    });
  });

  it('runs a job exactly if the transaction that made it commits', async () => {
    const { main } = suite();
    const ran: string[] = [];
    let committed = '';
    let undone = '';
    await main.database.transaction(async () => {
      committed = await enqueue(main, async () => ran.push('committed'));
      await sleep(500);
      expect(ran).toEqual([]);
    });
    await expect(
      main.database.transaction(async () => {
        undone = await enqueue(main, async () => ran.push('undone'));
        throw new Error('the change did not happen');
      }),
    ).rejects.toThrow('the change did not happen');
    await finished(main, committed);
    await sleep(500);
    expect(ran).toEqual(['committed']);
    await expect(find(main, undone)).rejects.toBeInstanceOf(JobNotFoundError);
  });

  it('makes many jobs by one statement, in order', async () => {
    const { main } = suite();
    const seen: number[] = [];
    const ids = await main.jobs.enqueueMany(
      SCRIPT,
      Array.from({ length: 20 }, (_, index) => script(async () => void seen.push(index))),
    );
    await Promise.all(ids.map((id) => finished(main, id)));
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect([...ids].sort()).toEqual(ids);
  });

  it('runs the most urgent job first, and those of one priority in their order', async () => {
    const { main } = suite();
    const [busy, oneSlot] = [new Gate(), new Gate()];
    const order: string[] = [];
    const blockers = [
      ...(await Promise.all([1, 2, 3].map(() => enqueue(main, () => busy.opened)))),
      await enqueue(main, () => oneSlot.opened),
    ];
    await until(async () =>
      (await Promise.all(blockers.map((id) => find(main, id)))).every(({ state }) => state === 'running'),
    );
    const ids: string[] = [];
    for (const [label, priority] of [
      ['low 1', 0],
      ['low 2', 0],
      ['middle', 5],
      ['high', 9],
      ['low 3', 0],
    ] as const) {
      ids.push(await enqueue(main, async () => void order.push(label), { priority }));
      await sleep(20);
    }
    oneSlot.open();
    await Promise.all(ids.map((id) => finished(main, id)));
    busy.open();
    await Promise.all(blockers.map((id) => finished(main, id)));
    expect(order).toEqual(['high', 'middle', 'low 1', 'low 2', 'low 3']);
  });

  it('runs as many jobs at once as it may, and no more', async () => {
    const { main } = suite();
    let [running, most] = [0, 0];
    // Long enough for the last ones to be overdue, so that both ways to be claimed are in use.
    const ids = await main.jobs.enqueueMany(
      SCRIPT,
      Array.from({ length: 40 }, () =>
        script(async () => {
          most = Math.max(most, ++running);
          await sleep(400);
          running--;
        }),
      ),
    );
    await until(async () =>
      (await Promise.all(ids.map((id) => find(main, id)))).every(({ terminal }) => terminal),
    );
    expect(most).toBe(4);
  });

  it('runs a job when it is due, not before', async () => {
    const { main } = suite();
    const runAt = new Date(Date.now() + 1500);
    const id = await enqueue(main, async () => Date.now(), { runAt });
    const late = Number((await finished(main, id)).result) - runAt.getTime();
    expect(late).toBeGreaterThan(-150);
    expect(late).toBeLessThan(1500);
  });

  it('makes one job of one unique key', async () => {
    const { main } = suite();
    let runs = 0;
    const make = () => enqueue(main, async () => ++runs, { uniqueKey: 'only one' });
    const ids = await Promise.all([make(), make(), make(), make()]);
    ids.push(await make());
    expect(new Set(ids).size).toBe(1);
    await finished(main, ids[0]);
    expect(await make()).toBe(ids[0]);
    expect(runs).toBe(1);
  });

  it('finds a job that no queue was told of', async () => {
    const { main } = suite();
    const id = await enqueue(main, async () => 'found', { runAt: new Date(Date.now() + 3_600_000) });
    const told = Date.now();
    await main.database.execute('update job set run_at = clock_timestamp() where id = $1', [id]);
    expect(await finished(main, id)).toMatchObject({ state: 'succeeded', result: 'found' });
    expect(Date.now() - told).toBeLessThan(10_000);
  });

  it('shows progress while a job runs', async () => {
    const { main } = suite();
    const gate = new Gate();
    const id = await enqueue(main, async (job) => {
      job.progress({ current: 1.6, total: 10, unit: 'rows', message: 'a\0b' });
      await gate.opened;
      job.progress({ current: Number.NaN });
      await job.commit({ row: 9 }, undefined, { current: 9 });
    });
    const started = Date.now();
    await until(async () => (await find(main, id)).progressCurrent > 0);
    expect(Date.now() - started).toBeLessThan(2000);
    expect((await find(main, id)).progress).toEqual({
      current: 2,
      total: 10,
      unit: 'rows',
      message: 'a\ufffdb',
    });
    gate.open();
    expect((await finished(main, id)).progress).toMatchObject({ current: 9, total: 10 });
  });
}
