import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { HttpConfig } from '../../platform/config/platform.config.js';
import { DomainError } from '../../platform/errors/domain-error.js';
import { passOverRest } from '../../platform/http/pass-over-rest.js';
import {
  LocalSignedUrls,
  ObjectStore,
  type SignedUpload,
  SignedUrlRefusedError,
} from '../../storage/index.js';
import { FileArrivals } from '../arrivals/file-arrivals.js';
import { keyOf, type ObjectRequest } from './object-request.js';
import { UploadBrokenError, UploadFormError } from './objects.errors.js';

/** The field that holds the content; it is a file also where the sender gave it no file name. */
const FILE = 'file';
/** Limits of forms: those of signed ones are far below. */
const FORM_LIMITS = { fields: 40, parts: 50, fieldSize: 64 * 1024 };
/** Bytes of a refused upload that are let pass by, so that its sender sees the answer. */
const REFUSED_BYTES = 64 * 1024 ** 2;

/** Takes in objects from who has a signed address or form. */
@Injectable()
export class ObjectUploads {
  constructor(
    private readonly store: ObjectStore,
    private readonly local: LocalSignedUrls,
    private readonly http: HttpConfig,
    private readonly arrivals: FileArrivals,
  ) {}

  /**
   * Stores the body of a PUT, if it is what was signed.
   * @throws SignedUrlRefusedError, UploadBrokenError, what ObjectStore.put throws; then nothing was stored
   */
  async put(request: ObjectRequest): Promise<void> {
    await this.orPassOver(request, async () => {
      const upload = this.local.openPut(keyOf(request), request.query);
      checkHeaders(request, upload);
      await this.keep(upload, request.raw);
    });
  }

  /**
   * Stores the file of a form, if it and the fields before it are what was signed.
   * @throws UploadFormError, and what `put` throws; then nothing was stored
   */
  async post(request: FastifyRequest): Promise<void> {
    await this.orPassOver(request, async () => {
      if (!request.isMultipart()) throw new UploadFormError();
      const fields: Record<string, string> = {};
      let isStored = false;
      for await (const part of this.partsOf(request)) {
        if (part.type === 'file' && !isStored) {
          await this.keep(this.local.openPost(fields), part.file);
          isStored = true;
        } else if (part.type === 'file') part.file.resume();
        else if (typeof part.value === 'string') fields[part.fieldname] = part.value;
      }
      if (!isStored) throw new UploadFormError();
    });
  }

  private async keep(upload: SignedUpload, content: Readable): Promise<void> {
    const { key, length, md5Base64, contentType } = upload;
    const arriving = { bytes: length, md5: Buffer.from(md5Base64, 'base64').toString('hex') };
    await this.arrivals.admit(key, arriving);
    try {
      await this.store.put(key, content, {
        maxBytes: this.http.UPLOAD_LIMIT,
        expected: { length, md5Base64 },
        confirm: () => this.arrivals.admit(key, arriving), // the file may have been deleted while this one came
        ...(contentType !== undefined && { contentType }),
      });
    } catch (error) {
      throw error instanceof DomainError || !isCutOff(content) ? error : new UploadBrokenError(error);
    }
    await this.arrivals.complete(key, arriving);
  }

  private async *partsOf(request: FastifyRequest) {
    const limits = { ...FORM_LIMITS, fileSize: this.http.UPLOAD_LIMIT + 1 };
    try {
      yield* request.parts({ limits, isPartAFile: (name) => name === FILE });
    } catch (error) {
      throw new UploadBrokenError(error);
    }
  }

  /** Receives an upload; of one that is refused, lets the rest pass by, so that its sender gets to see why. */
  private async orPassOver(request: FastifyRequest, receive: () => Promise<void>): Promise<void> {
    try {
      await receive();
    } catch (error) {
      passOverRest(request, REFUSED_BYTES);
      throw error;
    }
  }
}

/** What the sender says of the content is what was signed, as S3 has it. */
function checkHeaders({ headers }: FastifyRequest, { length, md5Base64, contentType }: SignedUpload): void {
  const signed = {
    'Content-Length': String(length),
    'Content-MD5': md5Base64,
    ...(contentType !== undefined && { 'Content-Type': contentType }),
  };
  for (const [name, value] of Object.entries(signed)) {
    if (headers[name.toLowerCase()] === value) continue;
    throw new SignedUrlRefusedError(
      `The address is signed for the header ${name}: ${value}. Send it as it is.`,
    );
  }
}

/** Whether it was the sender who did not bring a body to its end, and not we who could not keep it. */
function isCutOff(content: Readable): boolean {
  return content.errored !== null || (content.destroyed && !content.readableEnded);
}
