import { Injectable } from '@nestjs/common';
import { type ServiceCredential, ServiceGrants } from '../../identity/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { ObjectAddresses } from '../files/object-addresses.js';
import { VISIBILITY, WITH_DATASET } from '../files/dataset-visibility.js';
import type { Visibility } from '../files/visibility.js';

/** The service whose permissions say how much may be stored. */
const PLANNED_SERVICE = 'rawstore';
/** Plans count in millions of bytes, as DataHub does. */
const MEGABYTE = 1_000_000;

/** By how much what somebody stores would be too much. */
export interface QuotaExcess {
  readonly limitMb: number;
  /** Bytes that are stored or may still come. */
  readonly used: number;
  /** Bytes that it would be with the new files. */
  readonly total: number;
  /** Whether it is the limit for private files that is exceeded. */
  readonly isPrivate: boolean;
}

/** A limit in megabytes, for the private files or for all. */
export interface QuotaLimit {
  readonly limitMb: number;
  readonly isPrivate: boolean;
}

export interface SizedFile {
  readonly key: string;
  readonly bytes: number;
}

/** What a file takes at least: an empty one needs its place in a directory and in the tables too. */
const LEAST_BYTES = 4096;
/** Elsewhere an upload may begin before its address expires and be found for a day after. */
const ELSEWHERE_SECONDS = 86_400;

// What is there, and what may still come: of several contents for one key only one can be there in the end.
const USAGE = `
  with known as (
    select f.key, f.bytes, ${VISIBILITY} = 'private' as private, false as wanted
    from datastore_file f ${WITH_DATASET} where f.owner = $1
    union all
    select f.key, f.bytes, ${VISIBILITY} = 'private', false
    from upload f ${WITH_DATASET} 
    where f.owner = $1 and f.state = 'pending' and f.expires_at > now() - make_interval(secs => $5)
    union all
    select key, bytes, $4::boolean, true from unnest($2::text[], $3::bigint[]) as wanted (key, bytes)
  ), keys as (
    select greatest(max(bytes), ${LEAST_BYTES}) as total,
      case when bool_and(wanted) then 0 else greatest(max(bytes) filter (where not wanted), ${LEAST_BYTES}) end as used,
      bool_or(private) as private, coalesce(bool_or(private) filter (where not wanted), false) as was_private
    from known group by key
  )
  select coalesce(sum(total) filter (where private or not $4), 0)::float8 as total,
    coalesce(sum(used) filter (where was_private or not $4), 0)::float8 as used
  from keys`;

/** How much the plans of identity let users store. */
@Injectable()
export class StorageQuota {
  constructor(
    private readonly database: Database,
    private readonly grants: ServiceGrants,
    private readonly addresses: ObjectAddresses,
  ) {}

  /** The limit for files of a visibility, from the plan of the actor or what he was given besides. */
  async limitOf({ userid, credential }: Actor, visibility: Visibility): Promise<QuotaLimit> {
    const token = credential as Partial<ServiceCredential>;
    const permissions =
      credential.kind === 'service' && token.service === PLANNED_SERVICE
        ? token.permissions!
        : (await this.grants.of(userid, PLANNED_SERVICE)).permissions;
    const isPrivate = visibility === 'private';
    const limit = permissions[isPrivate ? 'max_private_storage_mb' : 'max_public_storage_mb'];
    return { limitMb: typeof limit === 'number' ? limit : 0, isPrivate };
  }

  /**
   * Whether an owner's files and these would be too much. The limit for public files counts all files, as DataHub's
   * does. To be called in a transaction that holds the owner's lock: nobody else can take the same room.
   */
  async excess(
    owner: string,
    files: readonly SizedFile[],
    limit: QuotaLimit,
  ): Promise<QuotaExcess | undefined> {
    const [row] = await this.database.query<{ total: number; used: number }>(USAGE, [
      owner,
      files.map(({ key }) => key),
      files.map(({ bytes }) => bytes),
      limit.isPrivate,
      this.addresses.areElsewhere ? ELSEWHERE_SECONDS : 0,
    ]);
    const { total, used } = row!;
    return total > limit.limitMb * MEGABYTE ? { ...limit, total, used } : undefined;
  }
}
