import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { HttpConfig } from '../../platform/config/platform.config.js';
import { InvalidInputError } from '../../platform/errors/domain-error.js';
import { SignedUrls } from '../../storage/index.js';
import { DatastoreConfig } from '../datastore.config.js';
import {
  PlanLimitExceededError,
  StorageQuotaExceededError,
  UploadRequestInvalidError,
  UploadTokenRefusedError,
} from '../datastore.errors.js';
import type { AuthorizedFormsDto, AuthorizedPutsDto, UploadRequestDto } from './dto/upload.dto.js';
import { FileArrivals } from '../arrivals/file-arrivals.js';
import { storagePath, type StoragePath } from './storage-path.js';
import { fieldPath, optionalMetadata, type WantedFile, wantedFiles } from './upload-request.js';
import { type Reservation, type Reserved, UploadReservations } from './upload-reservations.js';
import { UploadRights } from './upload-rights.js';

/** What S3 takes for the type of a form without one. */
const FORM_TYPE = 'text/plain';

type Described = Omit<Reservation, 'files' | 'expiresAt'>;

/** A file with its key and what its owner needs to upload it. */
interface Prepared<Address> {
  readonly file: WantedFile;
  readonly key: string;
  readonly address: Address;
}

/** Authorises uploads: gives out addresses that take one content each, once there is room for it. */
@Injectable()
export class UploadsService {
  constructor(
    private readonly urls: SignedUrls,
    private readonly reservations: UploadReservations,
    private readonly arrivals: FileArrivals,
    private readonly rights: UploadRights,
    private readonly config: DatastoreConfig,
    private readonly http: HttpConfig,
  ) {}

  /**
   * Addresses to PUT the files of a dataset to, as OpenSpending's data store gives them.
   * @throws UploadTokenRefusedError, UploadRequestInvalidError, StorageQuotaExceededError
   */
  async authorizePuts(actor: Actor, { metadata, filedata }: UploadRequestDto): Promise<AuthorizedPutsDto> {
    actor.require('datastore.upload');
    requireOwner(actor, metadata);
    if (!(await this.rights.has(actor))) throw new UploadTokenRefusedError();
    const dataset = datasetName(metadata)!;
    const { expiresIn, expiresAt } = this.expiry();
    const prepared = await this.prepare(
      filedata,
      ({ path }) => ({ key: `${actor.userid}/${dataset}/${path}` }),
      (key, { bytes, md5Base64, type }) =>
        this.urls.signPut(key, {
          ...{ length: bytes, md5Base64, expiresIn },
          ...(type !== undefined && { contentType: type }),
        }),
    );
    const described = { dataset, flowId: null, visibility: null };
    const reserved = await this.reserve(actor, described, expiresAt, prepared);
    if ('excess' in reserved) throw new StorageQuotaExceededError(reserved.excess);
    const answered = prepared.map(({ file: { path, name, length, md5Base64, type }, address }) => {
      // Arrays, as the original's library parsed its query into; clients take the first element.
      const query = Object.entries(address.query).map(([field, value]) => [field, [value]]);
      const upload_query = Object.fromEntries(query) as Record<string, string[]>;
      const answer = { md5: md5Base64, name, length, upload_url: address.url, upload_query };
      return [path, { ...answer, ...(type !== undefined && { type }) }] as const;
    });
    return { filedata: Object.fromEntries(answered), expires_at: expiresAt.toISOString() };
  }

  /**
   * Forms to send files with, as DataHub's bit store gives them.
   * @throws UploadTokenRefusedError, UploadRequestInvalidError, PlanLimitExceededError
   */
  async authorizeForms(actor: Actor, { metadata, filedata }: UploadRequestDto): Promise<AuthorizedFormsDto> {
    actor.require('rawstore.upload');
    requireOwner(actor, metadata);
    const dataset = datasetName(metadata, 'dataset');
    const isPrivate = optionalMetadata(metadata, 'findability') === 'private';
    const visibility = isPrivate ? ('private' as const) : ('public' as const);
    const { expiresIn, expiresAt } = this.expiry();
    const prepared = await this.prepare(
      filedata,
      ({ path, md5, values }) =>
        storagePath(this.config.STORAGE_PATH_PATTERN, {
          ...{ owner: actor.userid, dataset, path, md5, others: values },
        }),
      (key, { bytes, md5Base64, type = FORM_TYPE }) =>
        this.urls.signPost(key, { length: bytes, md5Base64, contentType: type, visibility, expiresIn }),
    );
    const described = { dataset, flowId: optionalMetadata(metadata, 'flow_id'), visibility };
    const reserved = await this.reserve(actor, described, expiresAt, prepared);
    if ('excess' in reserved) throw new PlanLimitExceededError(reserved.excess);
    const answered = prepared.map(({ key, file: { path, type }, address }) => {
      const answer = {
        upload_url: address.url,
        upload_query: address.fields,
        exists: reserved.existing.has(key),
      };
      return [path, { ...answer, ...(type !== undefined && { type }) }] as const;
    });
    return { filedata: Object.fromEntries(answered), expires_at: expiresAt.toISOString() };
  }

  private expiry(): { expiresIn: number; expiresAt: Date } {
    const expiresIn = this.config.UPLOAD_URL_SECONDS;
    return { expiresIn, expiresAt: new Date(Date.now() + expiresIn * 1000) };
  }

  /** Gives each file its key and its address. Nothing is written yet. */
  private async prepare<Address>(
    filedata: Readonly<Record<string, unknown>>,
    keyOf: (file: WantedFile) => StoragePath,
    sign: (key: string, file: WantedFile) => Promise<Address>,
  ): Promise<Prepared<Address>[]> {
    const bounds = { maxFiles: this.config.UPLOAD_MAX_FILES, maxBytes: this.http.UPLOAD_LIMIT };
    const prepared: Prepared<Address>[] = [];
    const byKey = new Map<string, WantedFile>();
    for (const file of wantedFiles(filedata, bounds)) {
      const path = keyOf(file);
      if ('fault' in path) throw invalidPath(file, path.fault);
      const other = byKey.get(path.key);
      if (other && (other.md5 !== file.md5 || other.bytes !== file.bytes)) {
        throw invalidPath(file, `it has the same place in the store as ${other.path}; give it another name`);
      }
      byKey.set(path.key, file);
      prepared.push({ file, key: path.key, address: await signed(file, () => sign(path.key, file)) });
    }
    return prepared;
  }

  private async reserve(
    actor: Actor,
    described: Described,
    expiresAt: Date,
    prepared: readonly Prepared<unknown>[],
  ): Promise<Reserved> {
    await this.arrivals.settle(prepared.map(({ key }) => key));
    const files = new Map(
      prepared.map(({ key, file: { path, bytes, md5, type } }) => [
        key,
        { key, path, bytes, md5, contentType: type },
      ]),
    );
    return this.reservations.reserve(actor, { ...described, expiresAt, files: [...files.values()] });
  }
}

function requireOwner(actor: Actor, metadata: Readonly<Record<string, unknown>>): void {
  if (metadata['owner'] !== actor.userid) throw new UploadTokenRefusedError();
}

/** The name of the dataset, which is one segment of the keys of its files. */
function datasetName(metadata: Readonly<Record<string, unknown>>, field = 'name'): string | null {
  const name = optionalMetadata(metadata, field);
  if (!name?.includes('/')) return name;
  throw new UploadRequestInvalidError([
    { path: `metadata.${field}`, message: 'the name of a dataset can have no slash in it' },
  ]);
}

/** What the store does not take of a file is told with the file. */
async function signed<Address>(file: WantedFile, sign: () => Promise<Address>): Promise<Address> {
  try {
    return await sign();
  } catch (error) {
    if (error instanceof InvalidInputError) throw invalidPath(file, error.message);
    throw error;
  }
}

function invalidPath({ path }: WantedFile, message: string): UploadRequestInvalidError {
  return new UploadRequestInvalidError([{ path: fieldPath(path), message }]);
}
