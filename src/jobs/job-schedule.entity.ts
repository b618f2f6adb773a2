import { defineEntity, p } from '@mikro-orm/core';

const JobScheduleSchema = defineEntity({
  name: 'JobSchedule',
  tableName: 'job_schedule',
  properties: {
    kind: p.text().primary(),
    cron: p.text(),
    nextRunAt: p.datetime(3).index('job_schedule_next_index'),
    lastRunAt: p.datetime(3).nullable(),
    lastJobId: p.uuid().nullable(),
  },
});

/** When a kind of job runs by itself. */
export class JobSchedule extends JobScheduleSchema.class {}
JobScheduleSchema.setClass(JobSchedule);
