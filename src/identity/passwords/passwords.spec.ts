import { describe, expect, it } from '@jest/globals';
import { CHECKS_AT_ONCE, Passwords, WAITING_LINE } from './passwords.js';

describe('Passwords', () => {
  const passwords = new Passwords();

  it('knows a password again, and no other', async () => {
    const stored = await passwords.hash('correct horse');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(stored).not.toContain('horse');
    expect(await passwords.hash('correct horse')).not.toBe(stored);
    expect(await passwords.verify(stored, 'correct horse')).toBe(true);
    expect(await passwords.verify(stored, 'correct Horse')).toBe(false);
    expect(await passwords.verify(stored, '')).toBe(false);
  });

  it('takes 1024 bytes, and refuses more before any work', async () => {
    const longest = 'ä'.repeat(512);
    expect(await passwords.verify(await passwords.hash(longest), longest)).toBe(true);
    await expect(passwords.hash(`${longest}a`)).rejects.toMatchObject({ code: 'PASSWORD_TOO_LONG' });
    expect(await passwords.verify(undefined, 'x'.repeat(10_000_000))).toBe(false);
  });

  it('says no where there is no password, and has it wait in the same line', async () => {
    expect(await passwords.verify(null, 'anything')).toBe(false);
    const answers = await Promise.allSettled(
      Array.from({ length: CHECKS_AT_ONCE + WAITING_LINE + 30 }, () => passwords.verify(undefined, 'x')),
    );
    const refused = answers.filter((answer) => answer.status === 'rejected');
    expect(refused).toHaveLength(30);
    expect(refused[0]!.reason).toMatchObject({ code: 'PASSWORD_CHECKS_BUSY', retryAfter: 1 });
    expect(await passwords.verify(undefined, 'x')).toBe(false);
  });
});
