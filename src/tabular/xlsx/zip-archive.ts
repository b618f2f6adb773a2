import { type Entry, fromRandomAccessReaderPromise, type ZipFile } from 'yauzl';
import { shown } from '../problem.js';
import { type RandomAccess, SourceReader } from './random-access.js';
import { XlsxError } from './xlsx.errors.js';

/** A workbook with a hundred sheets has a few hundred parts. */
const MAX_ENTRIES = 10_000;
/** A part may be this large whatever it was compressed from... */
const SMALL_PART = 16 * 1024 * 1024;
/** ...and a larger one this many times as large as what it was compressed from. Sheets of real files are 5 to 50. */
const MAX_RATIO = 200;
const ZIP_MARK = Buffer.from('PK');
const OLE_MARK = Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);

/** The parts of a workbook, by their names. */
export class ZipArchive {
  private constructor(
    private readonly zip: ZipFile,
    private readonly reader: SourceReader,
    private readonly entries: ReadonlyMap<string, Entry>,
  ) {}

  /** @throws XlsxError, the error of the source */
  static async open(source: RandomAccess): Promise<ZipArchive> {
    await checkMark(source);
    const reader = new SourceReader(source);
    return reading(reader, async () => {
      const zip = await fromRandomAccessReaderPromise(reader, source.size, { autoClose: false });
      if (zip.entryCount > MAX_ENTRIES) throw XlsxError.tooLarge(`it has more than ${MAX_ENTRIES} parts`);
      const entries = new Map<string, Entry>();
      for await (const entry of zip.eachEntry()) {
        const name = entry.fileName.toLowerCase();
        if (entries.has(name)) throw XlsxError.damaged(`the part ${shown(entry.fileName)} is there twice`);
        entries.set(name, entry);
      }
      return new ZipArchive(zip, reader, entries);
    });
  }

  /** Whether the archive has the part. Case does not matter in names of parts. */
  has(name: string): boolean {
    return this.entries.has(name.toLowerCase());
  }

  /**
   * The bytes of a part, block by block.
   * @param maxBytes how large it may be
   * @throws XlsxError, the error of the source
   */
  async *read(name: string, maxBytes: number): AsyncGenerator<Buffer, void> {
    const entry = this.entries.get(name.toLowerCase());
    if (entry === undefined) throw XlsxError.damaged(`the part ${shown(name)} is missing`);
    checkSize(entry, maxBytes);
    const stream = await reading(this.reader, () => this.zip.openReadStreamPromise(entry));
    const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
    try {
      for (;;) {
        const { done, value } = await reading(this.reader, () => chunks.next());
        if (done) return;
        yield value;
      }
    } finally {
      stream.destroy();
    }
  }
}

/** The sizes that are told are those that count: the library stops where a part turns out to be larger. */
function checkSize(entry: Entry, maxBytes: number): void {
  const { uncompressedSize, compressedSize, fileName } = entry;
  if (entry.isEncrypted()) {
    throw new XlsxError(
      'XLSX_ENCRYPTED',
      'The workbook is protected with a password. Remove it and send it again.',
    );
  }
  if (!entry.canDecodeFileData())
    throw XlsxError.damaged(`the part ${shown(fileName)} is packed in a way not known`);
  if (uncompressedSize > maxBytes) {
    const mebibytes = Math.floor(maxBytes / 1024 / 1024);
    throw XlsxError.tooLarge(`the part ${shown(fileName)} has more than ${mebibytes} MiB`);
  }
  if (uncompressedSize > SMALL_PART && uncompressedSize > compressedSize * MAX_RATIO) {
    throw new XlsxError(
      'XLSX_UNSAFE',
      `The part ${shown(fileName)} of the workbook unpacks to more than ${MAX_RATIO} times its size, as only files made to do harm do. Save the sheet as CSV and send that.`,
    );
  }
}

async function checkMark(source: RandomAccess): Promise<void> {
  const head = Buffer.from(await source.read(0, Math.min(64, source.size)));
  if (head.subarray(0, 2).equals(ZIP_MARK)) return;
  if (!head.subarray(0, 8).equals(OLE_MARK)) {
    throw new XlsxError(
      'XLSX_NOT_A_WORKBOOK',
      'The file is not a workbook (.xlsx). Send a workbook, or name the format that it has.',
    );
  }
  if (await isEncryptedPackage(source, head)) {
    throw new XlsxError(
      'XLSX_ENCRYPTED',
      'The workbook is protected with a password. Remove it and send it again.',
    );
  }
  throw new XlsxError(
    'XLSX_OLD_FORMAT',
    'The file is a workbook of the old format (.xls). Save it as .xlsx.',
  );
}

/** A workbook with a password is a container of the old format with an entry of this name. */
async function isEncryptedPackage(source: RandomAccess, head: Buffer): Promise<boolean> {
  if (head.length < 64) return false;
  const sector = head.readUInt16LE(30) === 12 ? 4096 : 512;
  const start = (head.readUInt32LE(48) + 1) * sector;
  if (start >= source.size) return false;
  const directory = await source.read(start, Math.min(4096, source.size - start));
  return Buffer.from(directory).includes(Buffer.from('EncryptedPackage', 'utf16le'));
}

/** Tells the errors of the source, which are not the sender's fault, from those of the archive. */
async function reading<T>(reader: SourceReader, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof XlsxError) throw error;
    if (reader.failure !== undefined) throw reader.failure as Error;
    throw XlsxError.damaged(shown(error instanceof Error ? error.message : error));
  }
}
