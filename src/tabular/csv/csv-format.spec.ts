import { describe, expect, it } from '@jest/globals';
import { type CsvFormat, parseCsvFormat, readCsvFormat } from './csv-format.js';
import type { CsvItem } from './csv-item.js';
import type { CsvReaderOptions } from './csv-reader.js';

async function read(bytes: Buffer, format: CsvFormat, from?: CsvReaderOptions['from']): Promise<CsvItem[]> {
  async function* source() {
    for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
  }
  const items: CsvItem[] = [];
  for await (const batch of readCsvFormat(source(), format, from)) items.push(...batch);
  return items;
}

const formatOf = (dialect: Record<string, unknown>, encoding?: string) => {
  const { format, problems } = parseCsvFormat({ dialect, encoding });
  expect(problems).toEqual([]);
  return format!;
};
const fields = async (text: string, dialect: Record<string, unknown>) =>
  (await read(Buffer.from(text), formatOf(dialect))).map((item) => item.fields ?? item.error.code);

describe('the dialect of a resource', () => {
  it('may say nothing, or what OpenSpending writes', () => {
    const written = {
      csvddfVersion: 1,
      delimiter: ',',
      lineTerminator: '\r\n',
      quoteChar: '"',
      doubleQuote: true,
    };
    expect(formatOf(written)).toEqual(formatOf({}));
    expect(formatOf({})).toMatchObject({
      delimiter: ',',
      quoting: 'strict',
      header: true,
      encoding: 'utf-8',
    });
  });

  it.each([
    [{ delimiter: ';' }, 'a;"b;c"\n', [['a', 'b;c']]],
    [{ quoteChar: '' }, 'a,"b\n', [['a', '"b']]],
    [{ commentChar: '#' }, '# a, "b\na,b\n#,\n', [['a', 'b']]],
    [{ skipInitialSpace: true }, 'a, b,c\n', [['a', 'b', 'c']]],
  ])('%j is kept to', async (dialect, text, expected) => {
    expect(await fields(text, dialect)).toEqual(expected);
  });

  it.each([
    [{ delimiter: '||' }, 'delimiter'],
    [{ delimiter: '"' }, 'delimiter'],
    [{ quoteChar: "'" }, 'quoteChar'],
    [{ escapeChar: '\\' }, 'escapeChar'],
    [{ doubleQuote: false }, 'doubleQuote'],
    [{ lineTerminator: ';' }, 'lineTerminator'],
    [{ commentChar: '//' }, 'commentChar'],
    [{ nullSequence: '\\N' }, 'nullSequence'],
    [{ header: 'yes' }, 'header'],
  ])('%j is refused with its place', (dialect, name) => {
    const { format, problems } = parseCsvFormat({ dialect }, 'resources[1]');
    expect(format).toBeUndefined();
    expect(problems).toEqual([
      {
        path: `resources[1].dialect.${name}`,
        message: expect.stringMatching(/^resources\[1\]\.dialect\..+\.$/),
      },
    ]);
  });

  it('that is no object, or an encoding that nobody knows, is refused', () => {
    expect(parseCsvFormat({ dialect: 'excel' }).problems).toMatchObject([{ path: 'dialect' }]);
    expect(parseCsvFormat({ encoding: 'klingon' }).problems).toMatchObject([{ path: 'encoding' }]);
  });

  it.each([
    ['iso-8859-1', Buffer.from('n\nJosé\nZoë', 'latin1')],
    ['utf-16le', Buffer.from('n\nJosé\nZoë', 'utf16le')],
    ['utf-8-sig', Buffer.from('\ufeffn\nJosé\nZoë')],
  ])('reads %s, from any place', async (encoding, bytes) => {
    const format = formatOf({}, encoding);
    const all = await read(bytes, format);
    expect(all.map((item) => item.fields)).toEqual([['n'], ['José'], ['Zoë']]);
    const { endOffset: offset, nextLine: line } = all[1]!;
    const rest = format.encoding === 'utf-8' ? bytes.subarray(offset) : bytes;
    expect(await read(rest, format, { offset, line })).toEqual(all.slice(2));
  });
});
