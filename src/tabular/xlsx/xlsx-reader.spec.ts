import { describe, expect, it } from '@jest/globals';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accessTo, workbook, type WorkbookParts } from '../../../test/support/workbook.js';
import type { TableItem } from '../table-item.js';
import { fileAccess } from './random-access.js';
import { listSheets, readXlsx, type XlsxReaderOptions } from './xlsx-reader.js';

async function items(content: WorkbookParts, options?: XlsxReaderOptions): Promise<TableItem[]> {
  const all: TableItem[] = [];
  for await (const batch of readXlsx(accessTo(await workbook(content)), options)) all.push(...batch);
  return all;
}

const rows = async (content: WorkbookParts, options?: XlsxReaderOptions) =>
  (await items(content, options)).map(({ line, fields, error }) => [line, ...(fields ?? [error?.code])]);
const oneRow = async (cells: string, content: Partial<WorkbookParts> = {}) =>
  (await rows({ sheets: { A: `<row r="1">${cells}</row>` }, ...content }))[0]?.slice(1);

describe('readXlsx', () => {
  it('reads texts, numbers, booleans, errors and results of formulas', async () => {
    const cells =
      '<c r="A1" t="s"><v>1</v></c><c r="B1" t="inlineStr"><is><t xml:space="preserve"> in </t></is></c>' +
      '<c r="C1"><v>0.1</v></c><c r="D1" t="n"><v>1.0000000000000001E-2</v></c><c r="E1" t="b"><v>1</v></c>' +
      '<c r="F1" t="e"><v>#DIV/0!</v></c><c r="G1" t="str"><f>A1&amp;"x"</f><v>zero &lt;x&gt;</v></c>' +
      '<c r="H1"><f>1+1</f><v>2</v></c><c r="I1" t="d"><v>2024-01-31</v></c>';
    const strings = [
      '<t>zero</t>',
      '<r><t>ri</t></r><r><rPr><b/></rPr><t>ch</t></r><rPh sb="0" eb="1"><t>no</t></rPh>',
    ];
    expect(await oneRow(cells, { strings })).toEqual([
      'rich',
      ' in ',
      '0.1',
      '0.01',
      'true',
      '#DIV/0!',
      'zero <x>',
      '2',
      '2024-01-31',
    ]);
  });

  it('puts cells where their references say, leaves out what is empty, and counts rows as the sheet does', async () => {
    const data =
      '<row r="2"><c r="B2"><v>1</v></c><c r="AA2"><v>2</v></c><c r="AB2" s="3"/></row>' +
      '<row r="4"/><row r="9"><c><v>3</v></c><c><v>4</v></c></row><row><c><v>5</v></c></row>';
    const wide = Array.from({ length: 27 }, (_, index) => ({ 1: '1', 26: '2' })[index] ?? '');
    expect(await rows({ sheets: { A: data } })).toEqual([
      [2, ...wide],
      [9, '3', '4'],
      [10, '5'],
    ]);
  });

  it('knows dates by the formats in which numbers are shown', async () => {
    const formats = [
      14,
      22,
      20,
      'dd/mm/yyyy;@',
      'h:mm AM/PM',
      '[$-409]d-mmm-yy',
      '0.00 "days"',
      '[Red]0',
      'yyyy',
      'mm:ss',
      '[h]:mm',
      '[mm]',
      '#,##0 \\d',
    ];
    const serial = [45322, 45322.75, 0.5, 45322, 0.75, 45322.25, 45322, 45322, 45322, 0.001, 1.5, 0.5, 7];
    const cells = serial.map((value, index) => `<c s="${index + 1}"><v>${value}</v></c>`).join('');
    expect(await oneRow(cells, { formats })).toEqual([
      '2024-01-31',
      '2024-01-31T18:00:00',
      '12:00:00',
      '2024-01-31',
      '18:00:00',
      '2024-01-31T06:00:00',
      '45322',
      '45322',
      '2024-01-31',
      '00:01:26.400',
      '36:00:00',
      '12:00:00',
      '7',
    ]);
  });

  it.each([
    [1, false, '1900-01-01'],
    [59, false, '1900-02-28'],
    // The day that only spreadsheets have.
    [60, false, '60'],
    [61, false, '1900-03-01'],
    [2958465, false, '9999-12-31'],
    [2958466, false, '2958466'],
    [-1, false, '-1'],
    [0, true, '1904-01-01'],
    [43860, true, '2024-01-31'],
  ])('takes day %d, counted from 1904: %s, as %s', async (serial, is1904, text) => {
    expect(await oneRow(`<c s="1"><v>${serial}</v></c>`, { formats: [14], is1904 })).toEqual([text]);
  });

  it('finds a sheet by name or number, and tells which there are', async () => {
    const content = {
      sheets: { One: '<row><c><v>1</v></c></row>', 'Two &amp; a half': '<row><c><v>2</v></c></row>' },
    };
    expect(await rows(content, { sheet: 2 })).toEqual([[1, '2']]);
    expect(await rows(content, { sheet: 'Two & a half' })).toEqual([[1, '2']]);
    await expect(rows(content, { sheet: 'Three' })).rejects.toMatchObject({
      code: 'XLSX_SHEET_UNKNOWN',
      message: 'The workbook has no sheet Three. Choose one of "One", "Two & a half", or a number from 1.',
    });
    expect(await listSheets(accessTo(await workbook(content)))).toEqual(['One', 'Two & a half']);
  });

  it('reads documents whose elements have a prefix', async () => {
    const xml =
      '<x:worksheet xmlns:x="m"><x:sheetData><x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>';
    expect(await rows({ sheets: { A: '' }, parts: { 'xl/worksheets/sheet1.xml': xml } })).toEqual([[1, '1']]);
  });

  it('decodes characters that XML does not have, but lets no NUL in', async () => {
    expect(await oneRow('<c t="inlineStr"><is><t>a_x000D__x0000_b_xD800_</t></is></c>')).toEqual([
      'a\r\ufffdb\ufffd',
    ]);
  });

  it('tells of a formula that has no result, and goes on', async () => {
    const data =
      '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>NOW()</f></c></row><row r="2"><c r="A2"><v>2</v></c></row>';
    expect(await rows({ sheets: { A: data } })).toEqual([
      [1, 'XLSX_NO_RESULT'],
      [2, '2'],
    ]);
  });

  it('goes on after a row, and comes in batches', async () => {
    const cells = '<c><v>1</v></c>'.repeat(10);
    const data = Array.from({ length: 20_000 }, () => `<row>${cells}</row>`).join('');
    const bytes = await workbook({ sheets: { A: data } });
    let [count, batches] = [0, 0];
    for await (const batch of readXlsx(accessTo(bytes), { after: 5000 })) {
      if (count === 0) expect(batch[0]!.line).toBe(5001);
      count += batch.length;
      batches += 1;
    }
    expect(count).toBe(15_000);
    expect(batches).toBeGreaterThan(5);
  });

  it('asks its source seldom, however many parts there are', async () => {
    const parts = Object.fromEntries(
      Array.from({ length: 5000 }, (_, index) => [`xl/media/${index}.png`, 'x']),
    );
    const source = accessTo(await workbook({ sheets: { A: '<row><c><v>1</v></c></row>' }, parts }));
    let reads = 0;
    const read = (start: number, length: number) => {
      reads += 1;
      return source.read(start, length);
    };
    for await (const _ of readXlsx({ size: source.size, read }));
    expect(reads).toBeLessThan(50);
  });

  it('reads a file on disk, and passes on the errors of a source', async () => {
    const bytes = await workbook({ sheets: { A: '<row><c><v>1</v></c></row>' } });
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-xlsx-'));
    try {
      await writeFile(join(folder, 'a.xlsx'), bytes);
      const file = await open(join(folder, 'a.xlsx'));
      const found: TableItem[] = [];
      for await (const batch of readXlsx(await fileAccess(file))) found.push(...batch);
      await file.close();
      expect(found).toEqual([{ line: 1, fields: ['1'] }]);
    } finally {
      await rm(folder, { recursive: true });
    }
    const away = new Error('the store is away');
    let reads = 0;
    const source = {
      size: bytes.length,
      read: async (start: number, length: number) => {
        if (++reads > 1) throw away;
        return bytes.subarray(start, start + length);
      },
    };
    await expect(readXlsx(source).next()).rejects.toBe(away);
  });
});
