import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { MultipartFile } from '@fastify/multipart';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { HttpConfig } from '../../platform/config/platform.config.js';
import { ObjectStore, ObjectTooLargeError } from '../../storage/index.js';
import { utf8Stream } from '../../tabular/index.js';
import { OrdersConfig } from '../orders.config.js';
import {
  OrderFileExtensionError,
  OrderFileMissingError,
  OrderFileTooLargeError,
  OrderUploadBrokenError,
  TooManyOrderFilesError,
} from '../orders.errors.js';

/** The field of the form that holds the file. */
const FIELD = 'csv_file';
const MAX_FILE_NAME = 255;

/** An uploaded file in the object store. */
export interface UploadedFile {
  readonly key: string;
  /** Of the object, in bytes: a file in UTF-16 is stored as UTF-8. */
  readonly storedSize: number;
  /** As its sender calls it. */
  readonly fileName: string;
  /** Of the file as it was sent, in bytes. */
  readonly size: number;
  /** Of the file as it was sent, in lower-case hex. */
  readonly sha256: string;
}

/** Takes the file out of an upload, straight into the object store. */
@Injectable()
export class OrderUploads {
  constructor(
    private readonly store: ObjectStore,
    private readonly http: HttpConfig,
    private readonly config: OrdersConfig,
  ) {}

  /**
   * Stores the one file of a request under the key.
   * @throws OrderFileMissingError, OrderFileExtensionError, TooManyOrderFilesError, OrderUploadBrokenError,
   * OrderFileTooLargeError past UPLOAD_LIMIT, StorageFullError; after any of these nothing is stored
   */
  async receive(request: FastifyRequest, key: string): Promise<UploadedFile> {
    let file: UploadedFile | undefined;
    try {
      for await (const part of partsOf(request, this.http.UPLOAD_LIMIT)) {
        if (part.type !== 'file') continue;
        if (file) throw new TooManyOrderFilesError();
        file = await this.storeFile(part, key);
      }
      if (!file) throw new OrderFileMissingError();
      return file;
    } catch (error) {
      if (file) await this.store.delete(key);
      passOverRest(request, this.http.UPLOAD_LIMIT);
      throw error;
    }
  }

  private async storeFile(part: MultipartFile, key: string): Promise<UploadedFile> {
    if (part.fieldname !== FIELD || part.filename === '') throw new OrderFileMissingError();
    const { UPLOAD_LIMIT } = this.http;
    const { ALLOWED_EXTENSIONS } = this.config;
    if (!hasExtension(part.filename, ALLOWED_EXTENSIONS))
      throw new OrderFileExtensionError(ALLOWED_EXTENSIONS);
    const sent = new Fingerprint(UPLOAD_LIMIT);
    const text = utf8Stream();
    // Where the client goes away the error must reach the store, which then keeps nothing; `pipe` would swallow it.
    let broken: unknown;
    const piped = pipeline(part.file, sent, text).catch((error: unknown) => {
      broken = error;
      text.destroy(error as Error);
    });
    try {
      const { key: objectKey, size: storedSize } = await this.store.put(key, text, {
        maxBytes: 2 * UPLOAD_LIMIT, // what was sent is within the limit; as UTF-8 it may be larger, though not twice
        contentType: 'text/csv',
      });
      await piped;
      const fileName = part.filename.replace(/\p{Cc}/gu, '').slice(0, MAX_FILE_NAME);
      return { key: objectKey, storedSize, fileName, ...sent.summary() };
    } catch (error) {
      if (error instanceof ObjectTooLargeError) throw new OrderFileTooLargeError(UPLOAD_LIMIT);
      throw broken === undefined ? error : new OrderUploadBrokenError(error);
    }
  }
}

/** Passes bytes on, no more than may be, and knows what they were. */
class Fingerprint extends Transform {
  private readonly hash = createHash('sha256');
  private size = 0;

  constructor(private readonly maxBytes: number) {
    super();
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.hash.update(chunk);
    this.size += chunk.length;
    if (this.size > this.maxBytes) done(new ObjectTooLargeError(this.maxBytes));
    else done(null, chunk);
  }

  /** Size in bytes and SHA-256 of what has passed; once. */
  summary(): { size: number; sha256: string } {
    return { size: this.size, sha256: this.hash.digest('hex') };
  }
}

async function* partsOf(request: FastifyRequest, maxBytes: number) {
  if (!request.isMultipart()) throw new OrderFileMissingError();
  try {
    // One byte more than is allowed, so that the store sees that it is too much.
    yield* request.parts({ limits: { fileSize: maxBytes + 1 } });
  } catch (error) {
    throw new OrderUploadBrokenError(error);
  }
}

/** A name has a dot, and what follows the last one is allowed, in this case. */
function hasExtension(fileName: string, allowed: readonly string[]): boolean {
  const dot = fileName.lastIndexOf('.');
  return dot !== -1 && allowed.includes(fileName.slice(dot + 1));
}

/**
 * Lets what is left of a body pass by. A sender that is cut off in the middle often does not get to see the answer.
 * @param most bytes after which it is cut off all the same
 */
function passOverRest({ raw }: FastifyRequest, most: number): void {
  let left = most;
  raw.unpipe();
  raw.on('data', ({ length }: Buffer) => {
    left -= length;
    if (left < 0) raw.destroy();
  });
  raw.resume();
}
