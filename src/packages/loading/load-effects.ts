import { Injectable } from '@nestjs/common';
import { FileAccess } from '../../datastore/index.js';
import { Database } from '../../platform/database/database.js';
import { PackageDatasets } from '../registry/package-datasets.js';
import { PackageRegistry } from '../registry/package-registry.js';
import { DataTables } from '../tables/data-tables.js';
import type { LoadPlan } from './load-plan.js';
import { LoadEndedError, LoadSupersededError } from './loading.errors.js';
import { SourceFiles } from './source-files.js';
import type { PackageLoad } from './package-load.entity.js';
import { type LoadFailure, PackageLoadRepository } from './package-load.repository.js';

/** What a load changes for everybody else: at its beginning, at its end, and when it is given up. */
@Injectable()
export class LoadEffects {
  constructor(
    private readonly database: Database,
    private readonly registry: PackageRegistry,
    private readonly tables: DataTables,
    private readonly loads: PackageLoadRepository,
    private readonly files: SourceFiles,
    private readonly access: FileAccess,
    private readonly datasets: PackageDatasets,
  ) {}

  /**
   * Enters a package whose descriptor was found valid, without data as yet; what an earlier load has left stays as it is.
   * Call it in a transaction.
   * @throws LoadEndedError
   */
  async announce(load: PackageLoad, plan: LoadPlan): Promise<void> {
    const { packageId } = plan;
    await this.loads.lockPackage(packageId);
    const changed = await this.database.execute(
      'update package_load set package_id = $2, descriptor = $3::jsonb where id = $1 and ended_at is null',
      [load.id, packageId, JSON.stringify(plan.descriptor)],
    );
    if (changed === 0) throw new LoadEndedError();
    load.packageId = packageId;
    load.descriptor = { ...plan.descriptor };
    if (await this.registry.find(packageId)) await this.tell(load, 'loading-data');
    else await this.save(load, plan, { loadingStatus: 'loading-data', loaded: false, countOfRows: null });
  }

  /**
   * Has the rows of the load be those of the package. Call it in a transaction.
   * @throws LoadSupersededError where a later load was faster, LoadEndedError where something has ended this one
   */
  async complete(load: PackageLoad, plan: LoadPlan, countOfRows: number): Promise<void> {
    await this.takeTurn(load, plan);
    if (!(await this.loads.end(load, 'done', null))) throw new LoadEndedError();
    await this.tables.publish(plan.packageId, load.id);
    await this.saveLoaded(load, plan, countOfRows);
  }

  /**
   * Enters a package whose rows are elsewhere: an external loader has loaded them. Call it in a transaction.
   * @throws LoadSupersededError where a later load was faster
   */
  async register(load: PackageLoad, plan: LoadPlan): Promise<void> {
    await this.takeTurn(load, plan);
    await this.database.execute('update package_load set package_id = $2 where id = $1', [
      load.id,
      plan.packageId,
    ]);
    await this.saveLoaded(load, plan, load.rows);
  }

  /** Ends a load that failed, and removes what nobody will read. What an earlier load has left stays. */
  async giveUp(load: PackageLoad, reason: LoadFailure): Promise<void> {
    await this.database.transaction(() => this.fail(load, reason));
    await this.tables.dropAbandoned();
  }

  /** Ends a load that failed, if it has not ended. Call it in a transaction. */
  async fail(load: PackageLoad, reason: LoadFailure): Promise<void> {
    if (await this.loads.end(load, 'fail', reason)) await this.tell(load, 'fail');
  }

  /** Says how the newest load of a package is getting on, if it is this one. */
  private async tell({ id, packageId }: PackageLoad, status: string): Promise<void> {
    if (!packageId) return;
    const [later] = await this.database.query(
      'select id from package_load where package_id = $1 and id > $2 limit 1',
      [packageId, id],
    );
    if (!later) await this.registry.setLoadingStatus(packageId, status);
  }

  private async takeTurn({ id }: PackageLoad, { packageId }: LoadPlan): Promise<void> {
    await this.loads.lockPackage(packageId);
    const [later] = await this.database.query(
      `select id from package_load where package_id = $1 and id > $2 and status = 'done' limit 1`,
      [packageId, id],
    );
    if (later) throw new LoadSupersededError();
  }

  private async saveLoaded(load: PackageLoad, plan: LoadPlan, countOfRows: number): Promise<void> {
    const former = await this.registry.find(plan.packageId);
    await this.save(load, plan, { loadingStatus: 'done', loaded: true, countOfRows });
    await this.datasets.moved(plan.packageId, former?.dataset ?? null);
  }

  private async save(
    { owner, url }: PackageLoad,
    { name, descriptor, model }: LoadPlan,
    state: { loadingStatus: string; loaded: boolean; countOfRows: number | null },
  ): Promise<void> {
    const { key } = this.files.locate(url);
    // What its files are kept under, where they are kept here and are those of its owner.
    const dataset = key === undefined ? null : await this.access.datasetOf(key, owner);
    await this.registry.save({ ...state, owner, name, descriptor, model, dataset, originUrl: url });
  }
}
