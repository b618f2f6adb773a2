import { anyDate, anyDatetime, anyTime } from './any-date.js';
import { type DateParts, dateText, datetimeText, isDay, isTime, timeText } from './calendar.js';
import { isDigits } from './decimals.js';
import { type Cast, compareTexts, type FieldType } from './field-type.js';
import { datePattern, DatePatternError } from './strptime.js';

/** The formats of `date`, `time` and `datetime` that are words; any other is a pattern. */
export type TemporalType = 'date' | 'time' | 'datetime';

const EXAMPLES: Record<TemporalType, string> = {
  date: 'YYYY-MM-DD',
  time: 'hh:mm:ss',
  datetime: 'YYYY-MM-DDThh:mm:ssZ',
};

/**
 * The types `date`, `time` and `datetime` in one of the formats `default` (ISO 8601), `any` (what can be read without a
 * guess) and a pattern of strptime.
 * @throws DatePatternError where the pattern cannot be used
 */
export function temporalType(type: TemporalType, format = 'default'): FieldType {
  const common = {
    compare: compareTemporal,
    isJson: false,
    isTrimmed: true,
    castTyped: TYPED[type],
  } as const;
  if (format === 'default') {
    return {
      ...common,
      cast: DEFAULTS[type],
      explain: (text) =>
        SHAPES[type](text)
          ? `is not a ${type} of the calendar. Check its parts.`
          : `is not a ${type}. Write it as ${EXAMPLES[type]}, or give the field a format such as %d/%m/%Y.`,
    };
  }
  if (format === 'any') {
    return {
      ...common,
      cast: ANY[type],
      explain: () => `is not a ${type} that can be read in one way only. Write it as ${EXAMPLES[type]}.`,
    };
  }
  const written = format.startsWith('fmt:') ? format.slice(4) : format;
  const pattern = datePattern(written);
  if (type !== 'time' && !pattern.hasYear) throw new DatePatternError('holds no year. Add %Y.');
  const write = WRITERS[type];
  return {
    ...common,
    cast: (text) => {
      const parts = pattern.parse(text);
      return parts && write(parts);
    },
    explain: () => `is not a ${type} of the form ${written}. Write it so, or change the format of the field.`,
  };
}

/** The type `yearmonth`: YYYY-MM. */
export function yearmonthType(): FieldType {
  const cast: Cast = (text) => {
    if (text.length !== 7 || text.charAt(4) !== '-') return undefined;
    const [year, month] = [text.slice(0, 4), text.slice(5)];
    return isDigits(year) && isDigits(month) && isDay(Number(year), Number(month), 1) ? text : undefined;
  };
  return {
    cast,
    castTyped: (text) => (castDate(text) === undefined ? undefined : text.slice(0, 7)),
    explain: () => 'is not a month of a year. Write it as YYYY-MM.',
    compare: compareTexts,
    isJson: false,
    isTrimmed: true,
  };
}

const DURATION =
  /^-?P(?=[\dT])(?:\d{1,9}(?:\.\d{1,9})?Y)?(?:\d{1,9}(?:\.\d{1,9})?M)?(?:\d{1,9}(?:\.\d{1,9})?W)?(?:\d{1,9}(?:\.\d{1,9})?D)?(?:T(?=\d)(?:\d{1,9}(?:\.\d{1,9})?H)?(?:\d{1,9}(?:\.\d{1,9})?M)?(?:\d{1,9}(?:\.\d{1,9})?S)?)?$/;

/** The type `duration`: ISO 8601, such as P1Y2M3DT4H5M6S. */
export function durationType(): FieldType {
  return {
    cast: (text) => (DURATION.test(text) ? text : undefined),
    explain: () => 'is not a duration. Write it as ISO 8601 has it, such as P1Y2M10DT2H30M.',
    isJson: false,
    isTrimmed: true,
  };
}

/** The Z stands for UTC, in which all moments with a zone are given; it has no part in the order. */
function compareTemporal(a: string, b: string): number {
  return compareTexts(a.endsWith('Z') ? a.slice(0, -1) : a, b.endsWith('Z') ? b.slice(0, -1) : b);
}

const WRITERS: Record<TemporalType, (parts: DateParts) => string | undefined> = {
  date: dateText,
  time: timeText,
  datetime: datetimeText,
};

/** Two digits of a text as a number; -1 where they are none. */
function twoDigits(text: string, at: number): number {
  const [tens, ones] = [text.charCodeAt(at) - 48, text.charCodeAt(at + 1) - 48];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

function isDateAt(text: string): boolean {
  const [century, year] = [twoDigits(text, 0), twoDigits(text, 2)];
  if (century < 0 || year < 0 || text.charAt(4) !== '-' || text.charAt(7) !== '-') return false;
  return isDay(century * 100 + year, twoDigits(text, 5), twoDigits(text, 8));
}

function isTimeAt(text: string, at: number): boolean {
  if (text.charAt(at + 2) !== ':' || text.charAt(at + 5) !== ':') return false;
  return isTime(twoDigits(text, at), twoDigits(text, at + 3), twoDigits(text, at + 6));
}

const castDate: Cast = (text) => (text.length === 10 && isDateAt(text) ? text : undefined);

const castTime: Cast = (text) => (text.length === 8 && isTimeAt(text, 0) ? text : undefined);

const castDatetime: Cast = (text) => {
  const isPlain = text.length === 20 && text.charAt(10) === 'T' && text.charAt(19) === 'Z';
  return isPlain && isDateAt(text) && isTimeAt(text, 11) ? text : undefined;
};

const DEFAULTS: Record<TemporalType, Cast> = { date: castDate, time: castTime, datetime: castDatetime };
const ANY: Record<TemporalType, Cast> = { date: anyDate, time: anyTime, datetime: anyDatetime };

const SHAPES: Record<TemporalType, (text: string) => boolean> = {
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text),
  time: (text) => /^\d\d:\d\d:\d\d$/.test(text),
  datetime: (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text),
};

const MIDNIGHT = 'T00:00:00';

/** What the cells of a workbook hold: a day, a time or both, without a zone. */
const TYPED: Record<TemporalType, Cast> = {
  date: (text) => castDate(text.endsWith(MIDNIGHT) ? text.slice(0, -MIDNIGHT.length) : text),
  time: (text) => anyTime(text),
  datetime: (text) => anyDatetime(castDate(text) === undefined ? text : text + MIDNIGHT),
};
