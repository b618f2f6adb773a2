import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AclPattern } from './acl-pattern.js';
import { AclPatternSyntaxError } from './acl-pattern-parser.js';

const fits = (pattern: string, name: string) => new AclPattern(pattern).matches(name);

describe('a pattern of an ACL', () => {
  it.each([
    ['.*', 'web1.example.org', true],
    ['test.ping', 'test.ping', true],
    ['test.ping', 'test.pings', false],
    ['test.ping', 'a-test.ping', false],
    ['test\\.ping', 'testxping', false],
    ['web[0-9]+', 'web12', true],
    ['web[0-9]+', 'web', false],
    ['web[^0-9]', 'webx', true],
    ['web[^0-9]', 'web1', false],
    ['[a\\-z]', '-', true],
    ['[a\\-z]', 'b', false],
    ['[\\w.-]+', 'a-b.c_9', true],
    ['web(1|2|)', 'web', true],
    ['web(?:1|2)', 'web3', false],
    ['a|b', 'b', true],
    ['a|b', 'ab', false],
    ['^web.*$', 'web1', true],
    ['^a|b$', 'b', true],
    ['x^a', 'xa', false],
    ['a{2}', 'aa', true],
    ['a{2}', 'aaa', false],
    ['a{2,}', 'aaaa', true],
    ['a{1,3}', 'aaaa', false],
    ['a.*?', 'abc', true],
    ['(a*)*b', 'aaab', true],
    ['(a*)*b', 'aaac', false],
    ['\\d\\D\\w\\W\\S', '1ab-c', true],
    ['état', 'état', true],
    ['.', '😀', true],
    ['Web', 'web', false],
    ['[]x]', 'x', undefined],
  ] as const)('%s fits %s: %s', (pattern, name, expected) => {
    if (expected === undefined) expect(() => new AclPattern(pattern)).toThrow(AclPatternSyntaxError);
    else expect(fits(pattern, name)).toBe(expected);
  });

  it.each([
    ['', /is empty/],
    ['*', /nothing before it to repeat; for anything write \.\*/],
    ['a**', /repeats a repetition/],
    ['a*+', /repeats a repetition/],
    ['(a', /\( that is not closed/],
    ['a)', /\) that closes nothing/],
    ['[a', /\[ that is not closed/],
    ['[]', /nothing in it/],
    ['[[:alpha:]]', /\[ inside/],
    ['[z-a]', /range/],
    ['[a-\\d]', /range/],
    ['a\\', /ends with a backslash/],
    ['(a)\\1', /\\1, which is not known/],
    ['\\bweb', /\\b, which is not known/],
    ['(?=a)', /only \( \) and \(\?: \)/],
    ['(?<n>a)', /only \( \) and \(\?: \)/],
    ['(?i)a', /only \( \) and \(\?: \)/],
    ['a{', /\{ that begins no count/],
    ['a{3,1}', /count/],
    ['a{999}', /count/],
    ['^*', /no characters/],
    ['a\u0000', /control character/],
    ['a\nb', /control character/],
    ['a\u202eb', /control character/],
    ['a\ud800', /control character/],
    ['x'.repeat(257), /more than 256/],
    ['((a{9}){9}){9}', /repeats too much/],
    ['((((((){255}){255}){255}){255}){255}){255}', /repeats too much/],
  ])('is not %j, and it is said why', (pattern, message) => {
    expect(() => new AclPattern(pattern)).toThrow(message);
    expect(() => new AclPattern(pattern)).toThrow(AclPatternSyntaxError);
  });

  it('fits no name that is none', () => {
    for (const name of ['', 'a\nb', 'a\u0000', '\ud800', 'a'.repeat(256)]) {
      expect(fits('.*', name)).toBe(false);
    }
    expect(fits('.*', 'a'.repeat(255))).toBe(true);
  });

  it('means what JavaScript means by it', () => {
    const letter = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w');
    const pattern = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        letter,
        fc.tuple(tie('node'), tie('node')).map(([left, right]) => left + right),
        fc.tuple(tie('node'), tie('node')).map(([left, right]) => `(${left}|${right})`),
        fc
          .tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{0,}'))
          .map(([node, count]) => `(?:${node})${count}`),
      ),
    })).node;
    fc.assert(
      fc.property(
        pattern,
        fc.string({ unit: fc.constantFrom('a', 'b', '-'), minLength: 1, maxLength: 6 }),
        (text, name) => {
          fc.pre(text.length <= 100);
          let ours: boolean;
          try {
            ours = fits(text, name);
          } catch (error) {
            expect((error as Error).message).toMatch(/repeats too much/);
            return;
          }
          expect(ours).toBe(new RegExp(`^(?:${text})$`, 'u').test(name));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('is read or refused, whatever the text, and no text makes it fail otherwise', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab.*+?()[]{}|^$\\-,0129:dws'), maxLength: 40 });
    fc.assert(
      fc.property(text, (pattern) => {
        try {
          fits(pattern, 'ab');
        } catch (error) {
          expect(error).toBeInstanceOf(AclPatternSyntaxError);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  describe('is done within 50 ms', () => {
    const HOSTILE = [
      '(a+)+$',
      '(a*)*b',
      '(a|aa)+b',
      '(a|a)*b',
      '(.*)*x',
      '(.*.*.*.*.*.*)*x',
      `${'(a?)'.repeat(60)}x`,
      '.*'.repeat(127),
      '(a{0,20}){0,10}b',
      '(((((a*)*)*)*)*)*b',
      '(?:[^b]|[^c])*d',
    ];

    it.each(HOSTILE)('with %s', (text) => {
      const begun = performance.now();
      const pattern = new AclPattern(text);
      for (const length of [30, 254, 255, 50_000]) {
        expect(typeof pattern.matches('a'.repeat(length))).toBe('boolean');
        expect(typeof pattern.matches(`${'a'.repeat(length)}!`)).toBe('boolean');
      }
      expect(performance.now() - begun).toBeLessThan(50);
    });

    it.each(['(', '[', '\\', 'a*', '(a', '((a){2})', '|', '{2}'])('where it is 50 kB of %s', (unit) => {
      const begun = performance.now();
      expect(() => new AclPattern(unit.repeat(50_000 / unit.length))).toThrow(AclPatternSyntaxError);
      expect(performance.now() - begun).toBeLessThan(50);
    });
  });
});
