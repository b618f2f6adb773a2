/** What a number of a cell stands for, by the format in which it is shown. */
export type NumberKind = 'number' | 'date' | 'time' | 'datetime';

const MS_OF_DAY = 86_400_000;
/** Days from 1899-12-30, where serial numbers begin, to 1904-01-01, where those of old Macintosh files do. */
const DAYS_TO_1904 = 1462;
const EPOCH = Date.UTC(1899, 11, 30);
/** 9999-12-31. */
const MAX_SERIAL = 2_958_465;
/** The calendar of the first spreadsheets had a 29 February 1900. */
const LEAP_BUG = 60;

/** Built-in formats by their numbers (ECMA-376, 18.8.30); those of East Asian editions are 27 to 36 and 50 to 58. */
const BUILT_IN: readonly (readonly [from: number, to: number, kind: NumberKind])[] = [
  [14, 17, 'date'],
  [18, 21, 'time'],
  [22, 22, 'datetime'],
  [27, 31, 'date'],
  [32, 35, 'time'],
  [36, 36, 'date'],
  [45, 47, 'time'],
  [50, 54, 'date'],
  [55, 56, 'time'],
  [57, 58, 'date'],
];

/** The kind of a built-in format. */
export function builtInKind(id: number): NumberKind {
  return BUILT_IN.find(([from, to]) => id >= from && id <= to)?.[2] ?? 'number';
}

const LONGEST_FORMAT = 1000;

/**
 * The first part of a format without what stands for itself: texts in quotes, escaped characters, fill characters, and
 * colours and conditions in brackets. `[h]`, `[mm]` and `[s]` count hours and so on beyond a day.
 */
function signsOf(format: string): string {
  let signs = '';
  for (let at = 0; at < format.length; at++) {
    const character = format.charAt(at);
    if (character === ';') break;
    if (character === '"' || character === '[') {
      const end = format.indexOf(character === '"' ? '"' : ']', at + 1);
      if (end === -1) break;
      const inside = format.slice(at + 1, end);
      if (character === '[' && /^[hms]{1,4}$/.test(inside)) signs += inside.replaceAll('m', 's');
      at = end;
    } else if ('\\_*'.includes(character)) {
      at += 1;
    } else {
      signs += character;
    }
  }
  return signs;
}

/** The kind of a format that the workbook defines, such as `dd/mm/yyyy;@`. */
export function customKind(format: string): NumberKind {
  const signs = signsOf(format.slice(0, LONGEST_FORMAT).toLowerCase());
  const letters = signs.replace('am/pm', 'h').replace('a/p', 'h');
  const hasTime = /[hs]/.test(letters);
  // An m is a month, but beside hours or seconds it stands for minutes.
  const hasDate = /[yd]/.test(letters) || (!hasTime && letters.includes('m'));
  if (hasDate) return hasTime ? 'datetime' : 'date';
  return hasTime ? 'time' : 'number';
}

/**
 * A serial number as ISO 8601: YYYY-MM-DD, hh:mm:ss or both with a T between them. A day with a time comes as both
 * whatever the kind, and a time of more than a day as hours beyond 23. Undefined where the calendar has no such day.
 */
export function serialToIso(serial: number, kind: NumberKind, is1904: boolean): string | undefined {
  if (!(serial >= 0)) return undefined;
  const all = Math.round(serial * MS_OF_DAY);
  if (kind === 'time' || (serial < 1 && kind !== 'datetime' && !is1904)) return clockText(all);
  const days = Math.floor(all / MS_OF_DAY) + (is1904 ? DAYS_TO_1904 : 0);
  if (days > MAX_SERIAL || days === LEAP_BUG) return undefined;
  const shift = days < LEAP_BUG ? 1 : 0;
  const date = new Date(EPOCH + (days + shift) * MS_OF_DAY).toISOString().slice(0, 10);
  const rest = all % MS_OF_DAY;
  return kind === 'date' && rest === 0 ? date : `${date}T${clockText(rest)}`;
}

function clockText(milliseconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const seconds = milliseconds / 1000;
  const text = `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  const fraction = milliseconds % 1000;
  return fraction === 0 ? text : `${text}.${String(fraction).padStart(3, '0')}`;
}
