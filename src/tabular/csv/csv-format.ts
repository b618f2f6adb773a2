import { isObject, pathTo, type Problem, shown } from '../problem.js';
import type { CsvItem } from './csv-item.js';
import { type CsvReaderOptions, readCsv } from './csv-reader.js';

/** How a CSV file is written, as the dialect and the encoding of a resource tell. */
export interface CsvFormat {
  readonly delimiter: string;
  readonly quoting: 'strict' | 'none';
  readonly header: boolean;
  readonly caseSensitiveHeader: boolean;
  /** Whether blanks at the beginning of a field do not count. */
  readonly skipInitialSpace: boolean;
  /** A record whose first field begins so is passed over. */
  readonly commentChar: string | undefined;
  /** Name of the encoding as TextDecoder has it. */
  readonly encoding: string;
}

/** A format, or what has to be mended in the descriptor. */
export interface ParsedCsvFormat {
  readonly format?: CsvFormat;
  readonly problems: readonly Problem[];
}

const LINE_ENDS: readonly unknown[] = ['\r\n', '\n', '\r'];

/**
 * Reads the CSV dialect (Frictionless v1) and the encoding of a resource. What our reader does not know is refused, so
 * that no file is read in another way than it is written.
 * @param path where the resource stands in its descriptor
 */
export function parseCsvFormat(
  resource: { dialect?: unknown; encoding?: unknown },
  path = '',
): ParsedCsvFormat {
  const dialect = resource.dialect ?? {};
  const place = pathTo(path, 'dialect');
  if (!isObject(dialect)) return { problems: [complaint(place, `is ${shown(dialect)}. Make it an object.`)] };
  const problems: Problem[] = [];
  const refuse = (name: string, text: string) => problems.push(complaint(pathTo(place, name), text));

  const flag = (name: string, otherwise: boolean): boolean => {
    const value = dialect[name] ?? otherwise;
    if (typeof value === 'boolean') return value;
    refuse(name, `is ${shown(value)}. Make it true or false.`);
    return otherwise;
  };
  const { delimiter = ',', quoteChar = '"', escapeChar, lineTerminator = '\r\n', commentChar } = dialect;
  if (!isSign(delimiter) || delimiter === '"') refuse('delimiter', 'is not one ASCII character. Use one.');
  if (quoteChar !== '"' && quoteChar !== '' && quoteChar !== null) {
    refuse('quoteChar', `is ${shown(quoteChar)}. Only the double quote can be read; save the file with it.`);
  }
  const hasQuotes = quoteChar === '"';
  if (escapeChar !== undefined && escapeChar !== null && escapeChar !== '') {
    refuse('escapeChar', 'cannot be read. Save the file with quotes, each quote inside of them doubled.');
  }
  if (!flag('doubleQuote', true) && hasQuotes) {
    refuse('doubleQuote', 'is false. Save the file with each quote inside of quotes doubled.');
  }
  if (!LINE_ENDS.includes(lineTerminator)) {
    refuse('lineTerminator', 'is no line break. Save the file with CRLF, LF or CR.');
  }
  if (commentChar !== undefined && commentChar !== null && !isSign(commentChar)) {
    refuse('commentChar', 'is not one ASCII character. Use one.');
  }
  const nulls = dialect['nullSequence'];
  if (nulls !== undefined && nulls !== null) {
    refuse('nullSequence', 'cannot be read. Put its value among the missingValues of the schema.');
  }
  const encoding = encodingOf(resource.encoding);
  if (encoding === undefined) {
    problems.push(
      complaint(pathTo(path, 'encoding'), `is ${shown(resource.encoding)}, which is not known. Use utf-8.`),
    );
  }
  const format: CsvFormat = {
    delimiter: String(delimiter),
    quoting: hasQuotes ? 'strict' : 'none',
    header: flag('header', true),
    caseSensitiveHeader: flag('caseSensitiveHeader', false),
    skipInitialSpace: flag('skipInitialSpace', false),
    commentChar: typeof commentChar === 'string' ? commentChar : undefined,
    encoding: encoding ?? 'utf-8',
  };
  return problems.length > 0 ? { problems } : { format, problems };
}

/**
 * Reads a CSV file of a format. A place in a file that is not UTF-8 is one in its text turned into UTF-8: to go on from
 * there, give the source from its beginning and `from` all the same.
 * @throws what `readCsv` throws
 */
export async function* readCsvFormat(
  source: AsyncIterable<Uint8Array>,
  format: CsvFormat,
  from?: CsvReaderOptions['from'],
): AsyncGenerator<CsvItem[], void> {
  const isUtf8 = format.encoding === 'utf-8';
  const bytes = isUtf8 ? source : skipped(decoded(source, format.encoding), from?.offset ?? 0);
  const { delimiter, quoting, commentChar, skipInitialSpace } = format;
  for await (const batch of readCsv(bytes, { delimiter, quoting, ...(from && { from }) })) {
    const kept = commentChar === undefined ? batch : batch.filter((item) => !isComment(item, commentChar));
    if (kept.length > 0) yield skipInitialSpace ? kept.map(withoutInitialSpace) : kept;
  }
}

async function* decoded(source: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of source) {
    const text = decoder.decode(chunk, { stream: true });
    if (text !== '') yield Buffer.from(text);
  }
  yield Buffer.from(decoder.decode());
}

async function* skipped(source: AsyncIterable<Buffer>, offset: number): AsyncGenerator<Buffer> {
  let left = offset;
  for await (const chunk of source) {
    if (chunk.length > left) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

function isComment(item: CsvItem, sign: string): boolean {
  return (item.fields?.[0] ?? (item.error ? item.text : '')).startsWith(sign);
}

function withoutInitialSpace(item: CsvItem): CsvItem {
  if (item.error !== undefined || !item.fields.some((field) => field.startsWith(' '))) return item;
  return { ...item, fields: item.fields.map((field) => field.trimStart()) };
}

/** The name of an encoding as TextDecoder has it; undefined where it knows none. */
function encodingOf(name: unknown): string | undefined {
  if (name === undefined || name === null) return 'utf-8';
  if (typeof name !== 'string') return undefined;
  const label = name.trim().toLowerCase();
  try {
    // Python writes the mark at the beginning into the name, and Latin-1 without its hyphen.
    return new TextDecoder({ 'utf-8-sig': 'utf-8', 'latin-1': 'latin1', utf_8: 'utf-8' }[label] ?? label)
      .encoding;
  } catch {
    return undefined;
  }
}

function isSign(value: unknown): value is string {
  return (
    typeof value === 'string' && value.length === 1 && value > '\0' && value < '\x7f' && !/[\r\n]/.test(value)
  );
}

function complaint(path: string, text: string): Problem {
  return { path, message: `${path} ${text}` };
}
