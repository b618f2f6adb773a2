import { describe, expect, it } from '@jest/globals';
import { OrderQueryError } from './orders.errors.js';
import { parseOrderQuery } from './order-query.js';

const NOTHING = { limit: 1000, offset: 0, after: undefined, valid: undefined, state: undefined };
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
  ])('%p is refused by name', (query, name) => {
    expect(() => parse(query)).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ path: name })] }),
    );
  });

  it('are all named when several are wrong', () => {
    expect(() => parse({ limit: 'ab', offset: 'cd', valid: 'true' })).toThrow(/limit, offset\./);
  });
});
