import { CONTROL } from '../control-characters.js';
import { PasswordInvalidError } from './passwords.errors.js';

const MIN_CHARACTERS = 8;

/** Throws `PasswordInvalidError` where a password that somebody chose is too short, or cannot be typed. */
export function requireUsablePassword(password: string): void {
  if ([...password].length < MIN_CHARACTERS || CONTROL.test(password))
    throw new PasswordInvalidError(MIN_CHARACTERS);
}
