import { Transform, type TransformCallback } from 'node:stream';

/** Bytes by which UTF-16 gives itself away: its mark, or an ASCII character that is two bytes wide. */
const UTF16: readonly { encoding: 'utf-16le' | 'utf-16be'; matches: (head: Buffer) => boolean }[] = [
  { encoding: 'utf-16le', matches: (head) => head[0] === 0xff && head[1] === 0xfe },
  { encoding: 'utf-16be', matches: (head) => head[0] === 0xfe && head[1] === 0xff },
  { encoding: 'utf-16le', matches: ([a, b, c, d]) => isAscii(a) && b === 0 && isAscii(c) && d === 0 },
  { encoding: 'utf-16be', matches: ([a, b, c, d]) => a === 0 && isAscii(b) && c === 0 && isAscii(d) },
];
const HEAD = 4;

/**
 * A stream that turns UTF-16 into UTF-8 and leaves everything else as it is, byte by byte. UTF-16 is known by its mark,
 * which goes, or by its first two characters where both are ASCII. A character cut in half becomes U+FFFD.
 */
export function utf8Stream(): Transform {
  return new Utf8Stream();
}

class Utf8Stream extends Transform {
  #head: Buffer | undefined = Buffer.alloc(0);
  #decoder: InstanceType<typeof TextDecoder> | undefined;

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    if (this.#head === undefined) return done(null, this.#decoded(chunk));
    this.#head = Buffer.concat([this.#head, chunk]);
    if (this.#head.length < HEAD) return done();
    done(null, this.#begin());
  }

  override _flush(done: TransformCallback): void {
    const rest = this.#head === undefined ? Buffer.alloc(0) : this.#begin();
    done(null, Buffer.concat([rest, Buffer.from(this.#decoder?.decode() ?? '')]));
  }

  #begin(): Buffer {
    const head = this.#head!;
    this.#head = undefined;
    const found = UTF16.find(({ matches }) => matches(head));
    this.#decoder = found && new TextDecoder(found.encoding);
    return this.#decoded(head);
  }

  #decoded(bytes: Buffer): Buffer {
    return this.#decoder ? Buffer.from(this.#decoder.decode(bytes, { stream: true })) : bytes;
  }
}

function isAscii(byte: number | undefined): boolean {
  return byte !== undefined && byte > 0 && byte < 0x80;
}
