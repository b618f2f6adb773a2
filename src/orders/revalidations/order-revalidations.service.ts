import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import { type Job, type JobState, JobsService } from '../../jobs/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { type Language, Messages } from '../../platform/i18n/messages.js';
import type { RevalidationStatusDto } from './dto/order-revalidation.dto.js';
import { NO_COUNTS } from './order-revision.js';
import { OrderAddressError } from '../orders.errors.js';
import { STATUS_OF_STATE } from '../order-job-status.js';
import { parseFlag } from '../page-query.js';
import type { Parameters } from '../query-reader.js';
import {
  REVALIDATE_ORDERS,
  type RevalidationCheckpoint,
  type RevalidationPayload,
} from './revalidate-orders.job.js';

/** Judging stored orders again, and telling how far that is. */
@Injectable()
export class OrderRevalidationsService {
  constructor(
    private readonly jobs: JobsService,
    private readonly database: Database,
    private readonly messages: Messages,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Makes a job that judges all orders again by the rules that hold when it begins, and returns its id.
   * @param parameters those of the address; `dry_run` counts
   * @throws OrderQueryError if it is not valid
   */
  async start(
    actor: Actor,
    parameters: Parameters,
    requestId: string,
  ): Promise<{ jobId: string; dryRun: boolean }> {
    const dryRun = parseFlag(parameters, 'dry_run');
    return this.database.transaction(async () => {
      const jobId = await this.jobs.enqueue(
        REVALIDATE_ORDERS,
        { dryRun },
        { owner: actor.userid, requestId },
      );
      await this.audit.record({
        actor,
        action: 'orders.revalidate',
        subject: `job:${jobId}`,
        details: { dryRun },
        requestId,
      });
      return { jobId, dryRun };
    });
  }

  /**
   * How far a re-validation of the actor's is.
   * @throws JobNotFoundError, for others' too; OrderAddressError where the job does something else
   */
  async status(actor: Actor, jobId: string, language: Language): Promise<RevalidationStatusDto> {
    const job = await this.jobOf(actor, jobId);
    const checkpoint = job.checkpoint as RevalidationCheckpoint | null | undefined;
    const { total = null, rulesVersion = null, counts = NO_COUNTS } = checkpoint ?? {};
    return {
      // Between two tries a job waits, but it has begun.
      status: job.state === 'queued' && checkpoint ? 'PROGRESS' : STATUS_OF_STATE[job.state as JobState],
      message: this.message(job, { total: total ?? 0, ...counts }, language),
      dry_run: (job.payload as RevalidationPayload).dryRun,
      rules_version: rulesVersion,
      percent: job.state === 'succeeded' ? 100 : percent(counts.checked, total ?? 0),
      total,
      ...counts,
    };
  }

  /**
   * The job of a re-validation of the actor's.
   * @throws JobNotFoundError, for others' too; OrderAddressError where the job does something else
   */
  async jobOf(actor: Actor, jobId: string): Promise<Job> {
    const job = await this.jobs.get(actor, jobId);
    if (job.kind !== REVALIDATE_ORDERS.name) throw new OrderAddressError();
    return job;
  }

  private message(
    { state, checkpoint, error, payload }: Job,
    { checked, changed, total }: Readonly<Record<'checked' | 'changed' | 'total', number>>,
    language: Language,
  ): string {
    const say = (what: string) =>
      this.messages.translate(language, `orders.revalidate_${what}_msg`, { checked, changed, total });
    if (state === 'succeeded') return say((payload as RevalidationPayload).dryRun ? 'tried' : 'success');
    if (state === 'cancelled') return say('cancelled');
    if (state === 'failed' || state === 'unknown') return error?.message ?? '';
    return checkpoint ? say('progress') : say('starting');
  }
}

function percent(checked: number, total: number): number {
  return total === 0 ? 0 : Math.min(100, Math.floor((checked / total) * 100));
}
