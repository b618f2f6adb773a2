import { describe, expect, it } from '@jest/globals';
import { OrderQueryError } from '../orders.errors.js';
import { parseExportQuery, parseOrderQuery } from './order-query.js';
import { BY_ID, parseSort, SORTS, writeCursor } from './order-sort.js';

const NOTHING = {
  limit: 1000,
  offset: 0,
  after: undefined,
  place: undefined,
  full: false,
  valid: undefined,
  state: undefined,
  import: undefined,
  filters: [],
  sort: BY_ID,
};
const parse = (query: Record<string, unknown>) => parseOrderQuery(query, 1000);

describe('the parameters of the list', () => {
  it.each([
    [{}, {}],
    [
      { limit: '50', offset: '3', after: '-7' },
      { limit: 50, offset: 3, after: -7 },
    ],
    [{ limit: '0', offset: '0', after: '0' }, { after: 0 }],
    [{ limit: '00' }, {}],
    [{ limit: '1001' }, {}],
    [{ limit: '9'.repeat(400), offset: '9'.repeat(400) }, { offset: Number.MAX_SAFE_INTEGER }],
    [{ after: `-${'9'.repeat(400)}` }, { after: Number.MIN_SAFE_INTEGER }],
    [{ valid: 'true' }, { valid: true }],
    [{ valid: 'TRUE' }, { valid: true }],
    [{ valid: '1' }, { valid: true }],
    [{ valid: 'False' }, { valid: false }],
    [{ valid: '0' }, { valid: false }],
    [{ state: 'NY' }, { state: 'NY' }],
    [{ state: 'ny' }, { state: 'ny' }],
    [{ uuid: 'x', colour: 'red' }, {}],
    [{ sort: 'id' }, {}],
    [
      { sort: '-id', after: '5' },
      { sort: parseSort('-id'), after: 5 },
    ],
    [{ fields: 'all' }, { full: true }],
    [{ import: '0199F0DE-5f5a-7cc4-8d3e-0123456789ab' }, { import: '0199F0DE-5f5a-7cc4-8d3e-0123456789ab' }],
  ])('%p', (query, expected) => {
    expect(parse(query)).toEqual({ ...NOTHING, ...expected });
  });

  it.each(['limit', 'offset'])('%s must be digits', (name) => {
    for (const value of ['', 'ab', '-1', '+1', '1.5', '1e3', ' 1', '1 ', '0x1', '١', ['1', '2']]) {
      expect(() => parse({ [name]: value })).toThrow(OrderQueryError);
    }
  });

  it.each([
    [{ after: '1.5' }, 'after'],
    [{ valid: 'beans' }, 'valid'],
    [{ valid: 'toString' }, 'valid'],
    [{ valid: '__proto__' }, 'valid'],
    [{ valid: '' }, 'valid'],
    [{ valid: ['1', '1'] }, 'valid'],
    [{ state: 'N' }, 'state'],
    [{ state: 'NYC' }, 'state'],
    [{ state: '45' }, 'state'],
    [{ state: '%%' }, 'state'],
    [{ state: 'ÑY' }, 'state'],
    [{ state: 'NY\n' }, 'state'],
    [{ sort: 'age' }, 'sort'],
    [{ sort: '' }, 'sort'],
    [{ sort: '--id' }, 'sort'],
    [{ sort: '-' }, 'sort'],
    [{ sort: 'constructor' }, 'sort'],
    [{ sort: ['id', 'id'] }, 'sort'],
    [{ sort: 'age', after: 'x' }, 'sort'],
    [{ after: 'x', sort: '-id' }, 'after'],
    [{ after: '7', sort: 'name' }, 'cursor'],
    [{ after: ['7'], sort: 'name' }, 'cursor'],
    [{ fields: 'name' }, 'fields'],
    [{ fields: '' }, 'fields'],
    [{ import: '' }, 'import'],
    [{ import: '0199f0de' }, 'import'],
    [{ import: "0199f0de-5f5a-7cc4-8d3e-0123456789ab'" }, 'import'],
    [{ id: '1,' }, 'id'],
    [{ q: 'a\0b' }, 'q'],
  ])('%p is refused by name', (query, name) => {
    expect(() => parse(query)).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ path: name })] }),
    );
  });

  it('are all named when several are wrong', () => {
    expect(() => parse({ limit: 'ab', offset: 'cd', valid: 'true' })).toThrow(/limit, offset\./);
  });

  it('go on after a place in any other sort than by id, as a cursor of that sort says', () => {
    for (const name of SORTS) {
      const sort = parseSort(name)!;
      if (!sort.key) continue;
      const value = sort.key.type === 'boolean' ? true : sort.key.type === 'date' ? '1963-02-27' : 'ann';
      const place = { value, id: 7 };
      const query = parse({ sort: name, after: writeCursor(sort, place) });
      expect(query).toEqual({ ...NOTHING, sort, place });
    }
  });

  it('keep the filters with the texts that they were given as', () => {
    const { filters } = parse({ q: 'a&b', zipcode: '', id_from: '3' });
    expect(filters.map(({ name, text }) => [name, text])).toEqual([
      ['id_from', '3'],
      ['zipcode', ''],
      ['q', 'a&b'],
    ]);
  });

  it('are all named when several of the newer ones are wrong', () => {
    expect(() => parse({ q: '\0', birthday: 'x', sort: 'x', limit: 'x' })).toThrow(
      /limit, sort, birthday, q\./,
    );
  });
});

describe('the parameters of an export', () => {
  it('are the filters, the sort and the format; those of a page are ignored', () => {
    const query = parseExportQuery({
      limit: 'x',
      after: 'x',
      offset: 'x',
      fields: 'x',
      sort: '-name',
      q: 'a',
    });
    expect(query).toMatchObject({ sort: parseSort('-name'), format: 'csv', filters: [{ name: 'q' }] });
    expect(parseExportQuery({ format: 'json' }).format).toBe('json');
  });

  it.each(['xml', '', 'CSV', ['csv', 'csv']])('do not name the format %p', (format) => {
    expect(() => parseExportQuery({ format })).toThrow(/format\./);
  });
});
