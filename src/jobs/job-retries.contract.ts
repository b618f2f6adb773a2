import { expect, it } from '@jest/globals';
import { OMNIPOTENT } from '../../test/support/job-process.js';
import { InvalidInputError, RateLimitedError } from '../platform/errors/domain-error.js';
import { JobNotRetryableError } from './jobs.errors.js';
import { enqueue, finished, type Suite } from './scripted-jobs.contract.js';

/** What becomes of a job that fails. */
export function retryingJobs(suite: () => Suite): void {
  it('tries again with growing pauses', async () => {
    const { main } = suite();
    const starts: number[] = [];
    const id = await enqueue(main, async () => {
      if (starts.push(Date.now()) < 3) throw new Error('not yet');
      return 'at last';
    });
    expect(await finished(main, id)).toMatchObject({
      state: 'succeeded',
      result: 'at last',
      attempt: 3,
      failures: 2,
      error: null,
    });
    expect(starts[1]! - starts[0]!).toBeGreaterThanOrEqual(90);
    expect(starts[2]! - starts[1]!).toBeGreaterThanOrEqual(190);
    expect(starts[2]! - starts[0]!).toBeLessThan(5000);
  });

  it('waits as long as an outside system asks, if that is a time', async () => {
    const { main } = suite();
    const starts: number[] = [];
    const asked = [1, Number.NaN];
    const id = await enqueue(main, async () => {
      if (starts.push(Date.now()) < 3)
        throw new RateLimitedError('SLOW_DOWN', 'Slow down.', { retryAfter: asked[starts.length - 1]! });
    });
    expect(await finished(main, id)).toMatchObject({ state: 'succeeded' });
    expect(starts[1]! - starts[0]!).toBeGreaterThanOrEqual(1000);
  });

  it('does not try again what the input is at fault for', async () => {
    const { main } = suite();
    const id = await enqueue(main, async () => {
      throw new InvalidInputError('BAD_FILE', 'The file is not a table. Send a CSV file.');
    });
    expect(await finished(main, id)).toMatchObject({
      state: 'failed',
      attempt: 1,
      error: {
        code: 'BAD_FILE',
        kind: 'invalid',
        status: 400,
        message: 'The file is not a table. Send a CSV file.',
      },
    });
  });

  it('fails after the last try, tells nothing of a foreign error, and goes on from its checkpoint when told to', async () => {
    const { main } = suite();
    let broken = true;
    const id = await enqueue(main, async (job) => {
      if (job.checkpoint === null) {
        await job.commit(
          { step: 1 },
          async () => void (await main.database.execute('insert into effect values ($1)', [job.id])),
        );
      }
      if (broken) throw new Error('password=hunter2');
      return { from: job.checkpoint };
    });
    const failed = await finished(main, id);
    expect(failed).toMatchObject({
      state: 'failed',
      attempt: 3,
      failures: 3,
      checkpoint: { step: 1 },
      error: { code: 'INTERNAL_ERROR', status: 500 },
    });
    expect(JSON.stringify(failed.error)).not.toContain('hunter2');

    broken = false;
    const { jobs } = main;
    expect(await jobs.retry(OMNIPOTENT, id)).toMatchObject({ error: null, finishedAt: null });
    expect(await finished(main, id)).toMatchObject({
      state: 'succeeded',
      result: { from: { step: 1 } },
      attempt: 4,
    });
    await expect(jobs.retry(OMNIPOTENT, id)).rejects.toBeInstanceOf(JobNotRetryableError);
    const effects = await main.database.query<{ count: number }>(
      'select count(*)::int as count from effect where job_id = $1',
      [id],
    );
    expect(effects).toEqual([{ count: 1 }]);
  });

  it('forgives failures to a job that moves on, and to no other', async () => {
    const { main } = suite();
    const moving = await enqueue(main, async (job) => {
      const step = Number(job.checkpoint ?? 0);
      if (step === 6) return 'arrived';
      await job.commit(step + 1);
      throw new Error('stumbled');
    });
    const marching = await enqueue(main, async (job) => {
      await job.commit('here');
      throw new Error('stumbled');
    });
    expect(await finished(main, moving)).toMatchObject({ state: 'succeeded', result: 'arrived', attempt: 7 });
    expect(await finished(main, marching)).toMatchObject({ state: 'failed', failures: 3 });
  });
}
