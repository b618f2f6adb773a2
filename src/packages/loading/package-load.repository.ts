import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { ownerOf } from '../registry/package-id.js';
import { LoadNotFoundError } from './loading.errors.js';
import { type LoadStatus, PackageLoad } from './package-load.entity.js';

/** Why a load failed, and the same for others than its owner, where they are not told all of it. */
export interface LoadFailure {
  readonly error: string;
  readonly publicError?: string;
}

/** The loads of packages, old and new. */
@Injectable()
export class PackageLoadRepository {
  constructor(private readonly database: Database) {}

  /** A load with its descriptor, which other methods leave out: it may be large. Throws `LoadNotFoundError`. */
  async get(id: number): Promise<PackageLoad> {
    const load = await this.database.reader().findOne(PackageLoad, { id }, { populate: ['descriptor'] });
    if (!load) throw new LoadNotFoundError();
    return load;
  }

  /** The newest load from this address (`loadAddress`): that of the first of these owners who has one, else of anybody. */
  async findLatest(address: string, owners: readonly string[]): Promise<PackageLoad | null> {
    const em = this.database.reader();
    for (const whose of [...owners.map((owner) => ({ owner })), {}]) {
      const newest = { orderBy: { id: 'desc' }, limit: 1 } as const;
      const [found] = await em.find(PackageLoad, { address, ...whose }, newest);
      if (found) return found;
    }
    return null;
  }

  /** The loads of this owner from this address that have not ended. */
  async findUnended(address: string, owner: string): Promise<PackageLoad[]> {
    return this.database.reader().find(PackageLoad, { address, owner, endedAt: null });
  }

  /** The loads that have not ended of this package, and those of its owner from this address that may be of it. */
  async findUnendedOf(packageId: string, url: string | null): Promise<PackageLoad[]> {
    const unnamed = { packageId: null, owner: ownerOf(packageId), url: url ?? '' };
    return this.database.reader().find(PackageLoad, { endedAt: null, $or: [{ packageId }, unnamed] });
  }

  /** A page of the loads that have not ended. */
  async pageOfUnended(after: number, limit: number): Promise<PackageLoad[]> {
    const wanted = { endedAt: null, id: { $gt: after } };
    return this.database.reader().find(PackageLoad, wanted, { orderBy: { id: 'asc' }, limit });
  }

  /** Forgets loads of this owner from this address that ended days ago, for a newer one; their tables must be gone. */
  async forgetOld(address: string, owner: string): Promise<void> {
    await this.database.execute(
      `delete from package_load as load where address = $1 and owner = $2 and ended_at < now() - interval '2 days'
         and not exists (select 1 from package_table where load_id = load.id)`,
      [address, owner],
    );
  }

  /** Loads of one owner from one address take turns at their beginning, until the end of the transaction. */
  lockAddress(address: string, owner: string): Promise<void> {
    return this.lock(`load ${owner} ${address}`);
  }

  /** Loads of one package take turns at their beginning and at their end, whatever addresses they came from. */
  lockPackage(packageId: string): Promise<void> {
    return this.lock(`package ${packageId}`);
  }

  /** Says what the load is doing; nothing where it has ended. */
  async report(load: PackageLoad, status: LoadStatus, rows?: number): Promise<void> {
    await this.database.execute(
      'update package_load set status = $2, rows = coalesce($3, rows) where id = $1 and ended_at is null',
      [load.id, status, rows ?? null],
    );
  }

  /** Ends the load; false where it has ended before. */
  async end(load: PackageLoad, status: 'done' | 'fail', reason: LoadFailure | null): Promise<boolean> {
    const changed = await this.database.execute(
      `update package_load set status = $2, error = $3, public_error = $4, ended_at = now(), hears_until = null, descriptor = null
       where id = $1 and ended_at is null`,
      [load.id, status, reason?.error ?? null, reason?.publicError ?? null],
    );
    return changed > 0;
  }

  /**
   * Has a load that failed begin again; false where another one was begun since that it would be in the way of. Call it in
   * a transaction, after `lockAddress`.
   */
  async reopen({ id }: PackageLoad): Promise<boolean> {
    const changed = await this.database.execute(
      `update package_load as load set status = 'initializing', rows = 0, error = null, public_error = null, ended_at = null
       where id = $1 and status = 'fail' and not exists (
         select 1 from package_load as later where later.id > load.id and
           (later.address = load.address and later.owner = load.owner or later.package_id = load.package_id))`,
      [id],
    );
    return changed > 0;
  }

  private async lock(what: string): Promise<void> {
    await this.database.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [what]);
  }
}
