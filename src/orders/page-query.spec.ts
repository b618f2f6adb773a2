import { describe, expect, it } from '@jest/globals';
import { asksForCsv, parseFlag, parsePageQuery } from './page-query.js';

describe('the parameters of a page', () => {
  it.each([
    [{}, { limit: 100, after: undefined }],
    [
      { limit: '0', after: '0' },
      { limit: 100, after: 0 },
    ],
    [
      { limit: '7', after: '12' },
      { limit: 7, after: 12 },
    ],
    [
      { limit: '9'.repeat(400), after: '9'.repeat(400) },
      { limit: 100, after: Number.MAX_SAFE_INTEGER },
    ],
  ])('%j are %j', (query, expected) => {
    expect(parsePageQuery(query, 100)).toEqual(expected);
  });

  it.each([
    [{ limit: '-1' }, ['limit']],
    [{ limit: '' }, ['limit']],
    [{ after: '1e3' }, ['after']],
    [{ limit: ['1', '2'], after: { a: '1' } }, ['limit', 'after']],
  ])('%j are refused', (query, names) => {
    expect(() => parsePageQuery(query, 100)).toThrow(
      expect.objectContaining({ errors: names.map((path) => ({ path, message: 'is not valid' })) }),
    );
  });
});

describe('a flag', () => {
  it.each([
    [undefined, false],
    ['true', true],
    ['TRUE', true],
    ['1', true],
    ['False', false],
    ['0', false],
  ])('of %j is %j', (flag, expected) => {
    expect(parseFlag({ flag }, 'flag')).toBe(expected);
  });

  it.each(['', 'yes', 'constructor', ['true']])('is not %j', (flag) => {
    expect(() => parseFlag({ flag }, 'flag')).toThrow(/flag/);
  });
});

describe('the format', () => {
  it('is JSON or CSV', () => {
    expect([asksForCsv({}), asksForCsv({ format: 'json' }), asksForCsv({ format: 'csv' })]).toEqual([
      false,
      false,
      true,
    ]);
    expect(() => asksForCsv({ format: ['csv'] })).toThrow(/format/);
  });
});
