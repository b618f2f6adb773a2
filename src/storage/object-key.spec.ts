import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { resolve, sep } from 'node:path';
import { parseKeyPrefix, parseObjectKey } from './object-key.js';
import { hostileKeys } from './hostile-keys.contract.js';
import { InvalidObjectKeyError } from './storage.errors.js';

/** Text made mostly of the pieces that attacks are made of. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '..',
        '.',
        '/',
        '\\',
        '%2e',
        '%',
        '%5c',
        ':',
        '\0',
        '\n',
        '\u202e',
        '\uff0e',
        '\uff0f',
        '\u2025',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom('a', 'b.csv', 'C', '~', ' '),
    ),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.join(''));

function accepted(key: string): string[] | undefined {
  try {
    return parseObjectKey(key);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidObjectKeyError);
    return undefined;
  }
}

describe('object keys', () => {
  it.each(hostileKeys)('refuses %j', (key) => {
    expect(() => parseObjectKey(key)).toThrow(InvalidObjectKeyError);
  });

  it.each([
    'a',
    'owner/data set/rev 1/data.csv',
    '.hidden',
    '..a',
    'a..b/...',
    '100%.csv',
    'résumé/日本語/😀.txt',
    're\u0301sume\u0301',
    'می\u200cخواهم',
    'ab:c',
    '__proto__/constructor',
    `${'x'.repeat(255)}/${'é'.repeat(127)}`,
  ])('takes %j', (key) => {
    expect(parseObjectKey(key).join('/')).toBe(key);
  });

  it('counts bytes, not characters', () => {
    expect(() => parseObjectKey('é'.repeat(128))).toThrow('255 bytes');
    const longest = `${`${'k'.repeat(203)}/`.repeat(5)}last`;
    expect(Buffer.byteLength(longest)).toBe(1024);
    expect(parseObjectKey(longest)).toHaveLength(6);
    expect(() => parseObjectKey(`${longest}r`)).toThrow('1024 bytes');
  });

  it('lets no key out of the root, as it is, decoded or normalised', () => {
    let taken = 0;
    fc.assert(
      fc.property(nasty, (key) => {
        const segments = accepted(key);
        if (!segments) return;
        taken += 1;
        const forms = [key, key.normalize('NFC'), key.normalize('NFKC'), safeDecode(key)];
        for (const form of forms) {
          expect(form).not.toMatch(/[\\\0]/);
          expect(resolve(`${sep}root`, form)).toMatch(/^.root./);
          expect(form.split('/')).toHaveLength(segments.length);
        }
      }),
      { numRuns: 5000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it('takes as a prefix whatever begins a key', () => {
    fc.assert(
      fc.property(nasty, fc.nat(), (key, cut) => {
        if (!accepted(key)) return;
        // A pair of surrogates is one character of a key.
        const characters = [...key];
        const prefix = characters.slice(0, cut % (characters.length + 1)).join('');
        const { segments, rest } = parseKeyPrefix(prefix);
        expect([...segments, rest].join('/')).toBe(prefix);
        expect(key.split('/').slice(0, segments.length)).toEqual(segments);
      }),
      { numRuns: 5000 },
    );
  });

  it.each(['../', '/', 'a//', 'a/../', 'a\\', '\0', 'a/%2e', '..\\'])('refuses the prefix %j', (prefix) => {
    expect(() => parseKeyPrefix(prefix)).toThrow(InvalidObjectKeyError);
  });
});

function safeDecode(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
