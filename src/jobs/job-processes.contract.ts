import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { Worker } from '../../test/faults/worker.js';
import { JobRunner } from './job-runner.js';
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
  untilAborted,
} from './scripted-jobs.contract.js';

const LEASE_SECONDS = 1;

/** What holds where several processes run the jobs of one database. */
export function jobsOfManyProcesses(suite: () => Suite): void {
  it('shows and starts no job before its transaction has committed', async () => {
    const { main, start } = suite();
    const second = await start();
    await main.database.transaction(async () => {
      const id = await enqueue(main, async () => 'ran');
      await expect(find(second, id)).rejects.toBeInstanceOf(JobNotFoundError);
    });
    await second.close();
  });

  it('shares jobs between two processes, each of which has its effect exactly once', async () => {
    const { main, start } = suite();
    const second = await start();
    const [one, two] = [main.get(JobRunner).worker, second.get(JobRunner).worker];
    const ids = await main.jobs.enqueueMany(
      SCRIPT,
      Array.from({ length: 300 }, () =>
        script(async (job) => {
          const { worker } = (
            await main.database.query<{ worker: string }>('select worker from job where id = $1', [job.id])
          )[0]!;
          const { database } = worker === one ? main : second;
          await job.commit(
            'done',
            async () => void (await database.execute('insert into effect values ($1, $2)', [job.id, worker])),
          );
        }),
      ),
    );
    const open = () =>
      main.database.query(`select id from job where state in ('queued', 'running') and id = any($1)`, [ids]);
    await until(async () => (await open()).length === 0, 30_000);
    const effects = await main.database.query<{ count: number; job_id: string; note: string }>(
      'select job_id, min(note) as note, count(*)::int as count from effect where job_id = any($1) group by job_id',
      [ids],
    );
    expect(effects.length).toBe(300);
    expect(effects.filter(({ count }) => count !== 1)).toEqual([]);
    expect(new Set(effects.map(({ note }) => note))).toEqual(new Set([one, two]));
    const [attempts] = await main.database.query(
      'select max(attempt) as most, sum(failures + crashes)::int as fruitless from job where id = any($1)',
      [ids],
    );
    expect(attempts).toEqual({ most: 1, fruitless: 0 });
    await second.close();
  });

  it('gives running jobs back at once when a process stops, and counts no failure', async () => {
    const { main, start } = suite();
    const second = await start();
    const gate = new Gate();
    const ids = await main.jobs.enqueueMany(
      SCRIPT,
      Array.from({ length: 8 }, () =>
        script(async (job) => {
          if (job.attempt === 1) await Promise.race([gate.opened, untilAborted(job.signal)]);
          return job.attempt;
        }),
      ),
    );
    const rows = () => Promise.all(ids.map((id) => find(main, id)));
    await until(async () => (await rows()).every(({ state }) => state === 'running'));
    const inSecond = (await rows())
      .filter(({ worker }) => worker === second.get(JobRunner).worker)
      .map(({ id }) => id);
    expect(inSecond.length).toBe(4);
    const stopped = Date.now();
    await second.close();
    expect(Date.now() - stopped).toBeLessThan(2000);
    const given = (await rows()).filter(({ id }) => inSecond.includes(id));
    expect(given.map(({ state, failures, crashes, worker }) => [state, failures, crashes, worker])).toEqual(
      given.map(() => ['queued', 0, 0, null]),
    );
    const free = Date.now();
    gate.open();
    const ended = await Promise.all(ids.map((id) => finished(main, id)));
    expect(Date.now() - free).toBeLessThan(2000);
    expect(ended.map(({ id, result }) => [id, result])).toEqual(
      ids.map((id) => [id, inSecond.includes(id) ? 2 : 1]),
    );
  });

  it('takes a job over from a process that is blocked beyond the lease, which then commits nothing', async () => {
    const { main, env } = suite();
    const settings = { env: { JOB_LEASE: String(LEASE_SECONDS), JOB_POLL: '200', ...env } };
    const workers = await Promise.all([Worker.start(settings), Worker.start(settings)]);
    try {
      const [id] = await workers[0].enqueue('fault.block', [{ ms: 3 * LEASE_SECONDS * 1000 }]);
      expect(await finished(main, id!, 20_000)).toMatchObject({ state: 'succeeded', attempt: 2, crashes: 0 });
      // The blocked one answers no question before it has tried to commit.
      for (const worker of workers) await worker.query('select 1');
      for (const worker of workers) await worker.query('select 1');
      expect(await main.database.query('select note from effect where job_id = $1', [id])).toEqual([
        { note: 'attempt 2' },
      ]);
    } finally {
      await Promise.all(workers.map((worker) => worker.kill()));
    }
  }, 60_000);
}

/** What holds where one process runs all jobs: with the embedded database. */
export function jobsOfOneProcess(suite: () => Suite): void {
  it('gives running jobs back when the process stops, and goes on with them when it starts again', async () => {
    const { start } = suite();
    const directory = mkdtempSync(join(tmpdir(), 'signalbox-restart-'));
    const first = await start({ SIGNALBOX_DATA_DIR: directory }, true);
    const id = await enqueue(first, async (job) => {
      if (job.checkpoint === 'half-way') return `resumed at attempt ${job.attempt}`;
      await job.commit('half-way');
      return untilAborted(job.signal);
    });
    await until(async () => (await find(first, id)).checkpoint === 'half-way');
    const stopped = Date.now();
    await first.close();
    expect(Date.now() - stopped).toBeLessThan(3000);
    const second = await start({ SIGNALBOX_DATA_DIR: directory });
    expect(await finished(second, id)).toMatchObject({
      state: 'succeeded',
      result: 'resumed at attempt 2',
      failures: 0,
      crashes: 0,
    });
    await second.close();
    rmSync(directory, { recursive: true });
  }, 60_000);

  it('does not take its own job for that of a dead process when it was blocked beyond the lease', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'signalbox-blocked-'));
    const worker = await Worker.start({
      env: { SIGNALBOX_DATA_DIR: directory, JOB_LEASE: String(LEASE_SECONDS), JOB_POLL: '200' },
      createSchema: true,
    });
    try {
      const [id] = await worker.enqueue('fault.block', [{ ms: 3 * LEASE_SECONDS * 1000 }]);
      const rows = () =>
        worker.query<{ state: string }>('select state, attempt, crashes from job where id = $1', [id]);
      await until(async () => (await rows())[0]!.state === 'succeeded', 20_000);
      expect(await rows()).toEqual([{ state: 'succeeded', attempt: 1, crashes: 0 }]);
      expect(await worker.query('select note from effect where job_id = $1', [id])).toEqual([
        { note: 'attempt 1' },
      ]);
    } finally {
      await worker.kill();
      rmSync(directory, { recursive: true });
    }
  }, 60_000);
}
