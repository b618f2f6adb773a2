import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { utf8Stream } from './utf8-stream.js';

async function through(bytes: Buffer, piece = 7): Promise<Buffer> {
  const pieces = Array.from({ length: Math.ceil(bytes.length / piece) }, (_, index) =>
    bytes.subarray(index * piece, (index + 1) * piece),
  );
  return buffer(Readable.from(pieces).pipe(utf8Stream()));
}

const bigEndian = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('utf8Stream', () => {
  it('turns UTF-16 into UTF-8, however it comes in pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 1, max: 9 }),
        async (text, piece) => {
          const marked = `\ufeffid|${text}`;
          const expected = Buffer.from(`id|${text}`);
          expect(await through(Buffer.from(marked, 'utf16le'), piece)).toEqual(expected);
          expect(await through(bigEndian(marked), piece)).toEqual(expected);
        },
      ),
    );
  });

  it('knows UTF-16 without a mark by its first two characters', async () => {
    expect((await through(Buffer.from('id|Zoë', 'utf16le'))).toString()).toBe('id|Zoë');
    expect((await through(bigEndian('id|Zoë'))).toString()).toBe('id|Zoë');
  });

  it('leaves everything else as it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        async (bytes, piece) => {
          const [a = 1, b = 1] = bytes;
          fc.pre((a !== 0xff || b !== 0xfe) && (a !== 0xfe || b !== 0xff) && a !== 0 && b !== 0);
          expect(await through(Buffer.from(bytes), piece)).toEqual(Buffer.from(bytes));
        },
      ),
    );
    for (const text of ['', 'i', 'id', '\ufeffid', 'Zoë']) {
      expect((await through(Buffer.from(text))).toString()).toBe(text);
    }
  });

  it('shows where a character is cut in half', async () => {
    expect((await through(Buffer.from([0xff, 0xfe, 0x69, 0, 0x3d]))).toString()).toBe('i\ufffd');
  });
});
