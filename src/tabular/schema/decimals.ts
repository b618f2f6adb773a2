const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const UPPER_E = 0x45;
const LOWER_E = 0x65;

/** Longest number, characters. A database would take more, and a short text could make it store a very long number. */
const MAX_LENGTH = 1000;
/** A double goes to 308. */
const MAX_EXPONENT = 400;
const MAX_INT64 = 2n ** 63n - 1n;

function isDigit(code: number): boolean {
  return code >= ZERO && code <= ZERO + 9;
}

/** The place after the digits that begin at `at`. */
function afterDigits(text: string, at: number): number {
  while (at < text.length && isDigit(text.charCodeAt(at))) at++;
  return at;
}

/** Whether the whole text is digits, one at least. */
export function isDigits(text: string): boolean {
  return text.length > 0 && afterDigits(text, 0) === text.length;
}

function hasSign(text: string): boolean {
  const first = text.charCodeAt(0);
  return first === MINUS || first === PLUS;
}

/** An integer of 64 bits without plus and leading zeros; undefined where the text is none. */
export function castInteger(text: string): string | undefined {
  const start = hasSign(text) ? 1 : 0;
  const { length } = text;
  if (start === length || afterDigits(text, start) !== length) return undefined;
  if (length - start > 18 && !isInt64(text)) return undefined;
  const isPlain = text.charCodeAt(start) !== ZERO && text.charCodeAt(0) !== PLUS;
  return isPlain || length === 1 ? text : withoutZeros(text);
}

function isInt64(text: string): boolean {
  if (text.length > MAX_LENGTH) return false;
  const value = BigInt(text.charCodeAt(0) === PLUS ? text.slice(1) : text);
  return value <= MAX_INT64 && value >= -MAX_INT64 - 1n;
}

/** Whether it is an integer in all but its size. */
export function isLongInteger(text: string): boolean {
  return isDigits(hasSign(text) ? text.slice(1) : text);
}

function withoutZeros(text: string): string {
  let at = hasSign(text) ? 1 : 0;
  while (at < text.length - 1 && text.charCodeAt(at) === ZERO && isDigit(text.charCodeAt(at + 1))) at++;
  const digits = text.slice(at);
  return text.charCodeAt(0) === MINUS && digits !== '0' ? `-${digits}` : digits;
}

/** A decimal number, with an exponent or without, as JSON has it; undefined where the text is none. */
export function castDecimal(text: string): string | undefined {
  const { length } = text;
  if (length > MAX_LENGTH) return undefined;
  const start = hasSign(text) ? 1 : 0;
  const whole = afterDigits(text, start);
  let end = whole;
  if (text.charCodeAt(whole) === POINT) end = afterDigits(text, whole + 1);
  const digits = end - start - (end > whole ? 1 : 0);
  if (digits === 0) return undefined;
  if (end < length && !isExponent(text, end)) return undefined;
  const isPlain =
    whole > start &&
    end !== whole + 1 &&
    text.charCodeAt(0) !== PLUS &&
    (text.charCodeAt(start) !== ZERO || whole === start + 1);
  if (isPlain) return text;
  const fraction = end > whole + 1 ? text.slice(whole, end) : '';
  const sign = text.charCodeAt(0) === MINUS ? '-' : '';
  const integer = whole > start ? withoutZeros(text.slice(start, whole)) : '0';
  return sign + integer + fraction + text.slice(end);
}

function isExponent(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code !== UPPER_E && code !== LOWER_E) return false;
  const exponent = text.slice(at + 1);
  const digits = hasSign(exponent) ? exponent.slice(1) : exponent;
  return isDigits(digits) && Number(digits) <= MAX_EXPONENT;
}

/** A number in parts: `digits` times ten to the power of `exponent`. */
function partsOf(text: string): { digits: bigint; exponent: number } {
  const [mantissa = '', power = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
}

function isSpecial(value: string): boolean {
  return value === 'NaN' || value.endsWith('Infinity');
}

/** Compares two numbers exactly. A NaN is equal to none, and comes as NaN. */
export function compareDecimals(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  // Rounding keeps the order, so only what is rounded to the same needs a closer look.
  if (x !== y || isSpecial(a) || isSpecial(b)) return Math.sign(x === y ? 0 : x - y);
  const [p, q] = [partsOf(a), partsOf(b)];
  const shift = Math.min(p.exponent, q.exponent);
  const left = p.digits * 10n ** BigInt(p.exponent - shift);
  const right = q.digits * 10n ** BigInt(q.exponent - shift);
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The same text for equal numbers: 1, 1.0 and 10e-1. */
export function decimalKey(value: string): string {
  if (isSpecial(value)) return value;
  let { digits, exponent } = partsOf(value);
  if (digits === 0n) return '0';
  while (digits % 10n === 0n) {
    digits /= 10n;
    exponent += 1;
  }
  return `${digits}e${exponent}`;
}

/** The exact product of two numbers. A special value times anything is that value, or NaN. */
export function multiply(a: string, b: string): string {
  if (isSpecial(a) || isSpecial(b)) {
    const product = Number(a) * Number(b);
    return String(product);
  }
  const [p, q] = [partsOf(a), partsOf(b)];
  const digits = (p.digits * q.digits).toString();
  const exponent = p.exponent + q.exponent;
  if (exponent >= 0) return digits === '0' ? '0' : digits + '0'.repeat(exponent);
  const sign = digits.startsWith('-') ? '-' : '';
  const padded = digits.slice(sign.length).padStart(1 - exponent, '0');
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}
