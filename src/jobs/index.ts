// The commands are not here: whoever imports the module must not load the CLI's library too (it breaks under jest).
// `src/cli.ts` takes them from `jobs.command.js`.
export { Job, type JobErrorRecord } from './job.entity.js';
export type { JobProgress } from './job.entity.js';
export { JobEvents } from './job-events.js';
export { JobHandler, type HandlesJob } from './job-handler.js';
export { isTransient } from './job-outcome.js';
export { defineJob, type JobKind } from './job-kind.js';
export { type JobState, isTerminal } from './job-state.js';
export type { ExternalEffect, JobRun } from './job-run.js';
export { statusPath } from './job-response.js';
export { JobNotFoundError } from './jobs.errors.js';
export { JobsConfig, stuckAfter } from './jobs.config.js';
export { JobsModule } from './jobs.module.js';
export { type EnqueueOptions, JobsService } from './jobs.service.js';
