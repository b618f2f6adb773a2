import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { parseKeyPrefix, parseObjectKey } from './object-key.js';
import {
  ObjectStore,
  type ByteRange,
  type ListOptions,
  type ObjectInfo,
  type ObjectPage,
  type PutOptions,
  type StoredObject,
} from './object-store.port.js';
import { checkLimit, checkRange, ReceivedBody } from './received-body.js';
import type { S3Bucket } from './s3-bucket.js';
import { ObjectChangedError, ObjectNotFoundError, StorageUnavailableError } from './storage.errors.js';

/** What is sent at once; two of them are held in memory of each write. */
const PART_BYTES = 8 * 1024 ** 2;
/** Most parts that S3 takes. */
const MAX_PARTS = 10_000;

/** How one write goes on. */
interface Upload {
  readonly Bucket: string;
  readonly Key: string;
  readonly signal: AbortSignal | undefined;
  readonly contentType: string | undefined;
  readonly confirm: PutOptions['confirm'];
}

/**
 * Keeps objects in a bucket of S3 or of a service like it. What fits into one part is sent in one request, when all of
 * it is here and right. What is longer is sent in parts, and shown when the last one is there and the whole was right.
 */
export class S3ObjectStore extends ObjectStore {
  constructor(private readonly bucket: S3Bucket) {
    super();
  }

  /** Whether the bucket answers. @throws StorageUnavailableError */
  async probe(): Promise<void> {
    await this.bucket.ask(this.bucket.client.send(new HeadBucketCommand({ Bucket: this.bucket.name })));
  }

  override async put(key: string, body: Readable | Buffer, options: PutOptions = {}): Promise<StoredObject> {
    parseObjectKey(key);
    const received = new ReceivedBody(body, options);
    const { signal, contentType, confirm } = options;
    const upload = { Bucket: this.bucket.name, Key: key, signal, contentType, confirm };
    const parts = partsOf(received.batches(), partBytes(options));
    try {
      const first = await parts.next();
      const second = await parts.next();
      if (!second.done) return await this.#sendParts(upload, [first.value!, second.value], parts, received);
      const whole = received.finish();
      await options.confirm?.();
      await this.#sendWhole(upload, first.done ? Buffer.alloc(0) : first.value);
      return { key, ...whole };
    } finally {
      await parts.return(undefined);
    }
  }

  override async get(key: string, range: ByteRange = { start: 0 }, etag?: string): Promise<Readable> {
    parseObjectKey(key);
    checkRange(range);
    const { client, name } = this.bucket;
    const isWhole = range.start === 0 && range.end === undefined;
    const answer = await this.bucket.ask(
      client.send(
        new GetObjectCommand({
          ...{ Bucket: name, Key: key },
          ...(!isWhole && { Range: `bytes=${range.start}-${range.end ?? ''}` }),
          ...(etag !== undefined && { IfMatch: `"${etag}"` }),
        }),
      ),
      { known: ['NoSuchKey', 'InvalidRange', 'PreconditionFailed'] },
    );
    if (answer === 'NoSuchKey') throw new ObjectNotFoundError(key);
    if (answer === 'PreconditionFailed') throw new ObjectChangedError(key);
    return answer === 'InvalidRange' ? Readable.from([]) : (answer.Body as Readable);
  }

  override async head(key: string): Promise<ObjectInfo | null> {
    parseObjectKey(key);
    const { client, name } = this.bucket;
    const answer = await this.bucket.ask(client.send(new HeadObjectCommand({ Bucket: name, Key: key })), {
      known: ['NoSuchKey'],
    });
    if (answer === 'NoSuchKey') return null;
    return infoOf({ Key: key, Size: answer.ContentLength, ...answer });
  }

  override async delete(key: string, etag?: string): Promise<void> {
    parseObjectKey(key);
    const { client, name } = this.bucket;
    const object = { Bucket: name, Key: key };
    if (etag !== undefined) {
      // Not every service looks at the condition, and some refuse it: asked first, all but a moment is covered there too.
      if ((await this.head(key))?.etag !== etag) return;
      const command = new DeleteObjectCommand({ ...object, IfMatch: `"${etag}"` });
      const known = ['NoSuchKey', 'PreconditionFailed', 'NotImplemented'] as const;
      if ((await this.bucket.ask(client.send(command), { known })) !== 'NotImplemented') return;
    }
    await this.bucket.ask(client.send(new DeleteObjectCommand(object)), { known: ['NoSuchKey'] });
  }

  override async list(prefix: string, { after, limit }: ListOptions): Promise<ObjectPage> {
    parseKeyPrefix(prefix);
    if (after !== undefined) parseObjectKey(after);
    checkLimit(limit);
    const { client, name } = this.bucket;
    const { Contents = [], IsTruncated } = await this.bucket.ask(
      client.send(
        new ListObjectsV2Command({
          ...{ Bucket: name, Prefix: prefix, MaxKeys: limit },
          ...(after !== undefined && { StartAfter: after }),
        }),
      ),
    );
    const objects = Contents.map(infoOf);
    const last = objects.at(-1);
    return { objects, ...(IsTruncated && last && { next: last.key }) };
  }

  /** Parts of uploads that were not finished go by a rule of the bucket. */
  override async tidy(): Promise<void> {}

  async #sendWhole({ Bucket, Key, signal, contentType }: Upload, bytes: Buffer): Promise<void> {
    const { client } = this.bucket;
    const command = new PutObjectCommand({
      ...{ Bucket, Key, Body: bytes, ContentLength: bytes.length, ContentMD5: md5Of(bytes) },
      ...(contentType !== undefined && { ContentType: contentType }),
    });
    await this.bucket.ask(client.send(command, withSignal(signal)), { signal });
  }

  async #sendParts(
    upload: Upload,
    begun: readonly Buffer[],
    rest: AsyncGenerator<Buffer>,
    received: ReceivedBody,
  ): Promise<StoredObject> {
    const { Bucket, Key, signal, contentType, confirm } = upload;
    const { client } = this.bucket;
    const create = new CreateMultipartUploadCommand({
      ...{ Bucket, Key },
      ...(contentType !== undefined && { ContentType: contentType }),
    });
    const { UploadId } = await this.bucket.ask(client.send(create, withSignal(signal)), { signal });
    const id = { Bucket, Key, UploadId };
    try {
      const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
      const send = async (bytes: Buffer) => {
        const PartNumber = Parts.length + 1;
        const part = new UploadPartCommand({
          ...{ ...id, PartNumber, Body: bytes, ContentLength: bytes.length, ContentMD5: md5Of(bytes) },
        });
        const { ETag } = await this.bucket.ask(client.send(part, withSignal(signal)), { signal });
        Parts.push({ PartNumber, ETag });
      };
      for (const bytes of begun) await send(bytes);
      for await (const bytes of rest) await send(bytes);
      const whole = received.finish();
      await confirm?.();
      signal?.throwIfAborted();
      const complete = new CompleteMultipartUploadCommand({ ...id, MultipartUpload: { Parts } });
      await this.bucket.ask(client.send(complete));
      return { key: Key, ...whole };
    } catch (error) {
      // Where even this fails, the rule of the bucket for unfinished uploads removes the parts.
      await client.send(new AbortMultipartUploadCommand(id)).catch(() => undefined);
      throw error;
    }
  }
}

function partBytes({ expected, maxBytes }: PutOptions): number {
  return Math.max(PART_BYTES, Math.ceil((expected?.length ?? maxBytes ?? 0) / MAX_PARTS));
}

/** The same bytes in parts of one size, but for the last, which may be shorter. */
async function* partsOf(batches: AsyncGenerator<Buffer[]>, size: number): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let length = 0;
  for await (const batch of batches) {
    let rest = Buffer.concat(batch);
    while (length + rest.length >= size) {
      const end = size - length;
      yield Buffer.concat([...held, rest.subarray(0, end)]);
      rest = rest.subarray(end);
      [held, length] = [[], 0];
    }
    if (rest.length > 0) held.push(rest);
    length += rest.length;
  }
  if (length > 0) yield Buffer.concat(held);
}

function infoOf(found: {
  Key?: string | undefined;
  Size?: number | undefined;
  LastModified?: Date | undefined;
  ETag?: string | undefined;
}): ObjectInfo {
  const { Key: key, Size: size, LastModified: modifiedAt, ETag: etag } = found;
  if (key === undefined || size === undefined || modifiedAt === undefined || etag === undefined) {
    throw new StorageUnavailableError(new Error('The service told of an object without all that it must.'));
  }
  return { key, size, modifiedAt, etag: etag.replaceAll('"', '') };
}

function md5Of(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('base64');
}

function withSignal(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
