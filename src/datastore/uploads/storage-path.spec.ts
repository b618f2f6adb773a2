import { describe, expect, it } from '@jest/globals';
import { storagePath } from './storage-path.js';

const VALUES = {
  owner: 'ann',
  dataset: 'budget',
  path: 'data/2026.csv',
  md5: 'fbff'.repeat(8),
  others: { length: '5', owner: 'bob' },
};

describe('the key that a pattern gives', () => {
  it.each([
    ['{owner}/{md5_hex}', `ann/${VALUES.md5}`],
    ['{owner}/{md5}', 'ann/-__7__v_-__7__v_-__7_w'],
    ['{owner}/{dataset}/{path}', 'ann/budget/data/2026.csv'],
    ['{owner}/{dirname}/{basename}', 'ann/data/2026.csv'],
    ['{owner}/{length}{extension}', 'ann/5.csv'],
  ])('%s', (pattern, key) => {
    expect(storagePath(pattern, VALUES)).toEqual({ key });
  });

  it('has no empty segment where a file has no directory', () => {
    expect(storagePath('{owner}/{dirname}/{basename}', { ...VALUES, path: 'a.csv' })).toEqual({
      key: 'ann/a.csv',
    });
  });

  it('is none where a variable has no value', () => {
    expect(storagePath('{owner}/{dataset}/{path}', { ...VALUES, dataset: null })).toEqual({
      fault: expect.stringContaining('dataset'),
    });
  });

  it.each(['a b', 'a?b', 'a&b', 'a#b', 'a+b', 'a%b', 'é', 'a\\b', 'a\0b', 'a\nb'])(
    'is none with %j in it',
    (path) => {
      expect(storagePath('{owner}/{path}', { ...VALUES, path })).toEqual({ fault: expect.any(String) });
    },
  );
});
