import type { DateParts } from './calendar.js';
import { isDigits } from './decimals.js';

/** The parts of a pattern, as Python's `strptime` has them. */
const DIRECTIVES = '%Y %y %m %b %B %d %j %H %I %p %M %S %f %z %Z %a %A %%';

const MONTHS = 'january february march april may june july august september october november december'.split(
  ' ',
);
const WEEKDAYS = 'monday tuesday wednesday thursday friday saturday sunday'.split(' ');

/** What is read while a text is matched; `hour12` and `dayOfYear` are put in their places afterwards. */
interface Reading extends DateParts {
  hour12: number | undefined;
  isAfternoon: boolean;
  dayOfYear: number | undefined;
}

/** Matches a part of the pattern at a place of the text; gives the place after it, or -1. */
type Step = (text: string, at: number, reading: Reading) => number;

/** A pattern that is ready to use. */
export interface DatePattern {
  /** What the text says, not checked against the calendar; undefined where it does not match. */
  parse(text: string): DateParts | undefined;
  /** Whether the pattern tells the year. */
  readonly hasYear: boolean;
}

/** A pattern that cannot be used; the message ends a sentence about it. */
export class DatePatternError extends Error {}

/**
 * Makes a parser of a pattern of `strptime`, with English names. White space in the pattern matches any white space.
 * @throws DatePatternError
 */
export function datePattern(pattern: string): DatePattern {
  if (!pattern.includes('%')) {
    throw new DatePatternError(
      `holds no directive such as %Y. Write it as Python's strptime has it: %Y-%m-%d.`,
    );
  }
  const steps: Step[] = [];
  const used = new Set<string>();
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character !== '%') {
      steps.push(character.trim() === '' ? blanks : literal(character));
      continue;
    }
    at += pattern.charAt(at + 1) === '-' ? 2 : 1;
    const directive = pattern.charAt(at);
    const step = STEPS[directive];
    if (!Object.hasOwn(STEPS, directive) || step === undefined) {
      throw new DatePatternError(`holds %${directive}, which is not known. Known are ${DIRECTIVES}.`);
    }
    used.add(directive);
    steps.push(step);
  }
  return { parse: (text) => parse(text, steps), hasYear: used.has('Y') || used.has('y') };
}

function parse(text: string, steps: readonly Step[]): DateParts | undefined {
  const reading: Reading = {
    year: 1900,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    fraction: '',
    offset: undefined,
    hour12: undefined,
    isAfternoon: false,
    dayOfYear: undefined,
  };
  let at = 0;
  for (const step of steps) {
    at = step(text, at, reading);
    if (at === -1) return undefined;
  }
  if (at !== text.length) return undefined;
  if (reading.hour12 !== undefined) {
    if (reading.hour12 < 1 || reading.hour12 > 12) return undefined;
    reading.hour = (reading.hour12 % 12) + (reading.isAfternoon ? 12 : 0);
  }
  if (reading.dayOfYear !== undefined) {
    const date = new Date(0);
    date.setUTCFullYear(reading.year, 0, reading.dayOfYear);
    if (reading.dayOfYear < 1 || date.getUTCFullYear() !== reading.year) return undefined;
    [reading.month, reading.day] = [date.getUTCMonth() + 1, date.getUTCDate()];
  }
  return reading;
}

/** Reads a number of `min` to `max` digits. */
function digits(
  min: number,
  max: number,
  take: (reading: Reading, value: number, text: string) => void,
): Step {
  return (text, at, reading) => {
    let end = at;
    while (end < at + max && isDigits(text.charAt(end))) end++;
    if (end - at < min) return -1;
    const found = text.slice(at, end);
    take(reading, Number(found), found);
    return end;
  };
}

/** Reads one of some names, whatever its case; the longest that fits. */
function names(all: readonly string[], take: (reading: Reading, index: number) => void): Step {
  return (text, at, reading) => {
    const rest = text.slice(at, at + 10).toLowerCase();
    const index = all.findIndex((name) => rest.startsWith(name));
    if (index === -1) return -1;
    take(reading, index);
    return at + all[index]!.length;
  };
}

function short(all: readonly string[]): string[] {
  return all.map((name) => name.slice(0, 3));
}

const literal =
  (character: string): Step =>
  (text, at) =>
    text.charAt(at) === character ? at + 1 : -1;

const blanks: Step = (text, at) => {
  let end = at;
  while (end < text.length && text.charAt(end).trim() === '') end++;
  // A blank that an earlier one of the pattern has taken is there too.
  return end > at || (at > 0 && text.charAt(at - 1).trim() === '') ? end : -1;
};

const offset: Step = (text, at, reading) => {
  const match = /^(?:[Zz]|([+-])(\d\d):?(\d\d))/.exec(text.slice(at, at + 6));
  if (!match) return -1;
  const minutes = Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0);
  if (minutes >= 24 * 60 || Number(match[3] ?? 0) > 59) return -1;
  reading.offset = match[1] === '-' ? -minutes : minutes;
  return at + match[0].length;
};

const zone = names(['utc', 'gmt', 'z'], (reading) => (reading.offset = 0));

const STEPS: Readonly<Record<string, Step>> = {
  Y: digits(4, 4, (reading, value) => (reading.year = value)),
  y: digits(2, 2, (reading, value) => (reading.year = value + (value < 69 ? 2000 : 1900))),
  m: digits(1, 2, (reading, value) => (reading.month = value)),
  d: digits(1, 2, (reading, value) => (reading.day = value)),
  j: digits(1, 3, (reading, value) => (reading.dayOfYear = value)),
  H: digits(1, 2, (reading, value) => (reading.hour = value)),
  I: digits(1, 2, (reading, value) => (reading.hour12 = value)),
  M: digits(1, 2, (reading, value) => (reading.minute = value)),
  S: digits(1, 2, (reading, value) => (reading.second = value)),
  f: digits(1, 6, (reading, _, text) => (reading.fraction = text)),
  b: names(short(MONTHS), (reading, index) => (reading.month = index + 1)),
  B: names(MONTHS, (reading, index) => (reading.month = index + 1)),
  a: names(short(WEEKDAYS), () => undefined),
  A: names(WEEKDAYS, () => undefined),
  p: names(['am', 'pm'], (reading, index) => (reading.isAfternoon = index === 1)),
  z: offset,
  Z: zone,
  '%': literal('%'),
};
