import { expect, it } from '@jest/globals';
import { OMNIPOTENT, ordinaryUser } from '../../test/support/job-process.js';
import { JobNotFoundError } from './jobs.errors.js';
import { enqueue, finished, type Suite } from './scripted-jobs.contract.js';

/** Whose jobs one sees. */
export function jobsOfUsers(suite: () => Suite): void {
  it('hides the jobs of others', async () => {
    const { main } = suite();
    const [ann, ben] = [ordinaryUser('ann of this test'), ordinaryUser('ben of this test')];
    const anns = await enqueue(main, async () => 'secret', {
      owner: ann.userid,
      runAt: new Date(Date.now() + 3_600_000),
    });
    const nobodys = await enqueue(main, async () => 'secret');
    await finished(main, nobodys);
    for (const id of [anns, nobodys, 'not an id', '0199f0de-5f5a-7cc4-8d3e-0123456789ab']) {
      for (const ask of ['get', 'cancel', 'retry'] as const) {
        await expect(main.jobs[ask](ben, id)).rejects.toBeInstanceOf(JobNotFoundError);
      }
    }
    expect(await main.jobs.get(ann, anns)).toMatchObject({ state: 'queued', cancelRequestedAt: null });
    expect(await main.jobs.list(ben, { owner: ann.userid, limit: 10 })).toEqual([]);
    expect(await main.jobs.cancel(ann, anns)).toMatchObject({ state: 'cancelled' });
  });

  it('lists jobs newest first, filtered and page by page', async () => {
    const { main } = suite();
    const [cat, dog] = [ordinaryUser('cat of this test'), ordinaryUser('dog of this test')];
    const ids: string[] = [];
    for (let index = 0; index < 5; index++)
      ids.unshift(await enqueue(main, async () => index, { owner: cat.userid }));
    await enqueue(main, async () => 'of another', { owner: dog.userid });
    await Promise.all(ids.map((id) => finished(main, id)));
    const idsOf = (jobs: { id: string }[]) => jobs.map(({ id }) => id);
    expect(idsOf(await main.jobs.list(cat, { limit: 10 }))).toEqual(ids);
    expect(idsOf(await main.jobs.list(cat, { limit: 2 }))).toEqual(ids.slice(0, 2));
    expect(idsOf(await main.jobs.list(cat, { limit: 2, after: ids[1]! }))).toEqual(ids.slice(2, 4));
    expect(idsOf(await main.jobs.list(cat, { limit: 9, state: 'failed' }))).toEqual([]);
    expect(idsOf(await main.jobs.list(cat, { limit: 9, kind: 'other.kind' }))).toEqual([]);
    expect(
      idsOf(await main.jobs.list(OMNIPOTENT, { limit: 9, owner: cat.userid, state: 'succeeded' })),
    ).toEqual(ids);
  });
}
