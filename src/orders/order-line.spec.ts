import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { COLUMNS, type Layout, longerThan, parseBirthday, parseHeader, parseLine } from './order-line.js';
import { OrderHeaderError } from './orders.errors.js';

const LAYOUT: Layout = { id: 0, name: 1, email: 2, state: 3, zipcode: 4, birthday: 5 };
/** A line, taken apart at its commas as the reader does. */
const line = (text: string, layout = LAYOUT) => parseLine(text.split(','), layout);

describe('the header', () => {
  it('names the columns, up to the first comma', () => {
    expect(parseHeader(['id|name|email|state|zipcode|birthday'])).toEqual(LAYOUT);
    expect(parseHeader(['id|name|email|state|zipcode|birthday', ' whatever', ''])).toEqual(LAYOUT);
    expect(parseHeader([' id | name |email|state|zipcode|birthday '])).toEqual(LAYOUT);
  });

  it('may name them in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...COLUMNS], { minLength: COLUMNS.length }), (names) => {
        const layout = parseHeader([names.join('|')]);
        const values = {
          id: '7',
          name: 'Ann',
          email: 'a@b.co',
          state: 'NY',
          zipcode: '1',
          birthday: 'Feb 1 1999',
        };
        const text = names.map((name) => values[name]).join('|');
        expect(line(text, layout)).toEqual({ ...values, id: 7, birthday: '1999-02-01' });
      }),
    );
  });

  it.each([
    ['id|name|email|state|zipcode', /missing: birthday\)/],
    ['id|name|email|state|zipcode|birthday|colour', /unknown: colour\)/],
    ['id|name|email|state|zipcode|birthday|id', /repeated: id\)/],
    ['ID|name|email|state|zipcode|birthday', /unknown: ID; missing: id\)/],
    ['', /missing: id, name, email, state, zipcode, birthday\)/],
    ['id,name,email,state,zipcode,birthday', /missing: name, email/],
    ['9|Stone Dominguez|a@b.co|IA|05938|Feb 27', /unknown: 9, Stone Dominguez, a@b.co/],
  ])('%p is refused', (text, why) => {
    const parse = () => parseHeader(text.split(','));
    expect(parse).toThrow(OrderHeaderError);
    expect(parse).toThrow(why);
  });

  it('is refused in a few words however long it is', () => {
    const huge = Array.from({ length: 1000 }, () => 'x'.repeat(1000)).join('|');
    expect(() => parseHeader([huge])).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/.{900}/) }),
    );
  });
});

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
        const parsed = parseLine(fields, LAYOUT);
        expect('code' in parsed || Number.isInteger(parsed.id)).toBe(true);
      }),
    );
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
  ])('%p is %s', (text, date) => {
    expect(parseBirthday(text)).toBe(date);
  });

  it.each([
    '',
    'January 1 1980',
    '1980-01-01',
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
