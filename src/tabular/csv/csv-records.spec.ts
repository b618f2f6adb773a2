import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CsvItem } from './csv-item.js';
import { CsvBlock, type CsvDialect } from './csv-records.js';

const dialect: fc.Arbitrary<CsvDialect> = fc.record({
  delimiter: fc.constantFrom(',', '|'),
  quoting: fc.constantFrom('strict', 'lenient', 'none'),
  multiline: fc.boolean(),
  keepBlankLines: fc.boolean(),
  maxRecordBytes: fc.constant(1000),
});

const bytes = fc
  .array(
    fc.constantFrom(
      ...['a', 'bc', ',', '|', '"', '"', '""', '\n', '\r', '\r\n', 'é', '😀', '\0'].map((text) =>
        Buffer.from(text),
      ),
      Buffer.from([0xe9]),
    ),
    { maxLength: 30 },
  )
  .map((pieces) => Buffer.concat(pieces));

/** Reads a text that becomes known up to one end after the other, as blocks of a source do. */
function readGrowing(text: Buffer, ends: number[], options: CsvDialect): CsvItem[] {
  const items: CsvItem[] = [];
  let [offset, line] = [0, 1];
  for (const end of [...ends, text.length]) {
    const block = new CsvBlock(text.subarray(offset, end), false, line, options);
    items.push(...block.take(offset));
    [offset, line] = [offset + block.position, block.line];
  }
  const last = new CsvBlock(text.subarray(offset), true, line, options);
  items.push(...last.take(offset));
  expect(offset + last.position).toBe(text.length);
  return items;
}

describe('CsvBlock', () => {
  it('gives the same records wherever the text is cut into blocks', () => {
    fc.assert(
      fc.property(bytes, dialect, fc.array(fc.nat(60), { maxLength: 6 }), (text, options, cuts) => {
        const ends = cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b);
        expect(readGrowing(text, ends, options)).toEqual(readGrowing(text, [], options));
      }),
      { numRuns: 5000 },
    );
  });

  it('gives the same records when the text comes byte by byte', () => {
    fc.assert(
      fc.property(bytes, dialect, (text, options) => {
        const ends = Array.from(text, (_, index) => index);
        expect(readGrowing(text, ends, options)).toEqual(readGrowing(text, [], options));
      }),
      { numRuns: 2000 },
    );
  });

  it('covers the text: each record begins where the one before ended', () => {
    fc.assert(
      fc.property(bytes, dialect, (text, options) => {
        const items = readGrowing(text, [], { ...options, keepBlankLines: true });
        const lineBreaks = text.toString('latin1').match(/\r\n|\r|\n/g)?.length ?? 0;
        let [offset, line] = [0, 1];
        for (const item of items) {
          expect(item.line).toBe(line);
          expect(item.endOffset).toBeGreaterThan(offset);
          [offset, line] = [item.endOffset, item.nextLine];
        }
        expect([offset, line]).toEqual([text.length, lineBreaks + 1]);
      }),
      { numRuns: 2000 },
    );
  });
});
