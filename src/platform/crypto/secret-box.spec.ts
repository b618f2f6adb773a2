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

describe('SecretBox, while the secret is being changed', () => {
  const former = new SecretBox(SECRET);
  const NEW = 'another secret of thirty-two characters or more';
  const box = new SecretBox(NEW, SECRET);

  it('opens what the former secret closed, and closes with the new one', () => {
    const old = former.encrypt('pässword', 'credential:1');
    expect(box.decrypt(old, 'credential:1')).toBe('pässword');
    expect(() => box.decrypt(old, 'credential:2')).toThrow(DecryptionError);
    const renewed = box.encrypt(box.decrypt(old, 'credential:1'), 'credential:1');
    expect(renewed.startsWith(`${new SecretBox(NEW).keyId}.`)).toBe(true);
    expect(new SecretBox(NEW).decrypt(renewed, 'credential:1')).toBe('pässword');
    expect(() => former.decrypt(renewed, 'credential:1')).toThrow('was encrypted with another secret');
    expect(() => new SecretBox(NEW).decrypt(old, 'credential:1')).toThrow(
      'was encrypted with another secret',
    );
  });

  it('tells which secrets it knows', () => {
    expect(box.fingerprint).toBe(new SecretBox(NEW).fingerprint);
    expect(box.previousFingerprint).toBe(former.fingerprint);
    expect(former.previousFingerprint).toBeUndefined();
    expect(new SecretBox(SECRET, SECRET).keyId).toBe(former.keyId);
  });

  it('makes MACs with a key for each secret and purpose', () => {
    const mac = former.mac('text', 'seal', former.keyId);
    expect(mac).toMatch(/^[0-9a-f]{64}$/);
    expect(box.mac('text', 'seal', former.keyId)).toBe(mac);
    expect(box.mac('text', 'seal', box.keyId)).toMatch(/^[0-9a-f]{64}$/);
    const others = [
      box.mac('text', 'seal', box.keyId),
      former.mac('texts', 'seal', former.keyId),
      former.mac('text', 'seals', former.keyId),
      former.mac('text', 'seal', box.keyId),
    ];
    expect(others).not.toContain(mac);
    expect(others.at(-1)).toBeUndefined();
  });
});
