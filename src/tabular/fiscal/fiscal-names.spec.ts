import { describe, expect, it } from '@jest/globals';
import { factTableName, slug, UniqueNames } from './fiscal-names.js';

describe('names', () => {
  it.each([
    ['Ação Orçamentária', 'acao_orcamentaria'],
    ['  a--b__c ', 'a_b_c'],
    ['Бюджет 2024', 'бюджет_2024'],
    ['!?', ''],
    ['a'.repeat(40), 'a'.repeat(30)],
    ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaa b', 'a'.repeat(29)],
    ['日'.repeat(40), '日'.repeat(18)],
  ])('%s becomes %s', (text, expected) => expect(slug(text, 30)).toBe(expected));

  it('are given once each', () => {
    const names = new UniqueNames(2);
    expect(['A', 'a', 'a 2', 'a', '?', '?'].map((name) => names.take(name, 'column'))).toEqual([
      'a',
      'a_2',
      'a_2_2',
      'a_3',
      'column',
      'column_2',
    ]);
  });

  it('of columns are none of those that PostgreSQL has of its own', () => {
    const names = UniqueNames.ofColumns(2);
    expect(['XMIN', 'ctid', 'xmin 2'].map((name) => names.take(name, 'column'))).toEqual([
      'xmin_2',
      'ctid_2',
      'xmin_2_2',
    ]);
  });

  it('are soon given to thousands that are alike', () => {
    const names = new UniqueNames(2);
    const begun = performance.now();
    for (let count = 0; count < 20_000; count++) names.take('a', 'column');
    expect(names.take('a', 'column')).toBe('a_20001');
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  it('of tables differ where packages do, and fit into 63 bytes', () => {
    const [long, other] = ['x'.repeat(60), `${'x'.repeat(60)}y`];
    expect(factTableName('jane', long)).not.toBe(factTableName('jane', other));
    expect(Buffer.byteLength(factTableName('Ж'.repeat(50), '日'.repeat(50)))).toBeLessThan(64);
  });
});
