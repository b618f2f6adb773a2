import { expect, it } from '@jest/globals';
import { OMNIPOTENT } from '../../test/support/job-process.js';
import { enqueue, find, finished, HASTY, type Suite, until, untilAborted } from './scripted-jobs.contract.js';

/** Effects outside the database: at most once, and honest where nobody can tell. */
export function effectsOfJobs(suite: () => Suite): void {
  /** What a death of the job's process leaves behind: the handler here is a corpse that cannot write any more. */
  const bury = (id: string) =>
    suite().main.database.execute(
      `update job set state = 'queued', crashes = crashes + 1, worker = null, lease_until = null where id = $1 and state = 'running'`,
      [id],
    );
  const intended = (id: string) =>
    until(async () => (await find(suite().main, id)).effects?.['mail'] !== undefined);

  it('does not repeat an effect whose outcome is known', async () => {
    const { main } = suite();
    let sent = 0;
    const id = await enqueue(main, async (job) => {
      const number = await job.external('mail', { perform: async () => ++sent });
      if (job.attempt === 1) throw new Error('something else');
      return number;
    });
    expect(await finished(main, id)).toMatchObject({ state: 'succeeded', result: 1, attempt: 2 });
    expect(sent).toBe(1);
  });

  it('writes the intent first, and ends unknown where its process dies in the middle', async () => {
    const { main } = suite();
    let sent = 0;
    const id = await enqueue(main, (job) =>
      job.external('mail', {
        perform: async (signal) => (++sent === 1 ? untilAborted(signal) : 'sent'),
      }),
    );
    await intended(id);
    await bury(id);
    expect(await finished(main, id)).toMatchObject({
      state: 'unknown',
      attempt: 2,
      error: { code: 'JOB_OUTCOME_UNKNOWN', status: 409 },
    });
    expect(sent).toBe(1);

    // Somebody has looked and says: it did not happen.
    await main.jobs.retry(OMNIPOTENT, id);
    expect(await finished(main, id)).toMatchObject({ state: 'succeeded', result: 'sent' });
  });

  it.each([
    ['finds', 'sent before', 1],
    ['repeats', undefined, 2],
  ])('%s what a dead process may have done, where the other side can tell', async (_, found, times) => {
    const { main } = suite();
    let sent = 0;
    let asked = 0;
    const id = await enqueue(main, (job) =>
      job.external('mail', {
        perform: async (signal) => (++sent === 1 ? untilAborted(signal) : 'sent again'),
        lookup: async () => {
          asked++;
          return found;
        },
      }),
    );
    await intended(id);
    await bury(id);
    expect(await finished(main, id)).toMatchObject({ state: 'succeeded', result: found ?? 'sent again' });
    expect([sent, asked]).toEqual([times, 1]);
  });

  it('tries an effect again that failed under our eyes', async () => {
    const { main } = suite();
    let sent = 0;
    const id = await enqueue(main, (job) =>
      job.external('mail', {
        perform: async () => {
          if (++sent < 3) throw new Error('refused');
          return sent;
        },
      }),
    );
    expect(await finished(main, id)).toMatchObject({ state: 'succeeded', result: 3, failures: 2 });
  });

  it('does not know the outcome of an effect that was stopped half-way', async () => {
    const { main } = suite();
    let sent = 0;
    const perform = async (signal: AbortSignal) => (++sent < 3 ? untilAborted(signal) : 'sent');
    const cancelled = await enqueue(main, (job) => job.external('mail', { perform }));
    await intended(cancelled);
    await main.jobs.cancel(OMNIPOTENT, cancelled);
    expect(await finished(main, cancelled)).toMatchObject({ state: 'cancelled' });
    await main.jobs.retry(OMNIPOTENT, cancelled);
    expect(await finished(main, cancelled)).toMatchObject({ state: 'unknown' });

    const hung = await enqueue(
      main,
      (job) => job.external('mail', { perform, lookup: async () => 'found' }),
      {},
      HASTY,
    );
    expect(await finished(main, hung)).toMatchObject({ state: 'failed', error: { code: 'JOB_TIMED_OUT' } });
    await main.jobs.retry(OMNIPOTENT, hung);
    expect(await finished(main, hung)).toMatchObject({ state: 'succeeded', result: 'found' });
    expect(sent).toBe(2);
  });

  it('keeps the effects of one job apart that happen at the same time', async () => {
    const { main } = suite();
    const keys = Array.from({ length: 20 }, (_, index) => `mail ${index}`);
    const sent = new Map<string, number>();
    const id = await enqueue(main, async (job) => {
      await Promise.all(
        keys.map((key) =>
          job.external(key, { perform: async () => sent.set(key, (sent.get(key) ?? 0) + 1).size }),
        ),
      );
      if (job.attempt === 1) throw new Error('something else');
    });
    const job = await finished(main, id);
    expect(job.state).toBe('succeeded');
    expect(Object.keys(job.effects!).sort()).toEqual([...keys].sort());
    expect([...sent.values()]).toEqual(keys.map(() => 1));
  });
}
