import { describe, expect, it } from '@jest/globals';
import { DecryptionError, SecretBox } from './secret-box.js';

const SECRET = 'a secret of thirty-two characters or more';

describe('SecretBox', () => {
  const box = new SecretBox(SECRET);

  it('gives back what it took, and another text each time', () => {
    const first = box.encrypt('pässword', 'credential:1');
    expect(box.encrypt('pässword', 'credential:1')).not.toBe(first);
    expect(first.startsWith(`${box.keyId}.`)).toBe(true);
    expect(first).not.toContain('ssword');
    expect(new SecretBox(SECRET).decrypt(first, 'credential:1')).toBe('pässword');
  });

  it('takes the empty text', () => {
    expect(box.decrypt(box.encrypt('', 'x'), 'x')).toBe('');
  });

  it('refuses a secret that was moved to another place', () => {
    expect(() => box.decrypt(box.encrypt('a', 'credential:1'), 'credential:2')).toThrow(DecryptionError);
  });

  it('refuses every changed byte', () => {
    const [keyId, text] = box.encrypt('abc', 'x').split('.') as [string, string];
    const bytes = Buffer.from(text, 'base64url');
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed[index]! ^= 1;
      expect(() => box.decrypt(`${keyId}.${changed.toString('base64url')}`, 'x')).toThrow(DecryptionError);
    }
  });

  it.each(['', '.', 'abc', 'nonsense.AAAA'])('refuses the text %p', (text) => {
    expect(() => box.decrypt(text, 'x')).toThrow(DecryptionError);
    expect(() => box.decrypt(`${box.keyId}.${text}`, 'x')).toThrow(DecryptionError);
  });

  it('names the secret when another one is in use', () => {
    const other = new SecretBox(`${SECRET}!`);
    expect(other.keyId).not.toBe(box.keyId);
    expect(other.fingerprint).not.toBe(box.fingerprint);
    expect(() => other.decrypt(box.encrypt('a', 'x'), 'x')).toThrow('x was encrypted with another secret');
  });
});
