import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { readCsv, type CsvReaderOptions } from './csv-reader.js';
import type { CsvItem } from './csv-item.js';
import { CsvDelimiterError, CsvEncodingError } from '../tabular.errors.js';

async function readAll(
  text: string | Buffer | Iterable<Buffer>,
  options?: CsvReaderOptions,
): Promise<CsvItem[]> {
  const chunks = typeof text === 'string' ? [Buffer.from(text)] : Buffer.isBuffer(text) ? [text] : text;
  const items: CsvItem[] = [];
  for await (const batch of readCsv(Readable.from(chunks), options)) items.push(...batch);
  return items;
}

const fieldsOf = async (text: string | Buffer, options?: CsvReaderOptions) =>
  (await readAll(text, options)).map((item) => item.fields ?? item.error.code);

describe('readCsv', () => {
  it('gives the fields of each record and where it lies', async () => {
    expect(await readAll('id,name\r\n1,"Zoë\nof ""X"""\r\n\r\n2,')).toEqual([
      { fields: ['id', 'name'], line: 1, nextLine: 2, offset: 0, endOffset: 9, encoding: 'utf-8' },
      { fields: ['1', 'Zoë\nof "X"'], line: 2, nextLine: 4, offset: 9, endOffset: 28, encoding: 'utf-8' },
      { fields: ['2', ''], line: 5, nextLine: 5, offset: 30, endOffset: 32, encoding: 'utf-8' },
    ]);
  });

  it.each([
    ['', []],
    ['\n\r\n\r', []],
    ['a', [['a']]],
    ['a,b\n', [['a', 'b']]],
    ['a,b\nc\nd,e,f', [['a', 'b'], ['c'], ['d', 'e', 'f']]],
    ['a\rb\r\nc\nd', [['a'], ['b'], ['c'], ['d']]],
    [
      ',\n,,',
      [
        ['', ''],
        ['', '', ''],
      ],
    ],
    ['""', [['']]],
    [
      '"a",""\n"b,\r\n""",c',
      [
        ['a', ''],
        ['b,\r\n"', 'c'],
      ],
    ],
    [' a , b ', [[' a ', ' b ']]],
    ['\ufeffa,b', [['a', 'b']]],
    ['\ufeff"a,b"', [['a,b']]],
    ['a,\ufeffb', [['a', '\ufeffb']]],
  ])('reads %j', async (text, expected) => {
    expect(await fieldsOf(text)).toEqual(expected);
  });

  it('keeps blank lines when asked', async () => {
    expect(await fieldsOf('a\n\n\r\nb\n', { keepBlankLines: true })).toEqual([['a'], [''], [''], ['b']]);
  });

  it('reads other delimiters, and refuses what cannot be one', async () => {
    expect(await fieldsOf('a;"b;c"\td', { delimiter: ';' })).toEqual(['CSV_QUOTE_INVALID']);
    expect(await fieldsOf('a|b,c|"d|"', { delimiter: '|' })).toEqual([['a', 'b,c', 'd|']]);
    expect(await fieldsOf('a\tb', { delimiter: '\t' })).toEqual([['a', 'b']]);
    for (const delimiter of ['', ',,', '"', '\n', '\r', '\0', 'é', '日']) {
      await expect(readAll('a', { delimiter })).rejects.toThrow(CsvDelimiterError);
    }
  });

  describe('quotes', () => {
    it('reports a misplaced quote and goes on with the next line', async () => {
      const items = await readAll('a,b\n1,x"y"\n2,"x"y,"z\n3,"x" \n4,ok\n');
      expect(items.map((item) => item.fields ?? [item.error.code, item.line, item.endOffset])).toEqual([
        ['a', 'b'],
        ['CSV_QUOTE_INVALID', 2, 11],
        ['CSV_QUOTE_INVALID', 3, 21],
        ['CSV_QUOTE_INVALID', 4, 28],
        ['4', 'ok'],
      ]);
      expect(items[1]!.error!.message).toMatch(/^A quote .*\.$/);
    });

    it('goes on after the line on which a quote over several lines turns out wrong', async () => {
      expect(await fieldsOf('"open,1\n2\n3,"x\n4,ok')).toEqual(['CSV_QUOTE_INVALID', ['4', 'ok']]);
    });

    it('reports a quote that is never closed', async () => {
      expect(await readAll('a\n"b\nc\n')).toMatchObject([
        { fields: ['a'] },
        { error: { code: 'CSV_QUOTE_UNCLOSED' }, line: 2, nextLine: 4, endOffset: 7 },
      ]);
    });

    it('ends an open quote with its line when fields have one line', async () => {
      expect(await fieldsOf('a\n"b\n"c",d', { multiline: false })).toEqual([
        ['a'],
        'CSV_QUOTE_UNCLOSED',
        ['c', 'd'],
      ]);
    });

    it('reads quotes as any character when told', async () => {
      expect(await fieldsOf('"a,b"\n"c""', { quoting: 'none' })).toEqual([['"a', 'b"'], ['"c""']]);
    });

    // Each as Python's csv.reader gives it.
    it.each([
      ['a"b"c', ['a"b"c']],
      ['a,b "c" d,e', ['a', 'b "c" d', 'e']],
      [' "a,b"', [' "a', 'b"']],
      ['"a,b",c', ['a,b', 'c']],
      ['"a"b"c",d', ['ab"c"', 'd']],
      ['"a" ,b', ['a ', 'b']],
      ['"a""b",""', ['a"b', '']],
      ['a"', ['a"']],
      ['x,"a,b', ['x', 'a,b']],
      ['x,"', ['x', '']],
      ['"""', ['"']],
    ])('takes a quote as special only at the start of a field: %j', async (text, expected) => {
      expect(await fieldsOf(`${text}\nnext,"1"`, { quoting: 'lenient', multiline: false })).toEqual([
        expected,
        ['next', '1'],
      ]);
    });

    it('reads the lines of the orders form', async () => {
      const text =
        'id|name|email|state|zipcode|birthday\n' +
        '1|Ann|a@x.com|CA|94105|Feb 27, 1963\n' +
        '2|Bob "Bo" Lee|b@x.com|NY|10001|Mar 1 1970\r\n' +
        '"3|Lee, C|c@x.com|TX|7|Jan 2, 1980"\n' +
        '4|Dan, "Dee" D|d@x.com|WA|8|Jan 3, 1981';
      const items = await readAll(text, { quoting: 'lenient', multiline: false });
      expect(items.map((item) => item.fields!.join(' ').split('|'))).toEqual([
        ['id', 'name', 'email', 'state', 'zipcode', 'birthday'],
        ['1', 'Ann', 'a@x.com', 'CA', '94105', 'Feb 27  1963'],
        ['2', 'Bob "Bo" Lee', 'b@x.com', 'NY', '10001', 'Mar 1 1970'],
        ['3', 'Lee, C', 'c@x.com', 'TX', '7', 'Jan 2, 1980'],
        ['4', 'Dan  "Dee" D', 'd@x.com', 'WA', '8', 'Jan 3  1981'],
      ]);
    });
  });

  describe('bytes that are not text', () => {
    it('reports a record with a NUL, and reads the others', async () => {
      expect(await fieldsOf('a\n\0b,c\n"d\0",e\nf')).toEqual([['a'], 'CSV_NUL', 'CSV_NUL', ['f']]);
    });

    it('reports a record that is not UTF-8, and reads the others', async () => {
      const text = Buffer.concat([
        Buffer.from('é\nn'),
        Buffer.from([0xe9]),
        Buffer.from('\n日\n\r\n'),
        Buffer.from([0xc3]),
      ]);
      expect(await fieldsOf(text)).toEqual([['é'], 'CSV_NOT_UTF8', ['日'], 'CSV_NOT_UTF8']);
    });

    it('refuses UTF-16', async () => {
      const text = Buffer.from('\ufeffa,b\n', 'utf16le');
      await expect(readAll(text)).rejects.toThrow(CsvEncodingError);
      await expect(readAll(Buffer.from(text).swap16())).rejects.toThrow(CsvEncodingError);
    });
  });

  describe('long records', () => {
    it('counts the bytes of a record with its line break', async () => {
      const options = { maxRecordBytes: 6 };
      expect(await fieldsOf('ééa\nb\n', options)).toEqual([['ééa'], ['b']]);
      for (const text of ['a\néé aa\n', 'a\n"bcdef\n', 'a\n"bc"\r\r', 'a\nbcdefgh']) {
        const items = await readAll(text, { maxRecordBytes: text.includes('\r\r') ? 4 : 6 });
        expect(items[1]).toMatchObject({ error: { code: 'CSV_RECORD_TOO_LARGE' }, line: 2, offset: 2 });
      }
    });

    it.each([
      ['one field', 'x'],
      ['empty fields', ','],
      ['an open quote', '"x'],
      ['doubled quotes', '"'],
      ['lines in an open quote', '"\n'],
      ['carriage returns in an open quote', '"\r\r'],
    ])('passes over a record of %s that is too long, holding little of it', async (_name, piece) => {
      const filler = Buffer.alloc(64 * 1024, piece.slice(1) || piece);
      const times = /[\r\n]/.test(piece) ? 100 : 600; // 6 million lines would show
      const long = (function* () {
        yield Buffer.from(`id\n${piece}`);
        for (let given = 0; given < times; given++) yield filler;
        yield Buffer.from('\r\nlast,\u00eb');
      })();
      const before = process.memoryUsage.rss();
      let peak = 0;
      const told: CsvItem[] = [];
      for await (const batch of readCsv(Readable.from(long))) {
        peak = Math.max(peak, process.memoryUsage.rss() - before);
        told.push(...batch.filter(({ error }, index) => error || index === 0), batch.at(-1)!);
      }
      expect(told[0]).toMatchObject({ fields: ['id'] });
      expect(told.find(({ error }) => error)).toMatchObject({
        error: { code: 'CSV_RECORD_TOO_LARGE' },
        line: 2,
        offset: 3,
      });
      expect(told.at(-1)).toMatchObject({ fields: ['last', '\u00eb'] });
      expect(peak).toBeLessThan(300 * 1024 * 1024);
    });

    it('goes on after a line that is too long, wherever its pieces end', async () => {
      const line = fc.constantFrom('x'.repeat(40), 'a,b', '"x', '"a""b",c', '');
      const end = fc.constantFrom('\n', '\r\n');
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(line, end), { maxLength: 12 }),
          fc.integer({ min: 1, max: 9 }),
          async (lines, piece) => {
            const text = Buffer.from(lines.flat().join(''));
            const options = { maxRecordBytes: 20, multiline: false, quoting: 'lenient' } as const;
            const pieces = Array.from({ length: Math.ceil(text.length / piece) }, (_, index) =>
              Buffer.concat([text.subarray(index * piece, (index + 1) * piece)]),
            );
            const expected = lines.flatMap(([content], index) =>
              content === '' ? [] : [[index + 1, content.length > 20 ? 'CSV_RECORD_TOO_LARGE' : undefined]],
            );
            const told = (items: CsvItem[]) => items.map(({ line, error }) => [line, error?.code]);
            expect(told(await readAll(text, options))).toEqual(expected);
            expect(told(await readAll(pieces, options))).toEqual(expected);
          },
        ),
      );
    });

    it('reads a record of nearly the limit that comes in small pieces', async () => {
      const long = `"${'line ""of"" text\n'.repeat(55_000)}"`;
      const bytes = Buffer.from(`a\n${long},b\nc`);
      const pieces = (function* () {
        for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
      })();
      const items = await readAll(pieces);
      expect(items).toMatchObject([
        { line: 1 },
        { line: 2, nextLine: 55_003 },
        { fields: ['c'], line: 55_003, endOffset: bytes.length },
      ]);
      expect(items[1]!.fields![0]).toHaveLength(55_000 * 15);
    });

    it('reads ten thousand columns', async () => {
      const items = await readAll(`${'a,"b",'.repeat(5000)}\nc`);
      expect(items.map((item) => item.fields!.length)).toEqual([10_001, 1]);
    });
  });

  it('gives bounded batches, whatever the source gives', async () => {
    const bytes = Buffer.from('1,2,3,4\n'.repeat(250_000));
    const sizes: number[] = [];
    for await (const batch of readCsv(Readable.from([bytes]))) sizes.push(batch.length);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(250_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(10_000);
  });

  it('destroys its source when the caller stops, and passes on its error', async () => {
    const source = Readable.from([Buffer.alloc(100_000, 'a\n'), Buffer.alloc(100_000, 'b\n')]);
    for await (const _ of readCsv(source)) break;
    expect(source.destroyed).toBe(true);

    const broken = (function* () {
      yield Buffer.alloc(100_000, 'a\n');
      throw new Error('the disk is gone');
    })();
    await expect(readAll(broken)).rejects.toThrow('the disk is gone');
  });
});
