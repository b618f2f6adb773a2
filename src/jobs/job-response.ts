import type { JobDto, JobErrorDto } from './dto/job.dto.js';
import type { Job, JobErrorRecord } from './job.entity.js';

/** A job as the API shows it. */
export function jobResponse(job: Job): JobDto {
  const self = `/api/v1.0/jobs/${job.id}`;
  return {
    id: job.id,
    kind: job.kind,
    owner: job.owner ?? null,
    state: job.state,
    progress: job.progress,
    attempts: job.attempt,
    maxAttempts: job.maxAttempts,
    cancelRequested: (job.cancelRequestedAt ?? null) !== null,
    createdAt: job.createdAt.toISOString(),
    runAt: job.runAt.toISOString(),
    startedAt: job.startedAt?.toISOString() ?? null,
    updatedAt: job.updatedAt.toISOString(),
    finishedAt: job.finishedAt?.toISOString() ?? null,
    error: job.error ? shownError(job.error) : null,
    result: job.result ?? null,
    requestId: job.requestId ?? null,
    _links: { self, status: statusPath(job.id), events: `${self}/events` },
  };
}

function shownError({ code, kind, status, message }: JobErrorRecord): JobErrorDto {
  return { code, kind, status, message };
}

/** Path that tells how far a job is; `Location` of every 202. */
export function statusPath(id: string): string {
  return `/api/v1.0/tasks/status/${id}`;
}
