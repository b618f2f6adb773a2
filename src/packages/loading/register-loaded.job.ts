import { Injectable } from '@nestjs/common';
import { defineJob, type HandlesJob, JobHandler, type JobRun } from '../../jobs/index.js';
import type { LoadPayload } from './load-checkpoint.js';
import { LoadEffects } from './load-effects.js';
import { PackageDescriptors } from './package-descriptors.js';
import { PackageLoadRepository } from './package-load.repository.js';

/** Enters a package into the registry whose rows the external loader has loaded. */
export const REGISTER_LOADED = defineJob<LoadPayload>('packages.register');

/** The external loader says no more of a package than that it is loaded: what it is, its descriptor says. */
@Injectable()
@JobHandler(REGISTER_LOADED)
export class RegisterLoadedJob implements HandlesJob<LoadPayload, void, null> {
  constructor(
    private readonly loads: PackageLoadRepository,
    private readonly descriptors: PackageDescriptors,
    private readonly effects: LoadEffects,
  ) {}

  /**
   * Running it twice does no harm.
   * @throws the errors of a descriptor that is not valid here, of the guarded client and of the store
   */
  async run(job: JobRun<LoadPayload, null>): Promise<void> {
    const load = await this.loads.get(job.payload.loadId);
    const descriptor = await this.descriptors.fetch(load, job.signal);
    const plan = this.descriptors.plan(load, descriptor);
    await job.commit(null, () => this.effects.register(load, plan));
  }
}
