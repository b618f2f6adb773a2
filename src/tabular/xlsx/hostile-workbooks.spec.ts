import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import yazl from 'yazl';
import { heldMemory } from '../../../test/support/held-memory.js';
import { accessTo, sheet, workbook, zip } from '../../../test/support/workbook.js';
import { SharedStrings } from './shared-strings.js';
import { readXlsx } from './xlsx-reader.js';

const MIB = 1024 * 1024;
/** Most that reading may hold at a time. */
const HELD = 200 * MIB;
const SHEET = 'xl/worksheets/sheet1.xml';
const ONE = { sheets: { A: '<row><c><v>1</v></c></row>' } };
const withSheet = (xml: string | Buffer) => workbook({ ...ONE, parts: { [SHEET]: xml } });
const withRows = (rows: string) => withSheet(sheet(rows));
/** Rows whose cells all refer to one text, of the length that a cell may have. */
const withRowsOf = (cells: number, rows: number) =>
  workbook({
    sheets: { A: `<row>${'<c t="s"><v>0</v></c>'.repeat(cells)}</row>`.repeat(rows) },
    strings: [`<t>${'x'.repeat(32_767)}</t>`],
  });
const noise = (length: number) =>
  Array.from({ length: Math.ceil(length / 8) }, (_, index) =>
    ((index * 2654435761) >>> 0).toString(16).padStart(8, '0'),
  ).join('');

/** A part that is never held as a whole, packed. */
async function withLongPart(name: string, size: number, content: string, level = 9): Promise<Buffer> {
  const archive = new yazl.ZipFile();
  const block = Buffer.from(content.repeat(Math.ceil(MIB / content.length)));
  function* blocks() {
    for (let at = 0; at < size; at += block.length) yield block;
  }
  archive.addReadStream(Readable.from(blocks(), { objectMode: false }), name, { compressionLevel: level });
  for (const [part, bytes] of Object.entries(await partsOf())) {
    if (part !== name) archive.addBuffer(Buffer.from(bytes), part);
  }
  archive.end();
  return buffer(archive.outputStream);
}

function withEmptyParts(count: number): Promise<Buffer> {
  const archive = new yazl.ZipFile();
  for (let index = 0; index < count; index++)
    archive.addBuffer(Buffer.alloc(0), `p${index}`, { compress: false });
  archive.end();
  return buffer(archive.outputStream);
}

/** What every workbook has besides its sheet. */
async function partsOf(): Promise<Record<string, string>> {
  const relation = (id: string, type: string, target: string) =>
    `<Relationship Id="${id}" Type="http://x/${type}" Target="${target}"/>`;
  const two =
    relation('rId1', 'worksheet', 'worksheets/sheet1.xml') +
    relation('rId2', 'sharedStrings', 'sharedStrings.xml');
  return {
    '[Content_Types].xml': '<Types/>',
    '_rels/.rels': `<Relationships>${relation('rId1', 'officeDocument', 'xl/workbook.xml')}</Relationships>`,
    'xl/workbook.xml': '<workbook xmlns:r="r"><sheets><sheet name="A" r:id="rId1"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels': `<Relationships>${two}</Relationships>`,
    [SHEET]: sheet(''),
  };
}

/** Puts other bytes of the same length in the place of some, everywhere. */
function replaced(bytes: Buffer, from: Buffer, to: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (let at = copy.indexOf(from); at !== -1; at = copy.indexOf(from, at + 1)) to.copy(copy, at);
  return copy;
}

/** The size that the directory of an archive tells of a part. */
async function withFalseSize(): Promise<Buffer> {
  const bytes = await withRows('<row><c><v>1</v></c></row>'.repeat(100_000));
  const name = bytes.lastIndexOf(SHEET);
  bytes.writeUInt32LE(1000, name - 46 + 24);
  return bytes;
}

function ole(entry: string): Buffer {
  const bytes = Buffer.alloc(2048);
  Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]).copy(bytes);
  bytes.writeUInt16LE(9, 30);
  bytes.writeUInt32LE(1, 48);
  Buffer.from(entry, 'utf16le').copy(bytes, 1024);
  return bytes;
}

const LAUGHS = `<!DOCTYPE w [<!ENTITY a "ha">${'abcdefgh'
  .split('')
  .map((name, index, all) => `<!ENTITY ${all[index + 1] ?? 'z'} "${`&${name};`.repeat(10)}">`)
  .join('')}]><worksheet><sheetData><row><c t="str"><v>&z;</v></c></row></sheetData></worksheet>`;
const XXE =
  '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet><sheetData><row><c t="str"><v>&x;</v></c></row></sheetData></worksheet>';

const CORPUS: Record<string, [code: string, make: () => Promise<Buffer>]> = {
  'a sheet that unpacks to a thousand times its size': [
    'XLSX_UNSAFE',
    () => withLongPart(SHEET, 64 * MIB, ' '),
  ],
  'shared texts that do': [
    'XLSX_UNSAFE',
    () => withLongPart('xl/sharedStrings.xml', 64 * MIB, '<si><t>x</t></si>'),
  ],
  'a list of sheets of 40 MiB': [
    'XLSX_TOO_LARGE',
    () => withLongPart('xl/workbook.xml', 40 * MIB, noise(MIB), 1),
  ],
  'a part that is larger than it says': ['XLSX_DAMAGED', withFalseSize],
  'an archive of archives': [
    'XLSX_NOT_A_WORKBOOK',
    async () => zip({ 'a.zip': await zip({ 'b.zip': 'x' }) }),
  ],
  'an archive with a name outside of it': [
    'XLSX_DAMAGED',
    async () =>
      replaced(
        await workbook({ ...ONE, parts: { 'aa/aa/etc/passwd': 'x' } }),
        Buffer.from('aa/aa/etc'),
        Buffer.from('../../etc'),
      ),
  ],
  'an archive with an absolute name': [
    'XLSX_DAMAGED',
    async () =>
      replaced(
        await workbook({ ...ONE, parts: { 'aetc/passwd': 'x' } }),
        Buffer.from('aetc/'),
        Buffer.from('/etc/'),
      ),
  ],
  'an archive with a part twice': [
    'XLSX_DAMAGED',
    async () =>
      replaced(
        await workbook({ ...ONE, parts: { 'xl/workbooc.xml': 'x' } }),
        Buffer.from('workbooc'),
        Buffer.from('workbook'),
      ),
  ],
  'an archive of 11,000 parts': ['XLSX_TOO_LARGE', () => withEmptyParts(11_000)],
  'an entity from a file': ['XLSX_UNSAFE', () => withSheet(XXE)],
  'entities that unfold a billion times': ['XLSX_UNSAFE', () => withSheet(LAUGHS)],
  'an entity that nobody knows': ['XLSX_DAMAGED', () => withRows('<row><c t="str"><v>&x;</v></c></row>')],
  'a document type in the shared texts': [
    'XLSX_UNSAFE',
    () => workbook({ ...ONE, parts: { 'xl/sharedStrings.xml': '<!DOCTYPE a><sst/>' } }),
  ],
  'a document type of 4 MiB': ['XLSX_DAMAGED', () => withSheet(`<!DOCTYPE ${noise(4 * MIB)}`)],
  'a text of 4 MiB': ['XLSX_DAMAGED', () => withRows(`<row><c t="str"><v>${noise(4 * MIB)}`)],
  'an attribute of 4 MiB': ['XLSX_DAMAGED', () => withRows(`<row r="${noise(4 * MIB)}`)],
  'elements in one another': ['XLSX_DAMAGED', () => withRows('<a>'.repeat(100_000))],
  'a cell in column 10,001': ['XLSX_TOO_LARGE', () => withRows('<row r="1"><c r="NTQ1"><v>1</v></c></row>')],
  'ten thousand and one cells': [
    'XLSX_TOO_LARGE',
    () => withRows(`<row>${'<c><v>1</v></c>'.repeat(10_001)}</row>`),
  ],
  'a row beyond the last one': ['XLSX_TOO_LARGE', () => withRows('<row r="1048577"/>')],
  'rows that go back': ['XLSX_DAMAGED', () => withRows('<row r="2"/><row r="2"/>')],
  'a row with no number': ['XLSX_DAMAGED', () => withRows('<row r="1e99"/>')],
  'cells that go back': ['XLSX_DAMAGED', () => withRows('<row r="1"><c r="B1"/><c r="A1"/></row>')],
  'a cell without a column': ['XLSX_DAMAGED', () => withRows('<row r="1"><c r="1"/></row>')],
  'a shared text that is not there': ['XLSX_DAMAGED', () => withRows('<row><c t="s"><v>7</v></c></row>')],
  'a shared text of 1 MiB': [
    'XLSX_TOO_LARGE',
    () => workbook({ ...ONE, strings: [`<t>${'x'.repeat(MIB)}</t>`] }),
  ],
  'a shared text of a million pieces': [
    'XLSX_TOO_LARGE',
    () => workbook({ ...ONE, strings: ['<t>a</t>'.repeat(1_000_000)] }),
  ],
  'a cell of a million pieces': [
    'XLSX_TOO_LARGE',
    () => withRows(`<row><c t="str"><v>${'a<b/>'.repeat(1_000_000)}</v></c></row>`),
  ],
  'a number of a million digits': [
    'XLSX_TOO_LARGE',
    () => withRows(`<row><c><v>${'1'.repeat(1_000_000)}</v></c></row>`),
  ],
  'one long text in all cells of a row': ['XLSX_TOO_LARGE', () => withRowsOf(9999, 1)],
  'relations without end': [
    'XLSX_TOO_LARGE',
    () =>
      workbook({
        ...ONE,
        parts: {
          'xl/_rels/workbook.xml.rels': `<Relationships>${'<Relationship/>'.repeat(1_000_000)}</Relationships>`,
        },
      }),
  ],
  'sheets without end that are not there': [
    'XLSX_TOO_LARGE',
    () =>
      workbook({
        ...ONE,
        parts: { 'xl/workbook.xml': `<workbook>${'<sheet/>'.repeat(1_000_000)}</workbook>` },
      }),
  ],
  'XML that ends early': ['XLSX_DAMAGED', () => withSheet('<worksheet><sheetData><row>')],
  'XML in UTF-16': ['XLSX_DAMAGED', () => withSheet(Buffer.from('\ufeff<worksheet/>', 'utf16le'))],
  'XML with a NUL': ['XLSX_DAMAGED', () => withRows('<row><c t="str"><v>a\0</v></c></row>')],
  'no sheet': ['XLSX_DAMAGED', () => workbook({ sheets: {} })],
  'an archive cut in half': ['XLSX_DAMAGED', async () => (await workbook(ONE)).subarray(0, 900)],
  'an archive with bytes changed': [
    'XLSX_DAMAGED',
    async () => {
      const bytes = await withRows('<row><c><v>1</v></c></row>'.repeat(10_000));
      const at = bytes.indexOf(SHEET) + SHEET.length;
      return bytes.fill(0xff, at + 10, at + 30);
    },
  ],
  'a workbook with a password': ['XLSX_ENCRYPTED', async () => ole('EncryptedPackage')],
  'a workbook of the old format': ['XLSX_OLD_FORMAT', async () => ole('Workbook')],
  'a text': ['XLSX_NOT_A_WORKBOOK', async () => Buffer.from('a,b\n1,2\n')],
  nothing: ['XLSX_NOT_A_WORKBOOK', async () => Buffer.alloc(0)],
};

async function drain(bytes: Buffer): Promise<void> {
  for await (const _ of readXlsx(accessTo(bytes)));
}

describe('S6: a hostile workbook', () => {
  it.each(Object.entries(CORPUS))('%s is refused soon and in little memory', async (_, [code, make]) => {
    const bytes = await make();
    const before = process.memoryUsage().rss;
    const begun = performance.now();
    await expect(drain(bytes)).rejects.toMatchObject({ code, message: expect.stringMatching(/^The .+\.$/) });
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * MIB);
  });

  it('of rows that are made wide by one cell each takes little memory', async () => {
    const rows = Array.from(
      { length: 2000 },
      (_, index) => `<row r="${index + 1}"><c r="NTP${index + 1}"><v>1</v></c></row>`,
    );
    const bytes = await withRows(rows.join(''));
    const before = heldMemory();
    let [cells, largest, looks] = [0, 0, 0];
    for await (const batch of readXlsx(accessTo(bytes))) {
      const size = batch.reduce((sum, { fields }) => sum + (fields?.length ?? 0), 0);
      [cells, largest] = [cells + size, Math.max(largest, size)];
      if (cells > looks * 5_000_000 && ++looks) expect(heldMemory() - before).toBeLessThan(HELD);
    }
    expect(cells).toBe(20_000_000);
    expect(largest).toBeLessThan(6_000_000);
  });

  it('of rows whose cells share a long text comes in batches that are held easily', async () => {
    const bytes = await withRowsOf(100, 200);
    expect(bytes.length).toBeLessThan(20_000);
    const before = heldMemory();
    let [length, largest, looks] = [0, 0, 0];
    for await (const batch of readXlsx(accessTo(bytes))) {
      const size = batch.reduce((sum, { fields }) => sum + (fields?.join('').length ?? 0), 0);
      [length, largest] = [length + size, Math.max(largest, size)];
      if (length > looks * 150 * MIB && ++looks) expect(heldMemory() - before).toBeLessThan(HELD);
    }
    expect(length).toBe(200 * 100 * 32_767);
    expect(largest).toBeLessThan(15_000_000);
  });

  it('with more shared texts than can be held is refused', () => {
    const strings = new SharedStrings();
    const text = 'x'.repeat(32_767);
    expect(() => {
      for (let count = 0; count < 6400; count++) strings.add(text);
    }).toThrow('more than 128 MiB');
  });
});
