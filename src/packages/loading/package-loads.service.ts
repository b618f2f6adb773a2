import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import { UploadRights } from '../../datastore/index.js';
import { systemActor } from '../../identity/index.js';
import { type Job, JobNotFoundError, JobsService } from '../../jobs/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { loadAddress } from './load-address.js';
import { LOAD_PACKAGE } from './load-package.job.js';
import { type LoadProgress, progressOf } from './load-status.js';
import { ExternalLoader } from './external-loader.js';
import { DatapackageMissingError, DatapackageTooLongError, LoadNotFoundError } from './loading.errors.js';
import { SourceFiles } from './source-files.js';
import { PackageLoad } from './package-load.entity.js';
import { PackageLoadRepository } from './package-load.repository.js';
import { UnendedLoads } from './unended-loads.js';

/** Longer addresses than this are cut on their way by somebody or other. */
const MAX_ADDRESS = 8_000;

/** What clients of the Conductor know as the answer to a token that does not hold, or is not for uploads. */
const UNAUTHORIZED: LoadProgress = { status: 'fail', progress: 0, error: 'unauthorized' };

interface Place {
  readonly url: URL;
  readonly key: string | undefined;
  readonly address: string;
}

/** Starting loads of packages, and telling how they are getting on. */
@Injectable()
export class PackageLoadsService {
  constructor(
    private readonly database: Database,
    private readonly loads: PackageLoadRepository,
    private readonly files: SourceFiles,
    private readonly unended: UnendedLoads,
    private readonly external: ExternalLoader,
    private readonly rights: UploadRights,
    private readonly jobs: JobsService,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Begins to load the package whose descriptor is at an address. One that the actor began before from there, and that
   * has not ended, ends.
   * @param sender who asks; it is only looked at once there is an address
   * @throws DatapackageMissingError, DatapackageTooLongError, ForeignFileError, the errors of the guarded client about the address, ForbiddenError
   */
  async start(
    sender: () => Promise<Actor | undefined>,
    datapackage: string | undefined,
    requestId: string,
  ): Promise<LoadProgress> {
    const place = this.locate(datapackage);
    const actor = await sender();
    if (!actor) return UNAUTHORIZED;
    actor.require('packages.load');
    if (!(await this.rights.has(actor))) return UNAUTHORIZED;
    await this.files.requireReadable(place.key, actor.userid);
    const load = await this.database.transaction(() => this.record(actor, place, requestId));
    if (!this.external.isUsed) return { status: load.status, progress: 0 };
    return this.external.begin(load);
  }

  /**
   * How the load from an address is getting on: the newest one, whatever form of the address is given.
   * @param actor whose own load is told of, where he has one, else that of the owner of the descriptor, if it is kept here
   * @throws DatapackageMissingError, DatapackageTooLongError, LoadNotFoundError
   */
  async status(actor: Actor | undefined, datapackage: string | undefined): Promise<LoadProgress> {
    const { address, key } = this.locate(datapackage);
    const load = await this.loads.findLatest(
      address,
      [actor?.userid, key?.split('/')[0]].flatMap((owner) => owner ?? []),
    );
    if (!load) throw new LoadNotFoundError();
    return progressOf(load, await this.jobOf(load), actor?.userid === load.owner);
  }

  private async record(actor: Actor, { address, url }: Place, requestId: string): Promise<PackageLoad> {
    const { userid: owner } = actor;
    await this.unended.stopFrom(address, owner);
    const em = this.database.reader();
    const load = em.create(PackageLoad, { address, url: url.href, owner });
    await em.flush();
    if (this.external.isUsed) load.hearsUntil = this.external.deadline();
    else load.jobId = await this.jobs.enqueue(LOAD_PACKAGE, { loadId: load.id }, { owner, requestId });
    await em.flush();
    const details = { url: url.href };
    const subject = `package-load:${load.id}`;
    await this.audit.record({ actor, action: 'package.load', subject, details, requestId });
    return load;
  }

  private locate(datapackage: string | undefined): Place {
    if (datapackage === undefined || datapackage === '') throw new DatapackageMissingError();
    if (datapackage.length > MAX_ADDRESS) throw new DatapackageTooLongError(MAX_ADDRESS);
    const { url, key } = this.files.locate(datapackage);
    return { url, key, address: loadAddress(url, key) };
  }

  private async jobOf({ jobId, endedAt }: PackageLoad): Promise<Job | undefined> {
    if (!jobId || endedAt) return undefined;
    try {
      return await this.jobs.get(systemActor(), jobId);
    } catch (error) {
      if (error instanceof JobNotFoundError) return undefined;
      throw error;
    }
  }
}
