import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nicknameBase, nicknameCandidates } from './made-up-nickname.js';
import { normalizeNickname } from './nickname.js';

describe('a nickname that is made up', () => {
  it.each([
    ['OctoCat', 'octocat'],
    ['ann.example+tag', 'ann.example+tag'],
    ['  Ann  Example ', 'ann-example'],
    ['a:b/c?d#e', 'a-b-c-d-e'],
    ['\u0000\u202e\u200b', 'user'],
    ['', 'user'],
    ['Åsa', 'åsa'],
  ])('of %j', (text, expected) => expect(nicknameBase(text)).toBe(expected));

  it('is valid whatever it is made of, with a number behind it too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        for (const candidate of nicknameCandidates(nicknameBase(text)))
          expect(normalizeNickname(candidate)).toBe(candidate);
      }),
    );
  });

  it('is none that people take for an operator, and ends with one that nobody has', () => {
    const candidates = nicknameCandidates('admin');
    expect(candidates.slice(0, 2)).toEqual(['admin1', 'admin2']);
    expect(candidates.at(-1)).toMatch(/^admin\d{10}$/);
  });
});
