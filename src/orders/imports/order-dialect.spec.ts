import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { COLUMNS, type ColumnMap, DELIMITERS } from '../order-columns.js';
import { MAX_HEADER, readHead } from './order-dialect.js';
import { OrderHeaderError, OrderHeaderUnreadableError } from '../orders.errors.js';

const LAYOUT = { id: 0, name: 1, email: 2, state: 3, zipcode: 4, birthday: 5 };
const head = (text: string | Buffer, map?: ColumnMap) => readHead(Buffer.from(text), map);

describe('the head of a file', () => {
  it('is its first line', async () => {
    expect(await head('id|name|email|state|zipcode|birthday\n9|x')).toEqual({
      dialect: { delimiter: '|', width: 6, layout: LAYOUT },
      offset: 37,
      line: 2,
      encoding: null,
    });
  });

  it.each(['', '\ufeff', '\n\r\n\n'])('is missing in %p', async (text) => {
    expect(await head(text)).toBeUndefined();
  });

  it('may follow blank lines and a mark, and end with the file', async () => {
    const found = await head('\ufeff\n\nid|name|email|state|zipcode|birthday');
    expect(found).toMatchObject({ offset: 41, line: 3, encoding: 'utf-8' });
  });

  it('ends at the first comma in the form of the original', async () => {
    const found = await head('id|name|email|state|zipcode|birthday, whatever,\n');
    expect(found).toMatchObject({ dialect: { delimiter: '|', width: 6, layout: LAYOUT } });
  });

  it('names the columns in any order and case, between any of the delimiters', async () => {
    const written = {
      id: 'ID',
      name: 'Name',
      email: 'E-mail',
      state: ' state ',
      zipcode: 'Zip Code',
      birthday: 'birth_day',
    };
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...COLUMNS], { minLength: COLUMNS.length }),
        fc.constantFrom(...DELIMITERS),
        fc.boolean(),
        async (columns, delimiter, quoted) => {
          const quote = quoted && delimiter !== '|' ? '"' : '';
          const names = columns.map((column) => quote + written[column] + quote);
          const { dialect } = (await head(`${names.join(delimiter)}\r\n1`))!;
          const layout = Object.fromEntries(columns.map((column, index) => [column, index]));
          expect(dialect).toEqual({ delimiter, width: 6, layout });
        },
      ),
    );
  });

  it('may have names that a map explains or leaves out', async () => {
    const text = 'Customer;Nr.;Mail;State;Zip;Born on;Colour\n';
    const map = {
      'nr.': 'id',
      Customer: 'name',
      MAIL: 'email',
      zip: 'zipcode',
      'born on': 'birthday',
      colour: null,
    } as const;
    expect(await head(text, map)).toMatchObject({
      dialect: {
        delimiter: ';',
        width: 7,
        layout: { name: 0, id: 1, email: 2, state: 3, zipcode: 4, birthday: 5 },
      },
    });
    await expect(head(text, { ...map, 'born on': null })).rejects.toThrow(/missing: birthday/);
  });

  it('may be that of a list of rejected lines', async () => {
    const text =
      'id,name,email,state,zipcode,birthday,rejected_line,rejected_column,rejected_reason,rejected_rest\r\n';
    expect(await head(text)).toMatchObject({ dialect: { width: 10, layout: LAYOUT, mended: { rest: 9 } } });
  });

  it.each([
    ['id|name|email|state|zipcode', /missing: birthday;/],
    ['id|name|email|state|zipcode|birthday|colour', /unknown: colour;/],
    ['id|name|email|state|zipcode|birthday|ID', /repeated: id\)/],
    ['id,name,email,state,zipcode,birthday,colour', /unknown: colour;/],
    ['id;name;email;state;zipcode', /missing: birthday;/],
    ['PK\u0003\u0004', /missing: id, name, email, state, zipcode, birthday;/],
    ['9|Stone Dominguez|a@b.co|IA|05938|Feb 27, 1963', /unknown: 9, Stone Dominguez, a@b.co/],
  ])('is refused where it is %p', async (text, why) => {
    await expect(head(text)).rejects.toThrow(OrderHeaderError);
    await expect(head(text)).rejects.toThrow(why);
  });

  it.each([
    ['holds NUL', 'id\0|name', /NUL/],
    ['is as long as can be', 'x'.repeat(MAX_HEADER), /longer than 65536 bytes/],
    ['is behind more blank lines than are looked at', '\n'.repeat(MAX_HEADER), /only blank lines/],
  ])('is refused where it %s', async (_, text, why) => {
    await expect(head(text)).rejects.toThrow(OrderHeaderUnreadableError);
    await expect(head(text)).rejects.toThrow(why);
  });

  it('is refused in a few words however many columns it has', async () => {
    const names = Array.from({ length: 6000 }, (_, index) => `column ${index}`).join('|');
    await expect(head(names)).rejects.toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/.{1100}/) }),
    );
  });
});
