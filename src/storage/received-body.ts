import { createHash } from 'node:crypto';
import { finished, type Readable } from 'node:stream';
import { type ByteRange, MAX_PAGE, type PutOptions } from './object-store.port.js';
import { isMd5Base64 } from './signed-terms.js';
import { InvalidObjectRequestError, ObjectMismatchError, ObjectTooLargeError } from './storage.errors.js';

/** Bytes that are dealt with at a stretch, so that a large buffer does not hold up the event loop. */
const BATCH = 1024 * 1024;

/** What came of a body that was read to its end; MD5 in lower-case hex. */
export interface Received {
  /** Bytes. */
  readonly size: number;
  readonly md5: string;
}

/** A body on its way into a store: it is counted, hashed and held against what was announced. */
export class ReceivedBody {
  private readonly md5 = createHash('md5');
  private size = 0;

  /** @throws ObjectTooLargeError or InvalidObjectRequestError if what is announced cannot be */
  constructor(
    private readonly body: Readable | Buffer,
    private readonly options: PutOptions,
  ) {
    const { expected, maxBytes } = options;
    if (expected?.length !== undefined && maxBytes !== undefined && expected.length > maxBytes) {
      throw new ObjectTooLargeError(maxBytes);
    }
    if (expected?.md5Base64 !== undefined && !isMd5Base64(expected.md5Base64)) {
      throw new InvalidObjectRequestError(
        'The announced MD5 is not the base64 form of 16 bytes: correct it.',
      );
    }
    options.signal?.throwIfAborted();
  }

  /**
   * The bytes, in batches of moderate size: while one is dealt with, the next is on its way. A source that fails is left
   * as it is; the signal destroys it.
   * @throws ObjectTooLargeError or ObjectMismatchError as soon as there is too much
   */
  async *batches(): AsyncGenerator<Buffer[]> {
    const { body, options } = this;
    const { signal } = options;
    const onAbort = () => !Buffer.isBuffer(body) && body.destroy(signal?.reason as Error);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const arrivals = Buffer.isBuffer(body) ? [[body]] : arrivalsOf(body);
      for await (const arrived of arrivals) {
        for (const batch of batchesOf(arrived)) {
          signal?.throwIfAborted();
          for (const piece of batch) this.take(piece);
          yield batch;
        }
      }
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /**
   * What was read, once all was.
   * @throws ObjectMismatchError if it is not what was announced
   */
  finish(): Received {
    const { size } = this;
    const { expected } = this.options;
    const md5 = this.md5.digest();
    if (expected?.length !== undefined && size !== expected.length) {
      throw new ObjectMismatchError('length', `${expected.length}`, `${size}`);
    }
    const actual = md5.toString('base64');
    const announced = expected?.md5Base64;
    if (announced !== undefined && announced !== actual)
      throw new ObjectMismatchError('MD5', announced, actual);
    return { size, md5: md5.toString('hex') };
  }

  private take(piece: Buffer): void {
    const { expected, maxBytes } = this.options;
    this.size += piece.length;
    if (maxBytes !== undefined && this.size > maxBytes) throw new ObjectTooLargeError(maxBytes);
    if (expected?.length !== undefined && this.size > expected.length) {
      throw new ObjectMismatchError('length', `${expected.length}`, `over ${expected.length}`);
    }
    this.md5.update(piece);
  }
}

/**
 * What has arrived of a stream since it was asked for last, up to about a batch. The stream flows meanwhile: to pause and
 * resume it for every chunk, as its own iterator does, takes a good part of the time of a fast upload.
 */
async function* arrivalsOf(stream: Readable): AsyncGenerator<Buffer[]> {
  let arrived: Buffer[] = [];
  let size = 0;
  let end: { error: Error | null | undefined } | undefined;
  let wake = () => {};
  const onData = (chunk: Buffer | string) => {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
    arrived.push(bytes);
    size += bytes.length;
    if (size >= BATCH) stream.pause();
    wake();
  };
  const forget = finished(stream, { writable: false }, (error) => {
    end = { error };
    wake();
  });
  stream.on('data', onData);
  try {
    for (;;) {
      if (arrived.length > 0) {
        const taken = arrived;
        [arrived, size] = [[], 0];
        if (stream.isPaused()) stream.resume();
        yield taken;
      } else if (end) {
        if (end.error) throw end.error;
        return;
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    forget();
    stream.off('data', onData);
    stream.pause();
  }
}

/** The same bytes, with no batch much longer than one should be. */
function* batchesOf(arrived: readonly Buffer[]): Generator<Buffer[]> {
  let batch: Buffer[] = [];
  let size = 0;
  for (const bytes of arrived) {
    for (let at = 0; at < bytes.length; at += BATCH) {
      const piece = bytes.subarray(at, at + BATCH);
      batch.push(piece);
      size += piece.length;
      if (size < BATCH) continue;
      yield batch;
      [batch, size] = [[], 0];
    }
  }
  if (size > 0) yield batch;
}

/** @throws InvalidObjectRequestError unless it is a range */
export function checkRange({ start, end }: ByteRange): void {
  const isPosition = (value: number) => Number.isSafeInteger(value) && value >= 0;
  if (!isPosition(start) || (end !== undefined && (!isPosition(end) || end < start))) {
    throw new InvalidObjectRequestError(
      'The range is not one: give a start from 0 and an end not before it.',
    );
  }
}

/** @throws InvalidObjectRequestError unless a page may hold as many */
export function checkLimit(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw new InvalidObjectRequestError(`A page holds 1 to ${MAX_PAGE} objects: ask for as many.`);
  }
}
