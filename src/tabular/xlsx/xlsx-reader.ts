import type { TableItem } from '../table-item.js';
import type { RandomAccess } from './random-access.js';
import { SheetRows } from './sheet-rows.js';
import { Workbook } from './workbook.js';
import { readXml } from './xml-reader.js';
import { ZipArchive } from './zip-archive.js';

export interface XlsxReaderOptions {
  /** Name of the sheet, or its number from 1; the first one by default. */
  readonly sheet?: string | number;
  /** Row after which to go on, as `line` of the last item tells it; 0 by default. */
  readonly after?: number;
  /** How large the sheet may be when it is unpacked, bytes; 4 GiB by default. */
  readonly maxSheetBytes?: number;
}

/** A batch ends when it has this many cells: rows may be wide. */
const BATCH_CELLS = 20_000;
/** ...or this many characters: cells may be long. */
const BATCH_LENGTH = 4_000_000;
const MAX_SHEET_BYTES = 4 * 1024 ** 3;

/**
 * Reads a sheet of a workbook (.xlsx) in batches of rows, in their order. Cells come as texts: numbers with a point,
 * dates, times and moments in ISO 8601 by the format in which they are shown, booleans as true and false, formulas with
 * the result that was saved. Only the first cell of merged ones has a value. Empty rows are passed over, and empty
 * cells at the end of a row are left out.
 * @throws XlsxError, the error of the source
 */
export async function* readXlsx(
  source: RandomAccess,
  options: XlsxReaderOptions = {},
): AsyncGenerator<TableItem[], void> {
  const archive = await ZipArchive.open(source);
  const workbook = await Workbook.open(archive);
  const { part } = workbook.sheet(options.sheet ?? 1);
  const rows = new SheetRows({
    strings: await workbook.readSharedStrings(),
    styles: await workbook.readStyles(),
    is1904: workbook.is1904,
  });
  const after = options.after ?? 0;
  const take = () => {
    const items = after === 0 ? rows.items : rows.items.filter(({ line }) => line > after);
    rows.items = [];
    rows.cells = 0;
    rows.length = 0;
    return items;
  };
  const blocks = archive.read(part, options.maxSheetBytes ?? MAX_SHEET_BYTES);
  for await (const _ of readXml(blocks, part, rows)) {
    if (rows.cells < BATCH_CELLS && rows.length < BATCH_LENGTH) continue;
    const items = take();
    if (items.length > 0) yield items;
  }
  const items = take();
  if (items.length > 0) yield items;
}

/**
 * The names of the sheets of a workbook, in their order.
 * @throws XlsxError, the error of the source
 */
export async function listSheets(source: RandomAccess): Promise<string[]> {
  const workbook = await Workbook.open(await ZipArchive.open(source));
  return workbook.sheets.map(({ name }) => name);
}
