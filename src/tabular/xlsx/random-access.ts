import { Readable } from 'node:stream';
import type { FileHandle } from 'node:fs/promises';
import { RandomAccessReader } from 'yauzl';

/** Bytes that can be read from any place: a local file, or an object in a store. */
export interface RandomAccess {
  /** Bytes in all. */
  readonly size: number;
  /** Exactly `length` bytes from `start` on, which the source has. */
  read(start: number, length: number): Promise<Uint8Array>;
}

/** A local file that is open. */
export async function fileAccess(file: FileHandle): Promise<RandomAccess> {
  const { size } = await file.stat();
  return {
    size,
    read: async (start, length) => {
      const buffer = Buffer.alloc(length);
      const { bytesRead } = await file.read(buffer, 0, length, start);
      return buffer.subarray(0, bytesRead);
    },
  };
}

/** Bytes asked for at a time when a part is read from its beginning to its end. */
const BLOCK = 1024 * 1024;

/** Bytes asked for at least: the directory of an archive is read in steps of some bytes, and each would be a request. */
const WINDOW = 64 * 1024;

/** What the zip library reads from. */
export class SourceReader extends RandomAccessReader {
  /** The error of the source, told apart from those of a damaged archive. */
  failure: unknown;
  /** What was read last, and where it begins. */
  #window: { readonly start: number; readonly bytes: Uint8Array } | undefined;

  constructor(private readonly source: RandomAccess) {
    super();
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#blocks(start, end), { objectMode: false, highWaterMark: 1 });
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    done: (error: Error | null) => void,
  ): void {
    this.#near(position, length).then(
      (bytes) => {
        buffer.set(bytes, offset);
        done(null);
      },
      (error: unknown) => done(error as Error),
    );
  }

  async *#blocks(start: number, end: number): AsyncGenerator<Uint8Array> {
    for (let at = start; at < end; at += BLOCK) yield await this.#fetch(at, Math.min(BLOCK, end - at));
  }

  /** Bytes from the window, which goes on to where they are if they are not in it. */
  async #near(position: number, length: number): Promise<Uint8Array> {
    let window = this.#window;
    if (!window || !isWithin(window, position, length)) {
      const room = Math.max(length, Math.min(WINDOW, this.source.size - position));
      window = { start: position, bytes: await this.#fetch(position, room) };
      this.#window = window;
    }
    const from = position - window.start;
    return window.bytes.subarray(from, from + length);
  }

  async #fetch(start: number, length: number): Promise<Uint8Array> {
    try {
      const bytes = await this.source.read(start, length);
      if (bytes.length !== length)
        throw new Error(`The source gave ${bytes.length} bytes instead of ${length}.`);
      return bytes;
    } catch (error) {
      this.failure ??= error;
      throw error;
    }
  }
}

function isWithin(
  { start, bytes }: { start: number; bytes: Uint8Array },
  position: number,
  length: number,
): boolean {
  return position >= start && position + length <= start + bytes.length;
}
