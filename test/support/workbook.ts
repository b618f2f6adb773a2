import { buffer } from 'node:stream/consumers';
import yazl from 'yazl';
import type { RandomAccess } from '../../src/tabular/index.js';

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006/relationships';

/** What a workbook is made of; the parts of XML are written as they stand. */
export interface WorkbookParts {
  /** The XML inside `sheetData`, by the names of the sheets. */
  readonly sheets: Readonly<Record<string, string>>;
  /** Shared texts, as the XML inside `si`. */
  readonly strings?: readonly string[];
  /** Codes of formats; the style of a cell is the index plus one. */
  readonly formats?: readonly (string | number)[];
  readonly is1904?: boolean;
  /** Parts instead of those made here, or besides them. */
  readonly parts?: Readonly<Record<string, string | Buffer>>;
}

/** The bytes of a workbook (.xlsx). */
export async function workbook(content: WorkbookParts): Promise<Buffer> {
  const names = Object.keys(content.sheets);
  const parts: Record<string, string | Buffer> = {
    '[Content_Types].xml': `${XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
    '_rels/.rels': relations([['rId1', 'officeDocument', 'xl/workbook.xml']]),
    'xl/workbook.xml': `${XML}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><workbookPr${content.is1904 ? ' date1904="1"' : ''}/><sheets>${names
      .map((name, index) => `<sheet name="${name}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`)
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations([
      ...names.map(
        (_, index) => [`rId${index + 1}`, 'worksheet', `worksheets/sheet${index + 1}.xml`] as const,
      ),
      ['rIdS', 'sharedStrings', '/xl/sharedStrings.xml'],
      ['rIdT', 'styles', 'styles.xml'],
    ]),
    ...(content.strings && { 'xl/sharedStrings.xml': sharedStrings(content.strings) }),
    ...(content.formats && { 'xl/styles.xml': styles(content.formats) }),
  };
  names.forEach((name, index) => {
    parts[`xl/worksheets/sheet${index + 1}.xml`] = sheet(content.sheets[name]!);
  });
  return zip({ ...parts, ...content.parts });
}

/** The XML of a sheet around its rows. */
export function sheet(rows: string): string {
  return `${XML}<worksheet xmlns="${MAIN}"><sheetData>${rows}</sheetData></worksheet>`;
}

/** An archive of some files. */
export async function zip(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const archive = new yazl.ZipFile();
  for (const [name, content] of Object.entries(files)) archive.addBuffer(Buffer.from(content), name);
  archive.end();
  return buffer(archive.outputStream);
}

/** Bytes as a source that can be read from anywhere. */
export function accessTo(bytes: Buffer): RandomAccess {
  return { size: bytes.length, read: async (start, length) => bytes.subarray(start, start + length) };
}

function relations(all: readonly (readonly [id: string, type: string, target: string])[]): string {
  const items = all.map(
    ([id, type, target]) => `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`,
  );
  return `${XML}<Relationships xmlns="${PACKAGE}">${items.join('')}</Relationships>`;
}

function sharedStrings(strings: readonly string[]): string {
  return `${XML}<sst xmlns="${MAIN}">${strings.map((text) => `<si>${text}</si>`).join('')}</sst>`;
}

function styles(formats: readonly (string | number)[]): string {
  const custom = formats.map((code, index) =>
    typeof code === 'string' ? `<numFmt numFmtId="${164 + index}" formatCode="${escapeXml(code)}"/>` : '',
  );
  const cells = formats.map(
    (code, index) => `<xf numFmtId="${typeof code === 'string' ? 164 + index : code}"/>`,
  );
  return `${XML}<styleSheet xmlns="${MAIN}"><numFmts>${custom.join('')}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>${cells.join('')}</cellXfs></styleSheet>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
