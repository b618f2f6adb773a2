import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  attachment,
  LocalSignedUrls,
  mediaTypeOf,
  ObjectChangedError,
  ObjectNotFoundError,
  ObjectStore,
  SignedUrls,
} from '../../storage/index.js';
import { ObjectAddresses } from '../files/object-addresses.js';
import { FileAccess } from '../files/file-access.js';
import { select } from './conditional-request.js';
import { keyOf, type ObjectRequest } from './object-request.js';
import { RangeNotSatisfiableError } from './objects.errors.js';

/** An object may be anybody's: nothing in it may run as if it were ours, or be taken for another type than it is said to be. */
const HARMLESS = {
  'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const;
/** Seconds for which the address in a redirect is good. */
const REDIRECT_EXPIRY = 300;
/** How often an object is opened anew that is replaced just then. */
const MOST_TRIES = 5;

/** Gives out objects, to who may have them. */
@Injectable()
export class ObjectReads {
  constructor(
    private readonly store: ObjectStore,
    private readonly urls: SignedUrls,
    private readonly local: LocalSignedUrls,
    private readonly files: FileAccess,
    private readonly addresses: ObjectAddresses,
  ) {}

  /**
   * Answers a GET or HEAD: the object, a range of it, that the caller has it already, or where it is.
   * @throws SignedUrlRefusedError or FileNotReadableError for who may not, whether it is there or not;
   * ObjectNotFoundError, RangeNotSatisfiableError
   */
  async send(request: ObjectRequest, reply: FastifyReply): Promise<void> {
    const key = keyOf(request);
    const { download } = await this.access(key, request);
    if (this.addresses.areElsewhere) return this.redirect(key, download, reply);
    for (let tries = 1; ; tries++) {
      try {
        return await this.give(key, download, request, reply);
      } catch (error) {
        // Replaced between the two looks at it: the new one is there whole.
        if (!(error instanceof ObjectChangedError) || tries === MOST_TRIES) throw error;
      }
    }
  }

  private async give(
    key: string,
    download: string | undefined,
    request: ObjectRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const info = await this.store.head(key);
    if (!info) throw new ObjectNotFoundError(key);
    const etag = `"${info.etag}"`;
    void reply.headers({
      ...HARMLESS,
      ...{ etag, 'last-modified': info.modifiedAt.toUTCString(), 'accept-ranges': 'bytes' },
      'cache-control': 'private, no-cache',
    });
    const selection = select(request.headers, { ...info, etag });
    if (selection === 'not-modified') return void reply.status(304).send();
    if (selection === 'no-such-range') {
      void reply.header('content-range', `bytes */${info.size}`);
      throw new RangeNotSatisfiableError(info.size);
    }
    const range = selection === 'all' ? { start: 0, end: info.size - 1 } : selection;
    // Opened first: from here on there is a status to keep.
    const content = await this.contentOf(request, key, info.size, range, info.etag);
    if (selection !== 'all') {
      void reply.status(206).header('content-range', `bytes ${range.start}-${range.end}/${info.size}`);
    }
    void reply.headers({
      'content-type': mediaTypeOf(key),
      'content-length': range.end - range.start + 1,
      ...(download !== undefined && { 'content-disposition': attachment(download) }),
    });
    return void reply.send(content);
  }

  /** Who may read the object: who has a signed address; without a signature, whom the file itself lets. */
  private async access(key: string, request: ObjectRequest): Promise<{ download: string | undefined }> {
    if ('signature' in request.query) return this.local.openGet(key, request.query);
    await this.files.require(key, request);
    return { download: undefined };
  }

  private async redirect(key: string, download: string | undefined, reply: FastifyReply): Promise<void> {
    const terms = { expiresIn: REDIRECT_EXPIRY, ...(download !== undefined && { download }) };
    void reply
      .status(307)
      .headers({ location: await this.urls.signGet(key, terms), 'cache-control': 'no-store' })
      .send();
  }

  private async contentOf(
    { method }: FastifyRequest,
    key: string,
    size: number,
    range: { start: number; end: number },
    etag: string,
  ): Promise<Readable> {
    if (method === 'HEAD' || size === 0) return Readable.from([]);
    return this.store.get(key, range, etag);
  }
}
