import { describe, expect, it } from '@jest/globals';
import { newUserid, normalizeNickname, randomPassword } from './nickname.js';

describe('normalizeNickname', () => {
  it.each([
    ['Ann', 'ann'],
    ['ann@example.org', 'ann@example.org'],
    ['ÄNN', 'änn'],
    ['a\u0308nn', 'änn'],
    ['a'.repeat(64), 'a'.repeat(64)],
  ])('makes %j to %j', (text, nickname) => expect(normalizeNickname(text)).toBe(nickname));

  it.each([
    '',
    ' ',
    'a b',
    'a:b',
    'a/b',
    'a?b',
    'a#b',
    'a\u0000',
    'a\n',
    'a\u200b',
    '\ud800',
    '\ufeffa',
    'a'.repeat(65),
  ])('refuses %j', (text) => expect(normalizeNickname(text)).toBeUndefined());
});

describe('what is random', () => {
  it('is never the same, and of the right form', () => {
    expect(newUserid()).toMatch(/^[0-9a-f]{32}$/);
    expect(randomPassword()).toMatch(/^[a-zA-Z2-9]{20}$/);
    expect(new Set(Array.from({ length: 100 }, newUserid)).size).toBe(100);
    expect(new Set(Array.from({ length: 100 }, randomPassword)).size).toBe(100);
  });
});
