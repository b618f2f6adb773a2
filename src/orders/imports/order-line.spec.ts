import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Dialect } from '../order-columns.js';
import { longerThan, parseBirthday, parseLine } from './order-line.js';

const ORIGINAL: Dialect = {
  delimiter: '|',
  width: 6,
  layout: { id: 0, name: 1, email: 2, state: 3, zipcode: 4, birthday: 5 },
};
/** A line, taken apart at its commas as the reader does. */
const line = (text: string) => parseLine(text.split(','), ORIGINAL);

describe('a line', () => {
  it('becomes an order', () => {
    expect(line('9|Stone Dominguez|a@b.co|IA|05938|Feb 27, 1963')).toEqual({
      id: 9,
      name: 'Stone Dominguez',
      email: 'a@b.co',
      state: 'IA',
      zipcode: '05938',
      birthday: '1963-02-27',
    });
  });

  it('keeps what it says, commas apart, which become spaces', () => {
    expect(line('1|Doe, John|a@b.co|N,|1|Feb 27 1963')).toMatchObject({ name: 'Doe  John', state: 'N ' });
    expect(line('1|,|a,b|NY||Feb 27 1963')).toMatchObject({ name: ' ', email: 'a b', zipcode: '' });
    expect(line('1|"Ann"| a@b.co |NY| 1 |Feb 27 1963')).toMatchObject({
      name: '"Ann"',
      email: ' a@b.co ',
      zipcode: ' 1 ',
    });
  });

  it.each([
    ['0', 0],
    ['-5', -5],
    ['+5', 5],
    [' 007 ', 7],
    ['2147483647', 2147483647],
    ['-2147483648', -2147483648],
  ])('may have the id %p', (written, id) => {
    expect(line(`${written}|n|e|NY|1|Feb 27 1963`)).toMatchObject({ id });
  });

  it.each([
    ['', 'ID_NOT_INTEGER'],
    ['abc', 'ID_NOT_INTEGER'],
    ['1.5', 'ID_NOT_INTEGER'],
    ['1e3', 'ID_NOT_INTEGER'],
    ['0x10', 'ID_NOT_INTEGER'],
    ['- 1', 'ID_NOT_INTEGER'],
    ['١', 'ID_NOT_INTEGER'],
    ['2147483648', 'ID_OUT_OF_RANGE'],
    ['-2147483649', 'ID_OUT_OF_RANGE'],
    ['9'.repeat(400), 'ID_OUT_OF_RANGE'],
  ])('may not have the id %p: %s', (written, code) => {
    expect(line(`${written}|n|e|NY|1|Feb 27 1963`)).toMatchObject({ code, column: 'id', value: written });
  });

  it.each([
    ['', 1],
    [' ', 1],
    ['1|n|e|NY|1', 5],
    ['1|n|e|NY|1|Feb 27 1963|', 7],
    ['1;n;e;NY;1;Feb 27 1963', 1],
  ])('%p has the wrong number of fields', (text, found) => {
    expect(line(text)).toEqual({
      code: 'FIELD_COUNT',
      column: null,
      value: text,
      params: { expected: 6, found },
    });
  });

  it.each([
    ['name', `1|${'n'.repeat(256)}|e|NY|1|Feb 27 1963`, 255],
    ['email', `1|n|${'e'.repeat(321)}|NY|1|Feb 27 1963`, 320],
    ['state', '1|n|e|NYC|1|Feb 27 1963', 2],
  ])('may not have a longer %s than its column takes', (column, text, max) => {
    expect(line(text)).toMatchObject({ code: 'VALUE_TOO_LONG', column, params: { max } });
  });

  it('counts characters as the database does', () => {
    expect(line(`1|${'n'.repeat(255)}|e|🍷🍷|1|Feb 27 1963`)).toMatchObject({ id: 1 });
    expect(line(`1|${'🍷'.repeat(256)}|e|NY|1|Feb 27 1963`)).toMatchObject({ code: 'VALUE_TOO_LONG' });
    expect(longerThan('zipcode', '1'.repeat(12))).toBeUndefined();
    expect(longerThan('zipcode', '1'.repeat(13))).toMatchObject({
      code: 'VALUE_TOO_LONG',
      column: 'zipcode',
    });
  });

  it('becomes an order or a fault, whatever it holds', () => {
    const piece = fc.string({ unit: fc.constantFrom('1', '|', ' ', 'Feb', '"', '\u0000', 'é', '-', '.') });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1 }), (fields) => {
        const parsed = parseLine(fields, ORIGINAL);
        expect('code' in parsed || Number.isInteger(parsed.id)).toBe(true);
      }),
    );
  });
});

describe('a line of RFC 4180', () => {
  const layout = { name: 0, birthday: 1, id: 3, email: 4, state: 5, zipcode: 6 };
  const commas: Dialect = { delimiter: ',', width: 7, layout };
  const order = {
    id: 9,
    name: 'Doe, Ann',
    email: 'a@b.co',
    state: 'NY',
    zipcode: '1',
    birthday: '1963-02-27',
  };

  it('keeps its commas, and has values that are left out', () => {
    const rest = ['colour', '9', 'a@b.co', 'NY', '1'];
    expect(parseLine(['Doe, Ann', 'Feb 27, 1963', ...rest], commas)).toEqual(order);
    expect(parseLine(['Doe, Ann', '1963-02-27', ...rest], commas)).toEqual(order);
  });

  it('may have its birthday without quotes', () => {
    const fields = ['Doe, Ann', 'Feb 27', ' 1963', 'colour', '9', 'a@b.co', 'NY', '1'];
    expect(parseLine(fields, commas)).toEqual(order);
    expect(parseLine(fields.with(1, 'Feb 30'), commas)).toMatchObject({
      code: 'FIELD_COUNT',
      value: 'Doe, Ann,Feb 30, 1963,colour,9,a@b.co,NY,1',
      params: { expected: 7, found: 8 },
    });
    expect(parseLine(fields, { ...commas, delimiter: ';' })).toMatchObject({ code: 'FIELD_COUNT' });
  });

  it('of a mended file loses the apostrophe that keeps a formula from running, and no other', () => {
    const mended = { ...ORIGINAL, delimiter: ',' as const, width: 7, mended: { rest: 6 } };
    const fields = ["'-9", "'=Ann", "'a@b.co", 'NY', '1', 'Feb 27 1963', ''];
    expect(parseLine(fields, mended)).toMatchObject({ id: -9, name: '=Ann', email: "'a@b.co" });
    expect(parseLine(fields.slice(0, 6), { ...ORIGINAL, delimiter: ',' })).toMatchObject({ value: "'-9" });
    expect(parseLine(fields.with(6, 'too much'), mended)).toMatchObject({
      code: 'FIELD_COUNT',
      value: 'too much',
    });
  });
});

describe('a birthday', () => {
  it.each([
    ['Feb 27, 1963', '1963-02-27'],
    ['Feb 27 1963', '1963-02-27'],
    ['Feb 27  1963', '1963-02-27'],
    ['feb\t7,1963', '1963-02-07'],
    ['FEB 07 , 1963 ', '1963-02-07'],
    [' Dec 31 9999', '9999-12-31'],
    ['Jan 1 0001', '0001-01-01'],
    ['Feb 29 2000', '2000-02-29'],
    ['Feb 29 2024', '2024-02-29'],
    ['1963-02-27', '1963-02-27'],
    [' 2000-02-29 ', '2000-02-29'],
  ])('%p is %s', (text, date) => {
    expect(parseBirthday(text)).toBe(date);
  });

  it.each([
    '',
    'January 1 1980',
    '1980-02-30',
    '1980-13-01',
    '1980-00-10',
    '0000-01-01',
    '1980-1-1',
    '80-01-01',
    '1980-01-01T00:00:00Z',
    '01/02/1980',
    'Feb 30 1980',
    'Feb 29 1900',
    'Feb 29 2023',
    'Apr 31 1980',
    'Feb 0 1980',
    'Feb 100 1980',
    'Foo 1 1980',
    'Feb 1 80',
    'Feb 1 19800',
    'Feb 1 0000',
    'Feb1 1980',
    'Feb 11980',
    'Feb 1,, 1980',
    '1 Feb 1980',
    'Feb 1 1980 x',
    'Fév 1 1980',
  ])('%p is none', (text) => {
    expect(parseBirthday(text)).toBeUndefined();
  });

  it('can be any day of four thousand years, and no other', () => {
    const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4000 }),
        fc.nat(11),
        fc.integer({ min: 0, max: 33 }),
        (year, month, day) => {
          const written = String(year).padStart(4, '0');
          const date = new Date(0);
          date.setUTCFullYear(year, month, day);
          const exists = date.getUTCMonth() === month && date.getUTCDate() === day;
          expect(parseBirthday(`${months[month]!} ${day}, ${written}`)).toBe(
            exists ? date.toISOString().slice(0, 10) : undefined,
          );
        },
      ),
      { numRuns: 1000 },
    );
  });
});
