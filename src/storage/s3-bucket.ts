import { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { S3Config } from './s3.config.js';
import { StorageFullError, StorageUnavailableError } from './storage.errors.js';

const ATTEMPTS = 3;
const CONNECT_TIMEOUT_MS = 5_000;
/** Until the answer to a request begins. */
const ANSWER_TIMEOUT_MS = 60_000;
/** Who reads an object may pause for as long. */
const IDLE_TIMEOUT_MS = 300_000;
const MAX_SOCKETS = 256;
/** What services say when no more may be stored. */
const FULL = ['QuotaExceeded', 'InsufficientCapacity', 'StorageFull', 'XMinioStorageFull'];

/** A bucket of an S3-compatible service, and how to reach it. */
export class S3Bucket {
  readonly client: S3Client;
  readonly name: string;
  /** Below it lie the objects; without a slash at its end. */
  readonly url: string;
  private readonly pathUrl: string;
  private readonly hostUrl: string;

  constructor(config: S3Config) {
    const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = config;
    const region = config.S3_REGION ?? 'us-east-1';
    const forcePathStyle = config.S3_FORCE_PATH_STYLE ?? config.S3_ENDPOINT !== undefined;
    const service = new URL(config.S3_ENDPOINT ?? `https://s3.${region}.amazonaws.com`);
    this.name = config.S3_BUCKET!;
    this.pathUrl = `${service.href.replace(/\/$/, '')}/${this.name}`;
    this.hostUrl = `${service.protocol}//${this.name}.${service.host}`;
    this.url = forcePathStyle ? this.pathUrl : this.hostUrl;
    this.client = new S3Client({
      ...{ region, forcePathStyle, maxAttempts: ATTEMPTS },
      ...(config.S3_ENDPOINT !== undefined && { endpoint: config.S3_ENDPOINT }),
      ...(accessKeyId !== undefined && {
        credentials: { accessKeyId, secretAccessKey: secretAccessKey! },
      }),
      // Checksums beyond MD5 are Amazon's; many other services refuse them.
      ...{ requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' },
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout: ANSWER_TIMEOUT_MS,
        throwOnRequestTimeout: true,
        socketTimeout: IDLE_TIMEOUT_MS,
        httpAgent: { maxSockets: MAX_SOCKETS },
        httpsAgent: { maxSockets: MAX_SOCKETS },
      },
    });
  }

  /**
   * Where objects may be said to lie: hosts, with the bucket as a path or as a part of the host, whichever the service is
   * asked by; without a scheme.
   */
  get places(): string[] {
    const withoutScheme = (url: string) => url.slice(url.indexOf('//') + 2);
    return [this.pathUrl, this.hostUrl].map(withoutScheme);
  }

  /**
   * Waits for an answer of the service; a refusal that is known to the caller is given back as a text.
   * @param known what the caller deals with itself, by the service's names
   * @throws the reason of the signal, StorageFullError, StorageUnavailableError for all that is not known
   */
  async ask<T, K extends string = never>(
    answer: Promise<T>,
    { signal, known = [] }: { signal?: AbortSignal | undefined; known?: readonly K[] } = {},
  ): Promise<T | K> {
    try {
      return await answer;
    } catch (error) {
      signal?.throwIfAborted();
      const name = nameOf(error);
      if ((known as readonly string[]).includes(name)) return name as K;
      throw FULL.includes(name) ? new StorageFullError(error) : new StorageUnavailableError(error);
    }
  }

  /** Ends its connections. */
  close(): void {
    this.client.destroy();
  }
}

/** Answers to HEAD have no body, and so no name but that of their status. */
const NAMES: Readonly<Record<number, string>> = {
  404: 'NoSuchKey',
  412: 'PreconditionFailed',
  416: 'InvalidRange',
};

function nameOf(error: unknown): string {
  if (!(error instanceof S3ServiceException)) return '';
  // A bucket that is not there is a mistake in the configuration, not a missing object.
  if (error.name === 'NoSuchBucket' || error.name === 'NoSuchUpload') return error.name;
  return NAMES[error.$metadata.httpStatusCode ?? 0] ?? error.name;
}
