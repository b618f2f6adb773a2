import './jobs.permissions.js';
import { BullModule } from '@nestjs/bull';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { provideConfig } from '../platform/config/config-section.js';
import type { Environment } from '../platform/config/environment.js';
import { BULL_QUEUE, BullJobQueue } from './bull.job-queue.js';
import { Job } from './job.entity.js';
import { JobAttempts } from './job-attempts.js';
import { JobEvents } from './job-events.js';
import { JobHandlers } from './job-handlers.js';
import { JobQueue } from './job-queue.port.js';
import { JobRunner } from './job-runner.js';
import { JobSchedule } from './job-schedule.entity.js';
import { JobSchedules } from './job-schedules.js';
import { JobStatusController } from './job-status.controller.js';
import { JobStore } from './job-store.js';
import { JobSupervisor } from './job-supervisor.js';
import { JobsConfig } from './jobs.config.js';
import { JobsController } from './jobs.controller.js';
import { JobsService } from './jobs.service.js';
import { PostgresJobQueue } from './postgres.job-queue.js';
import { PruneJobsJob } from './prune-jobs.job.js';

/** Durable jobs for the whole program. */
@Global()
@Module({
  imports: [DiscoveryModule, MikroOrmModule.forFeature([Job, JobSchedule])],
  controllers: [JobsController, JobStatusController],
  providers: [
    provideConfig(JobsConfig),
    JobHandlers,
    JobStore,
    JobAttempts,
    JobRunner,
    JobSupervisor,
    JobSchedules,
    JobsService,
    JobEvents,
    PruneJobsJob,
  ],
  exports: [JobsConfig, JobEvents, JobsService, JobRunner],
})
export class JobsModule {
  /** With REDIS_URL Bull hands the jobs out, else the database does. */
  static for(environment: Environment): DynamicModule {
    const { REDIS_URL } = new JobsConfig(environment);
    if (REDIS_URL === undefined) {
      return { module: JobsModule, providers: [{ provide: JobQueue, useClass: PostgresJobQueue }] };
    }
    return {
      module: JobsModule,
      imports: [
        BullModule.registerQueue({
          name: BULL_QUEUE,
          url: REDIS_URL,
          // The row decides what becomes of a job: Bull must not fail one because its workers died, nor run it
          // again while its handler blocks the event loop.
          settings: { maxStalledCount: 1_000_000, lockDuration: 60_000, stalledInterval: 30_000 },
        }),
      ],
      providers: [{ provide: JobQueue, useClass: BullJobQueue }],
    };
  }
}
