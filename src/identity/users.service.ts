import { Injectable } from '@nestjs/common';
import { isEmail } from 'class-validator';
import { AuditLog } from '../audit/index.js';
import type { Actor } from '../platform/access/actor.js';
import { Database } from '../platform/database/database.js';
import { isUniqueViolation } from '../platform/database/database-errors.js';
import { Actors } from './actors.js';
import {
  EmailInvalidError,
  NicknameInvalidError,
  UserExistsError,
  UserNotFoundError,
} from './identity.errors.js';
import { IdentityChanges } from './identity-changes.js';
import { newUserid, normalizeNickname, randomPassword } from './nickname.js';
import { Passwords } from './passwords.js';
import { RoleNotHeldError } from './permissions.errors.js';
import { RolesService } from './roles.service.js';
import { TokensService } from './tokens.service.js';
import { User } from './user.entity.js';
import { UserRole } from './user-role.entity.js';

/** What may be said about a new account besides its nickname. */
export interface NewUser {
  readonly email?: string;
  /** Names of roles to grant. */
  readonly roles?: readonly string[];
  /** Default: a random one. */
  readonly password?: string;
}

/** Managing accounts. Nobody manages an account that may more than he himself. */
@Injectable()
export class UsersService {
  constructor(
    private readonly database: Database,
    private readonly actors: Actors,
    private readonly passwords: Passwords,
    private readonly roles: RolesService,
    private readonly tokens: TokensService,
    private readonly changes: IdentityChanges,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Makes an account and returns it with its password, which is stored nowhere. Throws `NicknameInvalidError`,
   * `EmailInvalidError` and `UserExistsError`.
   */
  async createUser(
    actor: Actor,
    nickname: string,
    input: NewUser = {},
  ): Promise<{ user: User; password: string }> {
    actor.require('users.manage');
    const name = normalizeNickname(nickname);
    if (name === undefined) throw new NicknameInvalidError();
    const email = input.email?.toLowerCase() ?? null;
    if (email !== null && !isEmail(email)) throw new EmailInvalidError();
    const password = input.password ?? randomPassword();
    const passwordHash = await this.passwords.hash(password);
    try {
      const user = await this.database.transaction(async (em) => {
        const made = em.create(User, { userid: newUserid(), nickname: name, email, passwordHash });
        await em.persist(made).flush();
        await this.audit.record({
          actor,
          action: 'user.create',
          subject: `user:${made.id}`,
          details: { nickname: name },
        });
        for (const role of input.roles ?? []) await this.roles.grant(actor, made.id, role);
        return made;
      });
      return { user, password };
    } catch (error) {
      throw isUniqueViolation(error) ? new UserExistsError() : error;
    }
  }

  /** Gives an account a new random password and returns it. Every token of the account ends. */
  async resetPassword(actor: Actor, nickname: string): Promise<string> {
    const password = randomPassword();
    const passwordHash = await this.passwords.hash(password);
    await this.change(actor, nickname, 'user.reset-password', (user) => user.changePassword(passwordHash));
    return password;
  }

  /** Nobody uses the account any more, with whatever credential, until it is enabled. */
  async disable(actor: Actor, nickname: string): Promise<void> {
    await this.change(actor, nickname, 'user.disable', (user) => user.setDisabled(true));
  }

  /** The account can sign in again; its former tokens stay ended. */
  async enable(actor: Actor, nickname: string): Promise<void> {
    await this.change(actor, nickname, 'user.enable', (user) => user.setDisabled(false));
  }

  /** Grants a role, as `RolesService.grant`, to an account known by its nickname. */
  async grantRole(actor: Actor, nickname: string, role: string): Promise<number> {
    actor.require('roles.manage');
    const account = await this.account(nickname);
    return this.roles.grant(actor, account.id, role);
  }

  /** Takes a role away from an account known by its nickname. Throws `UserNotFoundError` and `RoleNotHeldError`. */
  async revokeRole(actor: Actor, nickname: string, role: string): Promise<void> {
    actor.require('roles.manage');
    const { id } = await this.account(nickname);
    const held = await this.database.reader().findOne(UserRole, { user: id, name: role });
    if (!held) throw new RoleNotHeldError(role);
    await this.roles.revoke(actor, id, held.id);
  }

  /** A token for an account, without its password. Throws `TokenLifetimeError`. */
  async issueToken(actor: Actor, nickname: string, seconds: number): Promise<string> {
    actor.require('users.manage');
    const account = await this.account(nickname);
    requireNoLess(actor, account);
    return this.tokens.issueFor(actor, account.userid, seconds);
  }

  private async change(
    actor: Actor,
    nickname: string,
    action: string,
    apply: (user: User) => void,
  ): Promise<void> {
    actor.require('users.manage');
    await this.database.transaction(async (em) => {
      const account = await this.account(nickname);
      requireNoLess(actor, account);
      const user = await em.findOneOrFail(User, { id: account.id });
      apply(user);
      await em.flush();
      await this.audit.record({ actor, action, subject: `user:${user.id}` });
      await this.changes.note();
    });
  }

  private async account(nickname: string): Promise<Actor> {
    const name = normalizeNickname(nickname);
    const account = name === undefined ? undefined : await this.actors.byNickname(name);
    if (!account) throw new UserNotFoundError();
    return account.actor;
  }
}

function requireNoLess(actor: Actor, other: Actor): void {
  for (const permission of other.permissions) actor.require(permission);
}
