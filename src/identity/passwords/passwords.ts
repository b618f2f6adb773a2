import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Algorithm, hash, verify } from '@node-rs/argon2';
import { Injectable } from '@nestjs/common';
import { PasswordTooLongError } from '../identity.errors.js';
import { WaitingLine } from './waiting-line.js';

/** About 25 ms and 19 MiB each; what OWASP recommends. */
const COST = {
  algorithm: 2 satisfies Algorithm.Argon2id,
  memoryCost: 19 * 1024,
  timeCost: 2,
  parallelism: 1,
};
/**
 * How many passwords are checked at once: one processor stays free for everything else, and one of the four threads
 * that Node has for such work is left to files and names.
 */
export const CHECKS_AT_ONCE = Math.min(3, Math.max(1, availableParallelism() - 1));
/** At 25 ms each, whoever waits at the end of the line waits less than a second. */
export const WAITING_LINE = 32 * CHECKS_AT_ONCE;
const MAX_BYTES = 1024;

/** Hashes and checks passwords, a bounded number at a time: a flood of sign-ins must not take the machine. */
@Injectable()
export class Passwords {
  private readonly line = new WaitingLine(CHECKS_AT_ONCE, WAITING_LINE);
  /** Well formed, and no password has it. Costs as much to check as a real one. */
  private readonly nobodys = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$${unpadded(16)}$${unpadded(32)}`;

  /** The text to store for a password. Throws `PasswordTooLongError` beyond 1024 bytes. */
  async hash(password: string): Promise<string> {
    if (isTooLong(password)) throw new PasswordTooLongError(MAX_BYTES);
    return this.line.run(() => hash(password, COST));
  }

  /**
   * Whether the password is the one behind the stored text. Where there is none (no such user, or one without a
   * password) the answer is no after the same work. Throws `PasswordChecksBusyError` where too many wait already.
   */
  async verify(stored: string | null | undefined, password: string): Promise<boolean> {
    if (isTooLong(password)) return false; // whoever the user is, so this tells nothing
    return this.line.run(() => verify(stored ?? this.nobodys, password));
  }
}

function isTooLong(password: string): boolean {
  return Buffer.byteLength(password) > MAX_BYTES;
}

function unpadded(bytes: number): string {
  return randomBytes(bytes).toString('base64').replaceAll('=', '');
}
