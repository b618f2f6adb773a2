import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { LiveCredentials } from '../callers/live-credentials.js';
import { IdentityChanges } from '../identity-changes.js';
import { LoginRefusedError, UserNotFoundError } from '../identity.errors.js';
import { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { requireUsablePassword } from './chosen-password.js';
import type { NewPasswordDto, PasswordChangeDto } from './dto/password.dto.js';
import { Logins } from './logins.js';
import { OldPasswordNeededError, OldPasswordWrongError, PasswordNotChosenError } from './passwords.errors.js';
import { Passwords } from './passwords.js';

/** New passwords: one's own, for the old one, and those of others, which are made up. Tokens of the user end. */
@Injectable()
export class PasswordChangesService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly logins: Logins,
    private readonly passwords: Passwords,
    private readonly live: LiveCredentials,
    private readonly changes: IdentityChanges,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Changes the password of an account and returns it where it was made up. Throws `OldPasswordNeededError`,
   * `OldPasswordWrongError`, `PasswordInvalidError`, `PasswordNotChosenError`, `CredentialEndedError`, what
   * `Logins.check` throws and what `UsersService.resetPassword` throws.
   * @param address IP address of the caller
   */
  async change(
    actor: Actor,
    userId: number,
    { old, new: chosen }: PasswordChangeDto,
    address: string,
  ): Promise<NewPasswordDto> {
    if (actor.id === userId) {
      if (old === undefined || chosen === undefined) throw new OldPasswordNeededError();
      await this.changeOwn(actor, old, chosen, address);
      return {};
    }
    actor.require('users.manage');
    if (old !== undefined || chosen !== undefined) throw new PasswordNotChosenError();
    return { password: await this.users.resetPassword(actor, userId) };
  }

  /** The old password is asked for whatever the caller came with: a stolen token must not become a password. */
  private async changeOwn(actor: Actor, old: string, chosen: string, address: string): Promise<void> {
    actor.require('users.password');
    requireUsablePassword(chosen);
    const credentials = { nickname: actor.nickname, password: old };
    const checked = await this.logins.check(credentials, address).catch((error: unknown) => {
      throw error instanceof LoginRefusedError ? new OldPasswordWrongError() : error;
    });
    const passwordHash = await this.passwords.hash(chosen);
    await this.database.transaction(async (em) => {
      const user = await em.findOne(User, { id: actor.id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!user) throw new UserNotFoundError();
      await this.live.require(checked); // a password that was reset meanwhile is not replaced for the one before it
      user.changePassword(passwordHash);
      await em.flush();
      await this.audit.record({ actor, action: 'user.change-password', subject: `user:${user.id}` });
      await this.changes.note();
    });
  }
}
