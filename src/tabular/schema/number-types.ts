import {
  castDecimal,
  castInteger,
  compareDecimals,
  decimalKey,
  isDigits,
  isLongInteger,
} from './decimals.js';
import type { FieldType } from './field-type.js';
import type { FieldDescriptor } from './table-schema.js';

type NumberOptions = Pick<FieldDescriptor, 'bareNumber' | 'decimalChar' | 'groupChar'>;

/** The type `integer`: 64 bits, as a database has them. */
export function integerType(options: NumberOptions): FieldType {
  const prepare = preparation({ ...options, decimalChar: options.groupChar === '.' ? ',' : '.' });
  return {
    cast: prepare === undefined ? castInteger : (text) => castPrepared(text, prepare, castInteger),
    castTyped: castInteger,
    explain: explainInteger,
    compare: compareDecimals,
    isJson: true,
    isTrimmed: true,
  };
}

/** The type `number`: a decimal number of any precision, or NaN, INF and -INF. */
export function numberType(options: NumberOptions): FieldType {
  const prepare = preparation(options);
  const cast = (text: string) => castDecimal(text) ?? SPECIAL.get(text);
  return {
    cast:
      prepare === undefined ? cast : (text) => SPECIAL.get(text) ?? castPrepared(text, prepare, castDecimal),
    castTyped: castDecimal,
    explain: (text) => explainNumber(text, options),
    compare: compareDecimals,
    key: decimalKey,
    isJson: true,
    isTrimmed: true,
  };
}

/** The type `year`: four digits, 0000 to 9999. */
export function yearType(): FieldType {
  const cast = (text: string) => (text.length === 4 && isDigits(text) ? castInteger(text) : undefined);
  return {
    cast,
    explain: () => 'is not a year. Write four digits, such as 2024.',
    compare: compareDecimals,
    isJson: true,
    isTrimmed: true,
  };
}

const SPECIAL: ReadonlyMap<string, string> = new Map([
  ['NaN', 'NaN'],
  ['INF', 'Infinity'],
  ['-INF', '-Infinity'],
]);

function explainInteger(text: string): string {
  if (isLongInteger(text)) return 'is not an integer of 64 bits. Make the field a number.';
  if (castDecimal(text) !== undefined)
    return 'is not an integer. Remove the fraction or make the field a number.';
  if (castDecimal(text.replaceAll(',', '')) !== undefined) {
    return 'is not an integer. Remove the comma, or declare what it means: groupChar or a number with decimalChar.';
  }
  return 'is not an integer. Write digits only, such as 42, or make the field a string.';
}

function explainNumber(text: string, { decimalChar = '.', groupChar }: NumberOptions): string {
  if (decimalChar === '.' && groupChar === undefined && text.includes(',')) {
    return 'is not a number. Write it with a decimal point, or give the field a decimalChar or groupChar.';
  }
  if (groupChar !== undefined && text.includes(groupChar)) {
    return `is not a number. "${groupChar}" may only part groups of digits, and "${decimalChar}" the fraction.`;
  }
  return `is not a number. Write digits with "${decimalChar}" before the fraction, or make the field a string.`;
}

type Preparation = (text: string) => string | undefined;

function castPrepared(text: string, prepare: Preparation, cast: (text: string) => string | undefined) {
  const prepared = prepare(text);
  return prepared === undefined ? undefined : cast(prepared);
}

/** What turns a text with the field's own signs into one with a point and nothing else; undefined if nothing has to. */
function preparation({
  bareNumber = true,
  decimalChar = '.',
  groupChar,
}: NumberOptions): Preparation | undefined {
  if (bareNumber && decimalChar === '.' && groupChar === undefined) return undefined;
  return (text) => {
    const bare = bareNumber ? text : bareOf(text, decimalChar);
    const ungrouped = groupChar === undefined ? bare : withoutGroups(bare, groupChar, decimalChar);
    if (ungrouped === undefined || decimalChar === '.') return ungrouped;
    return ungrouped.includes('.') ? undefined : ungrouped.replace(decimalChar, '.');
  };
}

/**
 * The number in a text such as "€ -5.20" or "95 %". A minus counts where it stands at the very beginning or right
 * before the number.
 */
function bareOf(text: string, decimalChar: string): string {
  let start = 0;
  while (start < text.length && !isDigits(text.charAt(start))) start++;
  let end = text.length;
  while (end > start && !isDigits(text.charAt(end - 1))) end--;
  if (start === end) return text;
  let number = text.slice(start, end);
  let before = text.slice(0, start).trim();
  if (before.endsWith(decimalChar)) {
    number = decimalChar + number;
    before = before.slice(0, -decimalChar.length).trim();
  }
  return before.startsWith('-') || before.endsWith('-') ? `-${number}` : number;
}

/**
 * The number without the signs between groups. They must stand where groups of digits end: a comma that someone means as
 * a decimal comma would else make the number a hundred times as large, and nobody would see.
 */
function withoutGroups(text: string, groupChar: string, decimalChar: string): string | undefined {
  const isBlank = groupChar.trim() === '';
  const unified = isBlank ? text.replace(/[\u00a0\u2009\u202f]/g, ' ') : text;
  const point = unified.indexOf(decimalChar);
  const whole = point === -1 ? unified : unified.slice(0, point);
  const [first = '', ...others] = whole.split(isBlank ? ' ' : groupChar);
  if (others.length === 0) return unified;
  const isSigned = first.startsWith('-') || first.startsWith('+');
  const head = isSigned ? first.slice(1) : first;
  const isGrouped =
    isDigits(head) &&
    head.length <= 4 &&
    others.every((group, index) => isDigits(group) && isGroup(group.length, index === others.length - 1));
  return isGrouped ? first + others.join('') + (point === -1 ? '' : unified.slice(point)) : undefined;
}

/** Thousands; the lakhs of India have groups of two, the myriads of East Asia groups of four. */
function isGroup(length: number, isLast: boolean): boolean {
  return length >= (isLast ? 3 : 2) && length <= 4;
}
