import { type DateParts, dateText, datetimeText, timeText } from './calendar.js';
import { type DatePattern, datePattern } from './strptime.js';

const DATES = ['%Y-%m-%d', '%Y/%m/%d', '%Y.%m.%d', '%d.%m.%Y', ...namedMonths()].map(datePattern);
const DAY_FIRST = ['%d/%m/%Y', '%d-%m-%Y'].map(datePattern);
const MONTH_FIRST = ['%m/%d/%Y', '%m-%d-%Y'].map(datePattern);
const TIMES = ['%H:%M:%S.%f', '%H:%M:%S', '%H:%M', '%I:%M:%S %p', '%I:%M %p'].map(datePattern);
const ZONES = ['%z', '%Z'].map(datePattern);

function namedMonths(): string[] {
  return ['%B', '%b'].flatMap((month) => [
    `%d ${month} %Y`,
    `${month} %d, %Y`,
    `${month} %d %Y`,
    `%d-${month}-%Y`,
  ]);
}

/** A longer text is no date; the limit keeps the tries short. */
const MAX_LENGTH = 64;

function first(patterns: readonly DatePattern[], text: string): DateParts | undefined {
  for (const pattern of patterns) {
    const parts = pattern.parse(text);
    if (parts) return parts;
  }
  return undefined;
}

function dateParts(text: string): DateParts | undefined {
  const certain = first(DATES, text);
  if (certain) return certain;
  // 3/4/2024 is a day in March to some and in April to others. Where only one of them is a date, that is meant.
  const [day, month] = [first(DAY_FIRST, text), first(MONTH_FIRST, text)];
  const [isDay, isMonth] = [day && dateText(day), month && dateText(month)];
  if (isDay !== undefined && isMonth !== undefined) return isDay === isMonth ? day : undefined;
  return isDay === undefined ? month : day;
}

function timeParts(text: string): DateParts | undefined {
  return first(TIMES, text);
}

/** A date in one of the usual forms, as YYYY-MM-DD; undefined where it could be two dates or none. */
export function anyDate(text: string): string | undefined {
  const parts = text.length <= MAX_LENGTH ? dateParts(text) : undefined;
  return parts && dateText(parts);
}

/** A time of day in one of the usual forms, as HH:MM:SS. */
export function anyTime(text: string): string | undefined {
  const parts = text.length <= MAX_LENGTH ? timeParts(text) : undefined;
  return parts && timeText(parts);
}

/** A date and a time in one of the usual forms, with a zone or without. A date alone is its first moment. */
export function anyDatetime(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const date = dateParts(text);
  if (date) return datetimeText(date);
  // The time begins behind a T or a blank; a date with a name of a month holds blanks too.
  for (let at = text.length - 1; at > 0; at--) {
    if (text.charAt(at) !== 'T' && text.charAt(at) !== ' ') continue;
    const day = dateParts(text.slice(0, at));
    const time = day && zonedTime(text.slice(at + 1));
    if (day && time) {
      const { hour, minute, second, fraction, offset } = time;
      return datetimeText({ ...day, hour, minute, second, fraction, offset });
    }
  }
  return undefined;
}

function zonedTime(text: string): DateParts | undefined {
  const local = timeParts(text);
  if (local) return local;
  const at = text.search(/[+\-Zz]|UTC|GMT/);
  if (at < 1) return undefined;
  const [time, zone] = [timeParts(text.slice(0, at).trimEnd()), first(ZONES, text.slice(at))];
  return time && zone && { ...time, offset: zone.offset };
}
