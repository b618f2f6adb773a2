import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Authenticator } from '../../platform/access/authenticator.port.js';
import { Database } from '../../platform/database/database.js';
import { ObjectStore, parseObjectKey } from '../../storage/index.js';
import { FileNotReadableError } from '../datastore.errors.js';
import { ObjectAddresses } from './object-addresses.js';
import { FileArrivals } from '../arrivals/file-arrivals.js';
import { VISIBILITY, WITH_DATASET } from './dataset-visibility.js';
import type { Visibility } from './visibility.js';

interface FileRow {
  readonly owner: string;
  readonly visibility: Visibility;
  readonly etag: string;
}

/** Who may read a file at its unsigned address: everybody if it is public, else its owner by his token. */
@Injectable()
export class FileAccess {
  constructor(
    private readonly database: Database,
    private readonly arrivals: FileArrivals,
    private readonly store: ObjectStore,
    private readonly addresses: ObjectAddresses,
    private readonly authenticator: Authenticator,
  ) {}

  /** Whether everybody may read it. */
  async isPublic(key: string): Promise<boolean> {
    return (await this.find(key))?.visibility === 'public';
  }

  /** Whether this user may read it. */
  async isReadableBy(key: string, userid: string): Promise<boolean> {
    const file = await this.find(key);
    return file?.visibility === 'public' || file?.owner === userid;
  }

  /** The dataset of a file of this owner; null where it is in none, is somebody else's, or is not there. */
  async datasetOf(key: string, owner: string): Promise<string | null> {
    const [row] = await this.database.query<{ dataset: string | null }>(
      'select dataset from datastore_file where key = $1 and owner = $2',
      [key, owner],
    );
    return row?.dataset ?? null;
  }

  /**
   * Lets pass who may read the file.
   * @throws FileNotReadableError for others, whether it is there or not; UnauthenticatedError for a token that does not
   * hold; InvalidObjectKeyError
   */
  async require(key: string, request: FastifyRequest): Promise<void> {
    const file = await this.find(key);
    if (file?.visibility === 'public') return;
    if (!this.authenticator.hasCredentials(request)) throw new FileNotReadableError();
    const actor = await this.authenticator.authenticate(request);
    if (!file || file.owner !== actor.userid || !actor.may('datastore.read'))
      throw new FileNotReadableError();
  }

  private async find(key: string): Promise<FileRow | undefined> {
    parseObjectKey(key);
    const file = await this.read(key);
    if (file && (await this.isThere(key, file))) return file;
    await (file ? this.arrivals.lookFor([key]) : this.arrivals.settle([key]));
    return this.read(key);
  }

  /** Elsewhere the object may have been replaced by what nobody has looked at. */
  private async isThere(key: string, { etag }: FileRow): Promise<boolean> {
    if (!this.addresses.areElsewhere) return true;
    const info = await this.store.head(key);
    return !info || info.etag === etag;
  }

  private async read(key: string): Promise<FileRow | undefined> {
    const [row] = await this.database.prepared<FileRow>(
      'datastore.file-access',
      `select f.owner, f.etag, ${VISIBILITY} as visibility from datastore_file f ${WITH_DATASET} where f.key = $1`,
      [key],
    );
    return row;
  }
}
