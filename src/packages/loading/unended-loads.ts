import { Injectable } from '@nestjs/common';
import { systemActor } from '../../identity/index.js';
import { JobNotFoundError, JobsService } from '../../jobs/index.js';
import { ConflictError } from '../../platform/errors/domain-error.js';
import type { PackageLoad } from './package-load.entity.js';
import { PackageLoadRepository } from './package-load.repository.js';
import { LoadEffects } from './load-effects.js';

/** Ends loads that are under way, because something has taken their place. Call it in the transaction of that. */
@Injectable()
export class UnendedLoads {
  constructor(
    private readonly loads: PackageLoadRepository,
    private readonly effects: LoadEffects,
    private readonly jobs: JobsService,
  ) {}

  /** Those of an owner from an address that is loaded again. Loads from there wait until the end of the transaction. */
  async stopFrom(address: string, owner: string): Promise<void> {
    await this.loads.lockAddress(address, owner);
    for (const load of await this.loads.findUnended(address, owner))
      await this.stop(load, 'The package was loaded again before this load had ended.');
    await this.loads.forgetOld(address, owner);
  }

  /**
   * Those of a package that is deleted. Other loads of it begin and end after the transaction.
   * @param url where it was loaded from: a load that has not read its descriptor yet does not say which package it is of
   */
  async stopOf(packageId: string, url: string | null): Promise<void> {
    for (const load of await this.loads.findUnendedOf(packageId, url))
      await this.stop(load, 'The package was deleted before this load had ended.');
  }

  private async stop(load: PackageLoad, error: string): Promise<void> {
    await this.effects.fail(load, { error });
    if (!load.jobId) return;
    try {
      await this.jobs.cancel(systemActor(), load.jobId);
    } catch (error) {
      const isOver = error instanceof ConflictError || error instanceof JobNotFoundError;
      if (!isOver) throw error;
    }
  }
}
