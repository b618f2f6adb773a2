import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { Actors, type LoginAccount } from '../callers/actors.js';
import { LoginRefusedError } from '../identity.errors.js';
import { normalizeNickname } from '../users/nickname.js';
import type { BasicCredentials } from './authorization-header.js';
import { LoginRefusals } from './login-refusals.js';
import { LoginThrottle } from './login-throttle.js';
import { CHECKS_AT_ONCE, Passwords, WAITING_LINE } from './passwords.js';
import { WaitingLine } from './waiting-line.js';

/** While the password of one is checked, the tries of another are counted in the database. */
const AT_ONCE = 2 * CHECKS_AT_ONCE;

/**
 * Sign-in by nickname and password. Only a few are under way at once, from the first look at the database on: a flood
 * of them must take neither all processors nor all connections.
 */
@Injectable()
export class Logins {
  private readonly line = new WaitingLine(AT_ONCE, WAITING_LINE);

  constructor(
    private readonly actors: Actors,
    private readonly passwords: Passwords,
    private readonly throttle: LoginThrottle,
    private readonly refusals: LoginRefusals,
  ) {}

  /**
   * The account behind the credentials. Throws `LoginRefusedError`, after the same work whether the account exists
   * or not, `LoginThrottledError` after too many failures, and `PasswordChecksBusyError`.
   * @param address IP address of the caller
   */
  async check(credentials: BasicCredentials, address: string): Promise<Actor> {
    return this.line.run(() => this.checkNow(credentials, address));
  }

  private async checkNow({ nickname, password }: BasicCredentials, address: string): Promise<Actor> {
    const name = normalizeNickname(nickname);
    const attempt = await this.throttle.begin(name ?? nickname, address);
    let found: LoginAccount | undefined;
    let right: boolean;
    try {
      found = name === undefined ? undefined : await this.actors.byNickname(name);
      right = await this.passwords.verify(found?.passwordHash, password);
      if (found && right && !found.disabled) await attempt.succeed();
    } catch (error) {
      await attempt.withdraw(); // nothing was learnt about the password
      throw error;
    }
    // The check takes a while, and longer in a queue: what the account has become meanwhile is what counts.
    const account = found && right && !found.disabled ? await this.actors.byId(found.actor.id) : found;
    const opens = right && account?.passwordHash === found?.passwordHash;
    if (account && opens && !account.disabled) return account.actor;
    const reason = !account ? 'unknown-account' : opens ? 'disabled' : 'wrong-password';
    await this.refusals.note({
      action: 'user.sign-in-refused',
      subject: `user:${account?.actor.id ?? 'unknown'}`,
      name: name ?? nickname,
      address,
      reason,
    });
    throw new LoginRefusedError();
  }
}
