import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { Actors } from '../callers/actors.js';
import { LoginRefusedError } from '../identity.errors.js';
import { normalizeNickname } from '../users/nickname.js';
import type { BasicCredentials } from './authorization-header.js';
import { LoginRefusals, type RefusedLogin } from './login-refusals.js';
import { LoginThrottle } from './login-throttle.js';
import { Passwords } from './passwords.js';

/** Sign-in by nickname and password. */
@Injectable()
export class Logins {
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
  async check({ nickname, password }: BasicCredentials, address: string): Promise<Actor> {
    const name = normalizeNickname(nickname);
    const attempt = await this.throttle.begin(name ?? nickname, address);
    let refused: Pick<RefusedLogin, 'subject' | 'reason'>;
    try {
      const account = name === undefined ? undefined : await this.actors.byNickname(name);
      const right = await this.passwords.verify(account?.passwordHash, password);
      if (account && right && !account.disabled) {
        await attempt.succeed();
        return account.actor;
      }
      const reason = !account ? 'unknown-account' : right ? 'disabled' : 'wrong-password';
      refused = { subject: `user:${account?.actor.id ?? 'unknown'}`, reason };
    } catch (error) {
      await attempt.withdraw(); // nothing was learnt about the password
      throw error;
    }
    const action = 'user.sign-in-refused';
    await this.refusals.note({ action, name: name ?? nickname, address, ...refused });
    throw new LoginRefusedError();
  }
}
