import { expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { JobsConfig } from './jobs.config.js';
import { PRUNE_JOBS } from './prune-jobs.job.js';
import { CLOCKWORK, enqueue, find, finished, type Suite, until } from './scripted-jobs.contract.js';
import { JobNotFoundError } from './jobs.errors.js';

/** What happens by itself. `shared`: whether several processes look at the clock. */
export function jobsByTheClock(suite: () => Suite, shared: boolean): void {
  it(`runs a schedule once per due time${shared ? ' over two processes' : ''}, and once for all runs that were missed`, async () => {
    const { main, start } = suite();
    const second = shared ? await start() : undefined;
    const runs = async () =>
      (
        await main.database.query<{ count: number }>(
          'select count(*)::int as count from job where kind = $1',
          [CLOCKWORK.name],
        )
      )[0]!.count;
    await until(
      async () =>
        (await main.database.query('select 1 from job_schedule where kind = $1', [CLOCKWORK.name])).length ===
        1,
    );
    expect(await runs()).toBe(0);
    for (let due = 1; due <= 5; due++) {
      const missed = due === 5 ? '1000 days' : '0 days';
      await main.database.execute(
        'update job_schedule set next_run_at = clock_timestamp() - $2::interval where kind = $1',
        [CLOCKWORK.name, missed],
      );
      await until(async () => (await runs()) === due);
    }
    await sleep(600);
    expect(await runs()).toBe(5);
    const [schedule] = await main.database.query<{ next: Date; last: string }>(
      'select next_run_at as next, last_job_id as last from job_schedule where kind = $1',
      [CLOCKWORK.name],
    );
    expect(new Date(schedule!.next).toISOString()).toMatch(/-01-01T00:00:00\.000Z$/);
    expect(await finished(main, schedule!.last)).toMatchObject({ state: 'succeeded', kind: CLOCKWORK.name });
    await second?.close();
  });

  it('prunes jobs that ended long ago, and only those', async () => {
    const { main } = suite();
    const days = main.get(JobsConfig).JOB_RETENTION_DAYS;
    const [old, young] = [await enqueue(main, async () => 'old'), await enqueue(main, async () => 'young')];
    const waiting = await enqueue(main, async () => 'waiting', { runAt: new Date(Date.now() + 3_600_000) });
    await Promise.all([finished(main, old), finished(main, young)]);
    await main.database.execute(
      `update job set finished_at = clock_timestamp() - $2 * interval '1 day' - interval '1 minute' where id = $1`,
      [old, days],
    );
    await main.database.execute(
      `update job set finished_at = clock_timestamp() - $2 * interval '1 day' + interval '1 minute' where id = $1`,
      [young, days],
    );
    const pruning = await main.jobs.enqueue(PRUNE_JOBS, {});
    expect(await finished(main, pruning)).toMatchObject({ state: 'succeeded', result: { deleted: 1 } });
    await expect(find(main, old)).rejects.toBeInstanceOf(JobNotFoundError);
    expect((await find(main, young)).state).toBe('succeeded');
    expect((await find(main, waiting)).state).toBe('queued');
  });
}
