import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { Readable } from 'node:stream';
import { readCsv, type CsvReaderOptions } from './csv-reader.js';
import type { CsvItem } from './csv-item.js';

async function readAll(chunks: Iterable<Buffer>, options?: CsvReaderOptions): Promise<CsvItem[]> {
  const items: CsvItem[] = [];
  for await (const batch of readCsv(Readable.from(chunks), options)) items.push(...batch);
  return items;
}

/** Texts made of what matters to a reader, broken ones too. */
const nastyText = fc
  .array(
    fc.constantFrom(
      'a',
      'b c',
      ',',
      ',',
      '"',
      '""',
      '",',
      '\n',
      '\r\n',
      '\r',
      '"\n',
      'é',
      '日本',
      '😀',
      '|',
      ';',
      '\t',
      ' ',
      '\0',
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(''));

const dialects = fc.record({
  quoting: fc.constantFrom('strict', 'lenient', 'none'),
  multiline: fc.boolean(),
  keepBlankLines: fc.boolean(),
}) satisfies fc.Arbitrary<CsvReaderOptions>;

describe('readCsv, for any text', () => {
  it('goes on from any record exactly as it would have', async () => {
    await fc.assert(
      fc.asyncProperty(nastyText, fc.boolean(), dialects, async (text, withMark, options) => {
        const bytes = Buffer.from(withMark ? `\ufeff${text}` : text);
        const all = await readAll([bytes], options);
        for (const [index, { endOffset: offset, nextLine: line }] of all.entries()) {
          const rest = await readAll([bytes.subarray(offset)], { ...options, from: { offset, line } });
          expect(rest).toEqual(all.slice(index + 1));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('goes on so in a text of many blocks too, cut anywhere', async () => {
    const part = '1,"Zoë, ""Z""",日本\r\n2,"x\ny",\n3,bad"quote,😀\n\n4,plain,line\r';
    const bytes = Buffer.from(`\ufeff${part.repeat(4000)}`);
    const whole = await readAll([bytes]);
    expect(whole).toHaveLength(16_000);
    expect(whole.at(-1)).toMatchObject({
      fields: ['4', 'plain', 'line'],
      line: 6 * 4000,
      endOffset: bytes.length,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 5 }),
        async (index, lengths) => {
          const { endOffset: offset, nextLine: line } = whole[index]!;
          const rest = bytes.subarray(offset);
          const pieces: Buffer[] = [];
          for (let at = 0, n = 0; at < rest.length; n++) {
            const length = lengths[n % lengths.length]!;
            pieces.push(rest.subarray(at, at + length));
            at += length;
          }
          const items = await readAll(pieces, { from: { offset, line } });
          expect(items).toEqual(whole.slice(index + 1));
        },
      ),
      { numRuns: 15 },
    );
  });

  it('reads as csv-parse does what that can read', async () => {
    let compared = 0;
    const options = fc.record({
      delimiter: fc.constantFrom(',', ';', '\t'),
      multiline: fc.boolean(),
      encoding: fc.constantFrom('utf-8', 'detect'),
    }) satisfies fc.Arbitrary<CsvReaderOptions>;
    await fc.assert(
      fc.asyncProperty(nastyText, options, async (commas, { delimiter, multiline, encoding }) => {
        const text = commas.replaceAll(',', delimiter);
        const items = await readAll([Buffer.from(text)], { delimiter, multiline, encoding });
        const breaks = { record_delimiter: ['\r\n', '\n', '\r'], relax_column_count: true, bom: true };
        let expected: string[][];
        try {
          expected = parse(text, { ...breaks, delimiter, skip_empty_lines: true });
        } catch {
          // What is wrong for csv-parse is a fault of some record here.
          expect(items.some((item) => item.error)).toBe(true);
          return;
        }
        if (text.includes('\0')) return;
        if (!multiline && expected.flat().some((value) => /[\r\n]/.test(value))) {
          expect(items.some((item) => item.error?.code === 'CSV_QUOTE_UNCLOSED')).toBe(true);
          return;
        }
        compared += 1;
        expect(items.map((item) => item.fields)).toEqual(expected);
      }),
      { numRuns: 6000 },
    );
    expect(compared).toBeGreaterThan(600);
  });
});
