import { ID_RANGE } from './imports/order-line.js';

const INTEGER = /^-?\d+$/;

/** Whether a text is a whole number. */
export function isInteger(text: string): boolean {
  return INTEGER.test(text);
}

/** A number as close to the one written as the database can compare with; nothing where it is no whole number. */
export function parseInteger(text: string): number | undefined {
  return isInteger(text) ? bounded(Number(text)) : undefined;
}

/** The nearest number that the database can compare with. */
export function bounded(value: number): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(value, Number.MAX_SAFE_INTEGER));
}

/** Whether something can be the id of an order; the database refuses to look for anything else. */
export function isOrderId(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= ID_RANGE.min && Number(value) <= ID_RANGE.max;
}

/** Whether the database can hold a text: it knows no NUL. */
export function isText(text: string): boolean {
  return !text.includes('\0');
}

/** Whether a text is a date of the calendar, as YYYY-MM-DD. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text.startsWith('0000')) return false;
  const date = new Date(`${text}T00:00:00Z`);
  // A day that its month does not have becomes one of the next month, or no date.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
