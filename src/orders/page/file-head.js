/** The columns of an order; `map` names them so. */
export const COLUMNS = /** @type {const} */ (['id', 'name', 'email', 'state', 'zipcode', 'birthday']);
/** @typedef {(typeof COLUMNS)[number]} Column */

/** What our own files to mend have besides, as `plain` writes it. */
const MEND_COLUMNS = ['rejectedline', 'rejectedcolumn', 'rejectedreason', 'rejectedrest'];
const DELIMITERS = ['|', ',', ';', '\t'];
/** The server reads no header beyond it, bytes. */
const LONGEST = 64 * 1024;

/**
 * The headings of a file: what its first line that is not blank names; none where there is no such line. What cannot
 * be read is left to the server to tell of.
 * @param {Blob} file
 * @returns {Promise<string[]>}
 */
export async function readHeadings(file) {
  const bytes = new Uint8Array(await file.slice(0, LONGEST).arrayBuffer());
  const line = firstLine(bytes);
  return line.includes('\0') ? [] : headingsOf(line);
}

/**
 * A heading as the server compares it: neither case nor spaces, hyphens and underscores matter.
 * @param {string} heading
 */
export function plain(heading) {
  return heading.toLowerCase().replace(/[\s_-]/g, '');
}

/**
 * The column that a heading names by itself.
 * @param {string} heading
 * @returns {Column | undefined}
 */
export function columnOf(heading) {
  return COLUMNS.find((column) => column === plain(heading));
}

/**
 * Whether the server knows a heading without being told what it means.
 * @param {string} heading
 */
export function isOurs(heading) {
  return columnOf(heading) !== undefined || MEND_COLUMNS.includes(plain(heading));
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function firstLine(bytes) {
  const utf16 = utf16Of(bytes);
  if (utf16) return lineOf(bytes, utf16);
  const line = lineOf(bytes, 'utf-8');
  return line.includes('\ufffd') ? lineOf(bytes, 'windows-1252') : line;
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {string} encoding
 */
function lineOf(bytes, encoding) {
  const text = new TextDecoder(encoding).decode(bytes); // without its mark
  return /[^\r\n]+/.exec(text)?.[0] ?? '';
}

/**
 * UTF-16 gives itself away by its mark, or by an ASCII character that is two bytes wide.
 * @param {Uint8Array} bytes
 */
function utf16Of([a, b, c, d]) {
  if ((a === 0xff && b === 0xfe) || (a && b === 0 && c && d === 0)) return 'utf-16le';
  if ((a === 0xfe && b === 0xff) || (a === 0 && b && c === 0 && d)) return 'utf-16be';
  return undefined;
}

/**
 * Splits the line as the server does: at the delimiter that finds most headings of ours, and of those at the one that
 * finds most parts.
 * @param {string} line
 */
function headingsOf(line) {
  if (line === '') return [];
  const readings = DELIMITERS.map((delimiter) => {
    // In the original's form, with `|`, the header ends at the first comma.
    const names = delimiter === '|' ? (split(line, ',')[0] ?? '').split('|') : split(line, delimiter);
    return { names, ours: names.filter(isOurs).length };
  });
  readings.sort((a, b) => b.ours - a.ours || b.names.length - a.names.length);
  return readings[0]?.names.map((name) => name.trim()) ?? [];
}

/**
 * @param {string} line
 * @param {string} delimiter
 */
function split(line, delimiter) {
  const names = [];
  let name = '';
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === '"' && isQuoted && line[at + 1] === '"') name += line.charAt(at++);
    else if (character === '"' && (isQuoted || name === '')) isQuoted = !isQuoted;
    else if (character === delimiter && !isQuoted) {
      names.push(name);
      name = '';
    } else name += character;
  }
  return [...names, name];
}
