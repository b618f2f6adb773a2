import { addAbortSignal, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Injectable } from '@nestjs/common';
import { parseOutboundUrl } from '../../platform/outbound/address-guard.js';
import { OutboundClient } from '../../platform/outbound/outbound-client.js';
import type { OutboundResponse } from '../../platform/outbound/outbound-response.js';
import { FileAccess, ObjectAddresses } from '../../datastore/index.js';
import { ObjectStore, ObjectTooLargeError } from '../../storage/index.js';
import { isUrl } from '../../tabular/index.js';
import { LoadingConfig } from './loading.config.js';
import {
  DescriptorTooLargeError,
  ForeignFileError,
  PackageFileMissingError,
  PackageFileRefusedError,
  PackageFileUnavailableError,
  PackageTooLargeError,
} from './loading.errors.js';

/** A file of a package, in the object store. */
export interface StoredFile {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Another content has another one. */
  readonly etag: string;
  /** Whether it was brought here for this load only. */
  readonly isCopy: boolean;
}

/** For whom a file is kept, and where if it has to be brought here. */
export interface KeepOptions {
  /** Userid. */
  readonly owner: string;
  readonly copyKey: string;
  /** Of the files that the load has read before. */
  readonly bytesBefore: number;
  readonly signal: AbortSignal;
}

/**
 * Gets the descriptor and the resources of packages. Addresses of our own objects are read from the store, with a look
 * at whose they are; all others through the guarded client, since a user wrote them.
 */
@Injectable()
export class SourceFiles {
  constructor(
    private readonly store: ObjectStore,
    private readonly objects: ObjectAddresses,
    private readonly access: FileAccess,
    private readonly outbound: OutboundClient,
    private readonly config: LoadingConfig,
  ) {}

  /**
   * The address that a text is, and the key of the object that it leads to, where it is one of ours.
   * @throws OutboundUrlInvalidError where it is no address of HTTP
   */
  locate(address: string): { url: URL; key: string | undefined } {
    const url = parseOutboundUrl(address);
    return { url, key: this.objects.keyOf(url.href) };
  }

  /** The address of a file that a descriptor names, by an address or by a path from its own folder. */
  resolve(path: string, descriptorUrl: string): URL {
    if (isUrl(path)) return parseOutboundUrl(path);
    const encoded = path.split('/').map(encodeURIComponent).join('/');
    return new URL(encoded, descriptorUrl);
  }

  /**
   * The whole of a small file.
   * @param owner userid of whom it is read for
   * @throws ForeignFileError, PackageFileMissingError, PackageFileRefusedError, DescriptorTooLargeError, the errors of
   * the guarded client
   */
  async read(address: string, owner: string, signal: AbortSignal): Promise<Buffer> {
    const { key, url } = this.locate(address);
    const maxBytes = this.config.PACKAGE_DESCRIPTOR_LIMIT;
    if (key === undefined) {
      const { body } = await this.fetch(url, { maxBytes, signal });
      return buffer(body);
    }
    await this.requireReadable(key, owner);
    const found = await this.store.head(key);
    if (!found) throw new PackageFileMissingError(address);
    if (found.size > maxBytes) throw new DescriptorTooLargeError(maxBytes);
    return buffer(addAbortSignal(signal, await this.store.get(key)));
  }

  /**
   * Makes files readable from the store, again and again until the load ends. One of our own objects stays where it is;
   * what comes from elsewhere, or in several parts, is brought to `copyKey`.
   * @throws PackageTooLargeError, what `read` throws
   */
  async keep(
    addresses: readonly URL[],
    { owner, copyKey, bytesBefore, signal }: KeepOptions,
  ): Promise<StoredFile> {
    const keys = addresses.map((url) => this.objects.keyOf(url.href));
    for (const key of keys) await this.requireReadable(key, owner);
    const [only] = keys;
    const { PACKAGE_LOAD_LIMIT: limit, PACKAGE_RESOURCE_LIMIT: most } = this.config;
    const left = limit - bytesBefore;
    if (only !== undefined && keys.length === 1) {
      const file = await this.found(only, addresses[0]!, false);
      if (file.size > left) throw new PackageTooLargeError(limit);
      return file;
    }
    const maxBytes = Math.min(most, left);
    try {
      await this.store.put(copyKey, Readable.from(this.bytes(addresses, signal)), { maxBytes, signal });
    } catch (error) {
      throw error instanceof ObjectTooLargeError && left < most ? new PackageTooLargeError(limit) : error;
    }
    return this.found(copyKey, addresses[0]!, true);
  }

  /**
   * Throws `ForeignFileError` where the key is that of an object of ours which the user may not read. What is missing
   * among his own files is not foreign: it is told of as missing once it is looked for.
   */
  async requireReadable(key: string | undefined, userid: string): Promise<void> {
    if (key === undefined || (await this.access.isReadableBy(key, userid))) return;
    if (!key.startsWith(`${userid}/`)) throw new ForeignFileError();
  }

  private async found(key: string, url: URL, isCopy: boolean): Promise<StoredFile> {
    const found = await this.store.head(key);
    if (!found) throw new PackageFileMissingError(url.href);
    return { key, size: found.size, etag: found.etag, isCopy };
  }

  /** The files one after the other: parts of one, as data packages have it. */
  private async *bytes(addresses: readonly URL[], signal: AbortSignal): AsyncGenerator<Buffer> {
    for (const url of addresses) {
      const key = this.objects.keyOf(url.href);
      const body =
        key === undefined
          ? (await this.fetch(url, { maxBytes: this.config.PACKAGE_RESOURCE_LIMIT, signal })).body
          : await this.store.get(key);
      yield* body as AsyncIterable<Buffer>;
    }
  }

  private async fetch(
    url: URL,
    limits: { maxBytes: number; signal: AbortSignal },
  ): Promise<OutboundResponse> {
    const timeoutMs = this.config.PACKAGE_FETCH_TIMEOUT * 1000;
    const response = await this.outbound.request(url, { ...limits, timeoutMs, audience: 'user' });
    if (response.status === 200) return response;
    response.body.destroy();
    if (response.status >= 500 || response.status === 429)
      throw new PackageFileUnavailableError(url.href, response.status);
    throw new PackageFileRefusedError(url.href, response.status);
  }
}
