import { afterAll, beforeAll, describe } from '@jest/globals';
import { type JobProcess, startJobProcess } from '../../test/support/job-process.js';
import { cancellingJobs } from './job-cancelling.contract.js';
import { effectsOfJobs } from './job-effects.contract.js';
import { jobsOfUsers } from './job-users.contract.js';
import { jobsOfManyProcesses, jobsOfOneProcess } from './job-processes.contract.js';
import { retryingJobs } from './job-retries.contract.js';
import { runningJobs } from './job-running.contract.js';
import { jobsByTheClock } from './job-schedules.contract.js';
import { SCRIPT_HANDLERS, type Suite } from './scripted-jobs.contract.js';

/** Where the jobs of a suite live. */
export interface Installation {
  /** What every process is started with. */
  readonly env: Record<string, string>;
  close(): Promise<void>;
}

/** What holds for jobs whichever queue hands them out. `shared`: whether several processes run jobs of one database. */
export function jobQueueContract(name: string, shared: boolean, open: () => Promise<Installation>): void {
  describe(name, () => {
    let installation: Installation;
    let suite: Suite;
    const started: JobProcess[] = [];

    beforeAll(async () => {
      installation = await open();
      const start = async (env: Record<string, string> = {}, createSchema = false) => {
        const process = await startJobProcess({
          handlers: SCRIPT_HANDLERS,
          env: { JOB_CONCURRENCY: '4', ...installation.env, ...env },
          createSchema,
        });
        started.push(process);
        return process;
      };
      const main = await start({}, true);
      await main.database.execute('create table effect (job_id uuid not null, note text)');
      suite = { main, env: installation.env, start };
    }, 120_000);
    afterAll(async () => {
      for (const process of started) await process.close();
      await installation?.close();
    });

    runningJobs(() => suite);
    retryingJobs(() => suite);
    cancellingJobs(() => suite);
    effectsOfJobs(() => suite);
    jobsOfUsers(() => suite);
    jobsByTheClock(() => suite, shared);
    if (shared) jobsOfManyProcesses(() => suite);
    else jobsOfOneProcess(() => suite);
  });
}
