import { randomBytes, randomInt } from 'node:crypto';

const NICKNAME = /^[^\p{C}\p{Z}:/?#]{1,64}$/u;
/** Without characters that look alike, and none that a shell would read its own way. */
const PASSWORD_ALPHABET = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const PASSWORD_LENGTH = 20;

/** The form in which a nickname is stored and looked up; nothing where the text cannot be one. */
export function normalizeNickname(text: string): string | undefined {
  const nickname = text.normalize('NFC').toLowerCase();
  return NICKNAME.test(nickname) ? nickname : undefined;
}

/** The userid of a new account: random, the same form as those that sign-in providers give. */
export function newUserid(): string {
  return randomBytes(16).toString('hex');
}

/** A password that nobody guesses (about 116 bits) and that can be read aloud. */
export function randomPassword(): string {
  return Array.from(
    { length: PASSWORD_LENGTH },
    () => PASSWORD_ALPHABET[randomInt(PASSWORD_ALPHABET.length)],
  ).join('');
}
