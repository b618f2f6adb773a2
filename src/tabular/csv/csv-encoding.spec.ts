import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { readCsv, type CsvReaderOptions } from './csv-reader.js';
import type { CsvItem } from './csv-item.js';

async function readAll(
  bytes: Buffer,
  options: CsvReaderOptions = { encoding: 'detect' },
): Promise<CsvItem[]> {
  const items: CsvItem[] = [];
  for await (const batch of readCsv(Readable.from([bytes]), options)) items.push(...batch);
  return items;
}

const told = (items: readonly CsvItem[]) =>
  items.map(({ fields, error, encoding }) => [fields ?? error.code, encoding]);
const latin = (text: string) => Buffer.from(text, 'latin1');

describe('an encoding that is detected', () => {
  it('is open while all is ASCII', async () => {
    expect(told(await readAll(Buffer.from('a,b\nc,d')))).toEqual([
      [['a', 'b'], null],
      [['c', 'd'], null],
    ]);
  });

  it('is UTF-8 from its first such character on; what is none then is at fault', async () => {
    const bytes = Buffer.concat([Buffer.from('a\nZo\u00eb\n'), latin('Jos\u00e9\n'), Buffer.from('b')]);
    expect(told(await readAll(bytes))).toEqual([
      [['a'], null],
      [['Zo\u00eb'], 'utf-8'],
      ['CSV_NOT_UTF8', 'utf-8'],
      [['b'], 'utf-8'],
    ]);
    const marked = Buffer.concat([Buffer.from('\ufeffa\n'), latin('Jos\u00e9\n')]);
    expect(told(await readAll(marked))).toEqual([
      [['a'], 'utf-8'],
      ['CSV_NOT_UTF8', 'utf-8'],
    ]);
  });

  it('is Windows-1252, which holds Latin-1, where the first such character is no UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from('a\n'),
      latin('"Jos\u00e9",x\n'),
      Buffer.from([0x80, 0x0a]),
      Buffer.from('\u00eb'),
    ]);
    expect(told(await readAll(bytes))).toEqual([
      [['a'], null],
      [['Jos\u00e9', 'x'], 'windows-1252'],
      [['\u20ac'], 'windows-1252'],
      [['\u00c3\u00ab'], 'windows-1252'],
    ]);
  });

  it('is not looked for unless asked for', async () => {
    expect(told(await readAll(latin('Jos\u00e9'), {}))).toEqual([['CSV_NOT_UTF8', 'utf-8']]);
  });

  it('is the same wherever reading is taken up again', async () => {
    const character = fc.constantFrom('a', ',', '\n', '\u00eb', '"');
    await fc.assert(
      fc.asyncProperty(fc.array(character, { maxLength: 30 }), fc.boolean(), async (characters, isLatin) => {
        const bytes = Buffer.from(characters.join(''), isLatin ? 'latin1' : 'utf8');
        const whole = await readAll(bytes);
        for (const [index, { endOffset: offset, nextLine: line, encoding }] of whole.entries()) {
          const from = { offset, line, encoding };
          const rest = await readAll(bytes.subarray(offset), { encoding: 'detect', from });
          expect(rest).toEqual(whole.slice(index + 1));
        }
      }),
    );
  });

  it('does not keep a record from being told of as it stands', async () => {
    const bytes = Buffer.concat([Buffer.from('\u00eb\n'), latin('Jos\u00e9,\0\r\n')]);
    expect(await readAll(bytes)).toMatchObject([{}, { text: 'Jos\u00e9,\0', offset: 3 }]);
  });
});
