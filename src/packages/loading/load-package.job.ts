import { Injectable, Logger } from '@nestjs/common';
import { defineJob, type HandlesJob, isTransient, JobHandler } from '../../jobs/index.js';
import { toFailure } from '../../platform/errors/failure.js';
import type { LoadCheckpoint, LoadPayload, LoadRun } from './load-checkpoint.js';
import { LoadCopies } from './load-copies.js';
import { PackageDescriptors } from './package-descriptors.js';
import type { PackageLoad } from './package-load.entity.js';
import { LoadEndedError, PackageDataError } from './loading.errors.js';
import { type LoadFailure, PackageLoadRepository } from './package-load.repository.js';
import type { LoadPlan } from './load-plan.js';
import { LoadEffects } from './load-effects.js';
import { DataTables } from '../tables/data-tables.js';
import { ResourceLoader } from './resource-loader.js';

/** What a load did. */
export interface LoadResult {
  readonly package: string;
  readonly rows: number;
}

/** Loads a data package; an hour without a step forward is too long, as a file may come from afar. */
export const LOAD_PACKAGE = defineJob<LoadPayload, LoadResult>('packages.load', { timeoutSeconds: 3600 });

/**
 * Loads a package step by step, each step committed with the checkpoint after it. The rows go into tables that nobody
 * reads yet; with the last step they take the place of those that an earlier load has left, all at once.
 */
@Injectable()
@JobHandler(LOAD_PACKAGE)
export class LoadPackageJob implements HandlesJob<LoadPayload, LoadResult, LoadCheckpoint | null> {
  private readonly logger = new Logger(LoadPackageJob.name);

  constructor(
    private readonly loads: PackageLoadRepository,
    private readonly descriptors: PackageDescriptors,
    private readonly resources: ResourceLoader,
    private readonly effects: LoadEffects,
    private readonly copies: LoadCopies,
    private readonly tables: DataTables,
  ) {}

  /**
   * Goes on from the checkpoint; where the load has failed and the job is tried again, from the beginning.
   * @throws the errors of `loading.errors.ts`, of the guarded client and of the store
   */
  async run(job: LoadRun): Promise<LoadResult> {
    const load = await this.loads.get(job.payload.loadId);
    // Its process died between the last step and the end of the job.
    if (load.status === 'done') return { package: load.packageId!, rows: load.rows };
    if (load.endedAt) await this.reopen(job, load);
    if (!job.checkpoint) await this.loads.report(load, 'initializing');
    try {
      return await this.load(job, load);
    } catch (error) {
      // What trying again will not mend is told at once. What is missed here, PruneLoadsJob finds.
      const isLast = !isTransient(error) || job.failures + 1 >= LOAD_PACKAGE.maxAttempts;
      if (isLast && !job.signal.aborted) await this.effects.giveUp(load, failureOf(error));
      throw error;
    }
  }

  /** What is left of the failed try is of no use any more: its tables and copies are removed at any moment. */
  private async reopen(job: LoadRun, load: PackageLoad): Promise<void> {
    await job.commit(null, async () => {
      await this.loads.lockAddress(load.address, load.owner);
      if (!(await this.loads.reopen(load))) throw new LoadEndedError();
      await this.tables.dropAll(load.id);
    });
  }

  private async load(job: LoadRun, load: PackageLoad): Promise<LoadResult> {
    let at = job.checkpoint ?? (await this.begin(job, load));
    const plan = this.descriptors.plan(load, load.descriptor!);
    while (at.resource < plan.resources.length) at = await this.loadResource(job, load, plan, at);
    await this.loads.report(load, plan.model ? 'creating-babbage-model' : 'saving-metadata');
    await job.commit(at, () => this.effects.complete(load, plan, at.rowsBefore));
    await this.forget(() => this.copies.forget(load.id));
    return { package: plan.packageId, rows: at.rowsBefore };
  }

  private async begin(job: LoadRun, load: PackageLoad): Promise<LoadCheckpoint> {
    const start: LoadCheckpoint = { resource: 0, rowsBefore: 0, bytesBefore: 0, place: null };
    await this.loads.report(load, 'loading-datapackage');
    const descriptor = await this.descriptors.fetch(load, job.signal);
    await this.loads.report(load, 'validating-datapackage');
    const plan = this.descriptors.plan(load, descriptor);
    await job.commit(start, () => this.effects.announce(load, plan));
    return start;
  }

  private async loadResource(
    job: LoadRun,
    load: PackageLoad,
    plan: LoadPlan,
    at: LoadCheckpoint,
  ): Promise<LoadCheckpoint> {
    const resource = plan.resources[at.resource]!;
    let place = at.place;
    if (!place) {
      await this.loads.report(load, 'loading-resource');
      const file = await this.resources.fetch(load, resource, at.bytesBefore, job.signal);
      place = { file, rows: 0, after: null };
      await job.commit({ ...at, place }, async () => {
        await this.loads.report(load, 'creating-table');
        await this.resources.createTable(load, resource);
      });
      await this.loads.report(load, 'loading-data-ready');
    }
    const rows = await this.resources.load(job, load, resource, { ...at, place });
    const next: LoadCheckpoint = {
      resource: at.resource + 1,
      rowsBefore: at.rowsBefore + rows,
      bytesBefore: at.bytesBefore + (place.file?.size ?? 0),
      place: null,
    };
    await job.commit(next, () => this.resources.finish(resource, rows));
    if (place.file?.isCopy) await this.forget(() => this.copies.forgetOne(load.id, resource.position));
    return next;
  }

  /** What it leaves, PruneLoadsJob removes: no load fails for what it does not need any more. */
  private async forget(remove: () => Promise<void>): Promise<void> {
    await remove().catch((error: unknown) => this.logger.warn(error, 'copies of files could not be removed'));
  }
}

function failureOf(error: unknown): LoadFailure {
  const { message } = toFailure(error);
  return { error: message, ...(error instanceof PackageDataError && { publicError: error.withoutValues }) };
}
