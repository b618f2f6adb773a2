/** A moment as it is written, part by part. */
export interface DateParts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** Digits after the seconds. */
  fraction: string;
  /** Minutes that the clock is ahead of UTC; undefined where nothing is said of it. */
  offset: number | undefined;
}

const LONG_MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether the calendar has the day. There is no year 0, as in PostgreSQL. */
export function isDay(year: number, month: number, day: number): boolean {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) return false;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === 2 && isLeap ? 29 : LONG_MONTHS[month - 1]!);
}

/** Whether the clock shows the time; it has no leap seconds. */
export function isTime(hour: number, minute: number, second: number): boolean {
  return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** YYYY-MM-DD; undefined where the calendar has no such day. */
export function dateText({ year, month, day }: DateParts): string | undefined {
  if (!isDay(year, month, day)) return undefined;
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

/** HH:MM:SS with a fraction where there is one. */
export function timeText({ hour, minute, second, fraction }: DateParts): string | undefined {
  if (!isTime(hour, minute, second)) return undefined;
  return `${two(hour)}:${two(minute)}:${two(second)}${fractionText(fraction)}`;
}

/** YYYY-MM-DDTHH:MM:SS with a fraction where there is one; in UTC and with a Z where the offset is known. */
export function datetimeText(parts: DateParts): string | undefined {
  const [date, time] = [dateText(parts), timeText(parts)];
  if (date === undefined || time === undefined) return undefined;
  if (parts.offset === undefined) return `${date}T${time}`;
  if (parts.offset === 0) return `${date}T${time}Z`;
  const { year, month, day, hour, minute, second, fraction } = parts;
  const local = new Date(0);
  local.setUTCFullYear(year, month - 1, day);
  local.setUTCHours(hour, minute - parts.offset, second);
  const utcYear = local.getUTCFullYear();
  if (utcYear < 1 || utcYear > 9999) return undefined;
  return `${local.toISOString().slice(0, 19)}${fractionText(fraction)}Z`;
}

/** Microseconds are what databases keep. */
function fractionText(fraction: string): string {
  let end = Math.min(fraction.length, 6);
  while (end > 0 && fraction.charAt(end - 1) === '0') end--;
  return end === 0 ? '' : `.${fraction.slice(0, end)}`;
}
