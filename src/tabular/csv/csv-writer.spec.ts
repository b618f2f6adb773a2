import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { readCsv } from './csv-reader.js';
import { csvWriter, type CsvRow, type CsvWriterOptions, withoutNeutralizer } from './csv-writer.js';
import { CsvColumnCountError, CsvDelimiterError } from '../tabular.errors.js';

async function write(rows: CsvRow[], options: CsvWriterOptions): Promise<string> {
  const writer = csvWriter(options);
  const [written] = await Promise.all([text(writer), pipeline(Readable.from(rows), writer)]);
  return written;
}

async function read(csv: string, delimiter?: string): Promise<string[][]> {
  const rows: string[][] = [];
  for await (const batch of readCsv(Readable.from([Buffer.from(csv)]), { delimiter })) {
    for (const item of batch) rows.push(item.fields ?? [item.error.code]);
  }
  return rows;
}

const columns = ['a', 'b'];

describe('csvWriter', () => {
  it('writes a header and CRLF, from arrays and from objects', async () => {
    expect(await write([['1', 'x,y'], { b: 'say "hi"', a: 'é' }], { columns })).toBe(
      'a,b\r\n1,"x,y"\r\né,"say ""hi"""\r\n',
    );
    expect(await write([], { columns })).toBe('a,b\r\n');
    expect(await write([['1', '2']], { columns, header: false, delimiter: ';' })).toBe('1;2\r\n');
  });

  it('writes each kind of value', async () => {
    const day = new Date('2026-02-03T04:05:06.007Z');
    const rows = [
      [true, false],
      [null, undefined],
      ['', 0],
      [-1.5, 12345678901234567890n],
      [day, { n: [1, 'x'] }],
    ];
    expect(await write(rows, { columns, header: false })).toBe(
      'true,false\r\n,\r\n,0\r\n-1.5,12345678901234567890\r\n2026-02-03T04:05:06.007Z,"{""n"":[1,""x""]}"\r\n',
    );
  });

  it('takes from an object what is its own, by the plain name', async () => {
    const names = ['constructor', 'x.y', '__proto__', 'a[0]'];
    const row = JSON.parse('{"x.y": 1, "x": {"y": 2}, "a": ["no"], "__proto__": "own", "more": 9}') as CsvRow;
    expect(await write([row], { columns: names, header: false })).toBe(',1,own,\r\n');
  });

  it('fails on a row of another length, and on a delimiter that is none', async () => {
    await expect(write([['1', '2'], ['1']], { columns })).rejects.toThrow(CsvColumnCountError);
    await expect(write([['1', '2', '3']], { columns })).rejects.toThrow(
      'Record 1 has 3 values for 2 columns',
    );
    expect(() => csvWriter({ columns, delimiter: '\n' })).toThrow(CsvDelimiterError);
  });

  describe('formulas', () => {
    it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '=cmd|"/c calc"!A0', '-', '=a,b\nc'])(
      'puts an apostrophe in front of the text %j',
      async (value) => {
        const csv = await write([[value, 'x']], { columns });
        expect(await read(csv)).toEqual([columns, [`'${value}`, 'x']]);
      },
    );

    it('does so in the header and for dates too', async () => {
      const before = new Date(-1e15);
      const csv = await write([[before, 'x']], { columns: ['=a', 'b'] });
      expect(await read(csv)).toEqual([
        ["'=a", 'b'],
        [`'${before.toISOString()}`, 'x'],
      ]);
    });

    it('leaves numbers and harmless text alone', async () => {
      const csv = await write(
        [
          [-1.5, -2n],
          ['a=1', ' =1'],
          ["'a", '1-2'],
        ],
        { columns, header: false },
      );
      expect(await read(csv)).toEqual([
        ['-1.5', '-2'],
        ['a=1', ' =1'],
        ["'a", '1-2'],
      ]);
    });

    it('takes texts for numbers in columns that hold numbers', async () => {
      const rows = [
        ['-1.50', '-1.50'],
        ['-1+1', '=1'],
      ];
      expect(await write(rows, { columns: ['-1', 'b'], numeric: new Set([0]) })).toBe(
        "'-1,b\r\n-1.50,'-1.50\r\n'-1+1,'=1\r\n",
      );
    });

    it('writes them as they are when told', async () => {
      expect(await write([['=1', '-x']], { columns, header: false, neutralizeFormulas: false })).toBe(
        '=1,-x\r\n',
      );
    });
  });

  describe('for any values', () => {
    const value = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc
        .array(
          fc.constantFrom(
            '"',
            ',',
            '\n',
            '\r',
            '\r\n',
            '=',
            '-',
            '@',
            '+',
            '\t',
            "'",
            '\uff1d',
            '\uff20',
            'é',
            ' ',
            ';',
          ),
          {
            maxLength: 6,
          },
        )
        .map((pieces) => pieces.join('')),
    );
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((width) =>
        fc.array(fc.array(value, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }),
      );
    const named = (width: number) => Array.from({ length: width }, (_, index) => `c${index}`);

    it('is read back as it was written', async () => {
      await fc.assert(
        fc.asyncProperty(table, fc.constantFrom(',', ';', '\t'), async (rows, delimiter) => {
          const names = named(rows[0]!.length);
          const csv = await write(rows, { columns: names, delimiter, neutralizeFormulas: false });
          expect(await read(csv, delimiter)).toEqual([names, ...rows]);
        }),
        { numRuns: 500 },
      );
    });

    it('is never read as a formula, and is itself again without the apostrophe', async () => {
      await fc.assert(
        fc.asyncProperty(table, async (rows) => {
          const names = named(rows[0]!.length);
          const [, ...back] = await read(await write(rows, { columns: names }));
          for (const cell of back.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/);
          expect(back.map((row) => row.map(withoutNeutralizer))).toEqual(rows);
        }),
        { numRuns: 500 },
      );
    });
  });
});
