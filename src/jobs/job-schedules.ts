import { Injectable } from '@nestjs/common';
import { Cron } from 'croner';
import { Database } from '../platform/database/database.js';
import { jobKinds } from './job-kind.js';
import { JobsService } from './jobs.service.js';

/**
 * Runs kinds of jobs by the clock: one run per due time over any number of processes. Runs that were missed while
 * nothing was up become one.
 */
@Injectable()
export class JobSchedules {
  private registered = false;

  constructor(
    private readonly database: Database,
    private readonly jobs: JobsService,
  ) {}

  /** Enqueues what is due. Cheap when nothing is. */
  async runDue(): Promise<void> {
    if (!this.registered) await this.register();
    const due = await this.database.query<{ kind: string }>(
      'select kind from job_schedule where next_run_at <= clock_timestamp()',
    );
    for (const { kind } of due) await this.run(kind);
  }

  /** Writes down the schedules that the kinds declare; a changed expression counts from now. */
  private async register(): Promise<void> {
    for (const { name, schedule } of jobKinds().values()) {
      if (schedule === undefined) continue;
      await this.database.execute(
        `insert into job_schedule (kind, cron, next_run_at) values ($1, $2, $3)
         on conflict (kind) do update set cron = excluded.cron, next_run_at = excluded.next_run_at where job_schedule.cron <> excluded.cron`,
        [name, schedule, nextRun(schedule)],
      );
    }
    this.registered = true;
  }

  private async run(name: string): Promise<void> {
    const kind = jobKinds().get(name);
    if (kind?.schedule === undefined) return; // of a newer or older version of the program
    await this.database.transaction(async () => {
      const [row] = await this.database.query<{ cron: string; due: string }>(
        `select cron, extract(epoch from next_run_at)::text as due from job_schedule
         where kind = $1 and next_run_at <= clock_timestamp() for update skip locked`,
        [name],
      );
      if (!row) return; // another process was faster
      const jobId = await this.jobs.enqueue<object>(kind, {}, { uniqueKey: `${name}@${row.due}` });
      await this.database.execute(
        'update job_schedule set next_run_at = $2, last_run_at = clock_timestamp(), last_job_id = $3 where kind = $1',
        [name, nextRun(row.cron), jobId],
      );
    });
  }
}

function nextRun(expression: string): Date {
  return new Cron(expression, { timezone: 'UTC', paused: true }).nextRun()!;
}
