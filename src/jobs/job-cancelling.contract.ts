import { expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { OMNIPOTENT } from '../../test/support/job-process.js';
import { JobInterruption, JobNotCancellableError } from './jobs.errors.js';
import { enqueue, find, finished, HASTY, type Suite, until, untilAborted } from './scripted-jobs.contract.js';

/** Stopping jobs: those of which their owner has had enough, and those that hang. */
export function cancellingJobs(suite: () => Suite): void {
  it('cancels a waiting job at once, and runs it after all when told to', async () => {
    const { main } = suite();
    let runs = 0;
    const id = await enqueue(main, async () => ++runs, { runAt: new Date(Date.now() + 500) });
    expect(await main.jobs.cancel(OMNIPOTENT, id)).toMatchObject({ state: 'cancelled', attempt: 0 });
    await sleep(1000);
    expect(runs).toBe(0);
    await expect(main.jobs.cancel(OMNIPOTENT, id)).rejects.toBeInstanceOf(JobNotCancellableError);
    await main.jobs.retry(OMNIPOTENT, id);
    expect(await finished(main, id)).toMatchObject({
      state: 'succeeded',
      result: 1,
      cancelRequestedAt: null,
    });
  });

  it('cancels a running job within a second', async () => {
    const { main } = suite();
    let abortedAt = 0;
    let reason: unknown;
    const id = await enqueue(main, async (job) => {
      job.signal.addEventListener('abort', () => {
        abortedAt = Date.now();
        reason = job.signal.reason;
      });
      await untilAborted(job.signal);
    });
    await until(async () => (await find(main, id)).state === 'running');
    const asked = Date.now();
    expect(await main.jobs.cancel(OMNIPOTENT, id)).toMatchObject({ state: 'running' });
    expect(await finished(main, id)).toMatchObject({ state: 'cancelled', failures: 0, error: null });
    expect(abortedAt - asked).toBeLessThan(1000);
    expect(reason).toBeInstanceOf(JobInterruption);
    expect(reason).toMatchObject({ reason: 'cancelled' });
  });

  it('commits nothing after the cancelling', async () => {
    const { main } = suite();
    const id = await enqueue(main, async (job) => {
      await main.jobs.cancel(OMNIPOTENT, job.id);
      await job.commit(
        'too late',
        async () => void (await main.database.execute('insert into effect values ($1)', [job.id])),
      );
    });
    expect(await finished(main, id)).toMatchObject({ state: 'cancelled', checkpoint: null });
    expect(await main.database.query('select 1 from effect where job_id = $1', [id])).toEqual([]);
  });

  it('does not try a cancelled job again, however its handler puts it', async () => {
    const { main } = suite();
    const stopping = (complain: (reason: unknown) => Error) =>
      enqueue(main, async (job) =>
        untilAborted(job.signal).catch((reason: unknown) => Promise.reject(complain(reason))),
      );
    const ids = [
      await stopping((cause) => new TypeError('fetch failed', { cause })),
      await stopping(() => new DOMException('This operation was aborted', 'AbortError')),
      await stopping(() => new Error('something else went wrong')),
    ];
    await until(async () =>
      (await Promise.all(ids.map((id) => find(main, id)))).every(({ state }) => state === 'running'),
    );
    for (const id of ids) await main.jobs.cancel(OMNIPOTENT, id);
    const jobs = await Promise.all(ids.map((id) => finished(main, id)));
    expect(jobs.map(({ state, attempt }) => [state, attempt])).toEqual([
      ['cancelled', 1],
      ['cancelled', 1],
      ['cancelled', 1],
    ]);
  });

  it('takes the slot of a handler that does not stop, after a grace', async () => {
    const { main } = suite();
    let late: Promise<void> | undefined;
    const deaf = async (job: Parameters<Parameters<typeof enqueue>[1]>[0]) => {
      await sleep(13_000);
      late = job.commit(
        'too late',
        async () => void (await main.database.execute('insert into effect values ($1)', [job.id])),
      );
      await late;
    };
    const [cancelled, hung, well] = [
      await enqueue(main, deaf),
      await enqueue(main, deaf, {}, HASTY),
      await enqueue(main, (job) => untilAborted(job.signal), {}, HASTY),
    ];
    await until(async () => (await find(main, cancelled)).state === 'running');
    await main.jobs.cancel(OMNIPOTENT, cancelled);
    const timedOut = { state: 'failed', error: { code: 'JOB_TIMED_OUT', status: 500 } };
    expect(await finished(main, well, 4000)).toMatchObject(timedOut);
    expect(await finished(main, cancelled, 12_500)).toMatchObject({ state: 'cancelled' });
    expect(await finished(main, hung, 3000)).toMatchObject(timedOut);
    await until(() => late !== undefined, 5000);
    await expect(late).rejects.toBeInstanceOf(JobInterruption);
    expect(
      await main.database.query('select 1 from effect where job_id = any($1)', [[cancelled, hung]]),
    ).toEqual([]);
  }, 30_000);
}
