import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { isEmail } from 'class-validator';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { isUniqueViolation } from '../../platform/database/database-errors.js';
import { Acl } from '../acls/acl.entity.js';
import { Acls } from '../acls/acls.js';
import { Actors, ownerId } from '../callers/actors.js';
import { CONTROL } from '../control-characters.js';
import { NewAccountMayMoreError, OwnPasswordNeededError } from '../escalation.errors.js';
import { IdentityChanges } from '../identity-changes.js';
import {
  EmailInvalidError,
  NicknameInvalidError,
  UserExistsError,
  UserNotFoundError,
} from '../identity.errors.js';
import { requireUsablePassword } from '../passwords/chosen-password.js';
import { Passwords } from '../passwords/passwords.js';
import { RoleNotHeldError } from '../roles/roles.errors.js';
import { builtInPermissions, EVERYONE_ROLE } from '../roles/roles.js';
import { RolesService } from '../roles/roles.service.js';
import { UserRole } from '../roles/user-role.entity.js';
import { TokensService } from '../tokens/tokens.service.js';
import { NameInvalidError, OwnAccountError } from './administration.errors.js';
import { Administrators } from './administrators.js';
import { newUserid, normalizeNickname, randomPassword } from './nickname.js';
import { User } from './user.entity.js';

/** What everybody may run, on all machines. */
const FIRST_ACL = { minions: '.*', functions: 'test.ping' };
const MAX_NAME_LENGTH = 200;

/** What may be said about a new account besides its nickname. */
export interface NewUser {
  readonly email?: string;
  /** Names of roles to grant. */
  readonly roles?: readonly string[];
  /** Default: a random one. */
  readonly password?: string;
}

/** What of an account is to change; null takes away. */
export interface UserChange {
  readonly email?: string | null;
  readonly name?: string | null;
  readonly disabled?: boolean;
}

/** An account, by its number or by its nickname. */
export type UserKey = number | string;

/** Managing accounts. Nobody manages an account that may more than he himself. */
@Injectable()
export class UsersService {
  constructor(
    private readonly database: Database,
    private readonly actors: Actors,
    private readonly passwords: Passwords,
    private readonly roles: RolesService,
    private readonly acls: Acls,
    private readonly administrators: Administrators,
    private readonly tokens: TokensService,
    private readonly changes: IdentityChanges,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Makes an account, which may ping all machines, and returns it with its password, which is stored nowhere. Throws
   * `NewAccountMayMoreError`, `AclsExceededError`, `NicknameInvalidError`, `EmailInvalidError`, `PasswordInvalidError`,
   * `UserExistsError` and what `RolesService.grant` throws.
   */
  async createUser(
    actor: Actor,
    nickname: string,
    input: NewUser = {},
  ): Promise<{ user: User; password: string }> {
    actor.require('users.manage');
    requireEveryonesPermissions(actor);
    const roles = new Set(input.roles);
    if (roles.size > 0) actor.require('roles.manage');
    const name = normalizeNickname(nickname);
    if (name === undefined) throw new NicknameInvalidError();
    const email = readEmail(input.email ?? null);
    if (input.password !== undefined) requireUsablePassword(input.password);
    const password = input.password ?? randomPassword();
    const passwordHash = await this.passwords.hash(password);
    const user = await this.unlessTaken(() =>
      this.database.transaction(async (em) => {
        const made = em.create(User, { userid: newUserid(), nickname: name, email, passwordHash });
        await em.persist(made).flush();
        await em.persist(em.create(Acl, { user: made, ...FIRST_ACL })).flush();
        await this.acls.requireNoLess(actor, made.id);
        await this.audit.record({
          actor,
          action: 'user.create',
          subject: `user:${made.id}`,
          details: { nickname: name },
        });
        if (roles.size > 0) await this.roles.grantAll(actor, made.id, [...roles]);
        return made;
      }),
    );
    return { user, password };
  }

  /**
   * Changes what is given of an account. Whoever is disabled uses it no more, with whatever credential. Throws
   * `EmailInvalidError`, `NameInvalidError`, `UserExistsError`, `OwnPasswordNeededError`, `OwnAccountError` and
   * `LastAdminError`.
   */
  async update(actor: Actor, key: UserKey, { email, name, disabled }: UserChange): Promise<void> {
    actor.require('users.manage');
    const described = {
      ...(email !== undefined && { email: readEmail(email) }),
      ...(name !== undefined && { name: readName(name) }),
    };
    await this.unlessTaken(() =>
      this.change(actor, key, async (user) => {
        if (email !== undefined) requireOwnPassword(actor, user);
        const fields = Object.keys(described);
        if (fields.length > 0) {
          user.describe(described);
          await this.record(actor, 'user.change', user, { fields });
        }
        if (disabled === undefined || disabled === user.disabled) return;
        if (disabled) await this.requireDispensable(actor, user);
        user.setDisabled(disabled);
        await this.record(actor, disabled ? 'user.disable' : 'user.enable', user);
      }),
    );
  }

  /** Nobody uses the account any more, with whatever credential, until it is enabled. Throws as `update`. */
  disable(actor: Actor, key: UserKey): Promise<void> {
    return this.update(actor, key, { disabled: true });
  }

  /** The account can sign in again; its former tokens stay ended. */
  enable(actor: Actor, key: UserKey): Promise<void> {
    return this.update(actor, key, { disabled: false });
  }

  /**
   * Gives an account a new random password and returns it. Every token of the account ends. Throws
   * `OwnPasswordNeededError` for the account that answers for the actor.
   */
  async resetPassword(actor: Actor, key: UserKey): Promise<string> {
    actor.require('users.manage');
    const password = randomPassword();
    const passwordHash = await this.passwords.hash(password);
    await this.change(actor, key, async (user) => {
      requireOwnPassword(actor, user);
      user.changePassword(passwordHash);
      await this.record(actor, 'user.reset-password', user);
    });
    return password;
  }

  /**
   * Takes an account away with its credentials, roles and ACLs. What it owned stays, under its userid. Throws
   * `OwnAccountError` and `LastAdminError`.
   */
  async remove(actor: Actor, key: UserKey): Promise<void> {
    actor.require('users.manage');
    await this.change(actor, key, async (user) => {
      await this.requireDispensable(actor, user);
      const { id, userid, nickname } = user;
      // The userid comes back where the same person signs in with a provider again; his rights do not.
      await this.database.execute('delete from service_permission where userid = $1', [userid]);
      await this.database.execute('delete from "user" where id = $1', [id]);
      await this.record(actor, 'user.delete', user, { userid, nickname });
    });
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

  /** A token for an account, without its password. Throws `TokenLifetimeError` and `CredentialEndedError`. */
  async issueToken(actor: Actor, nickname: string, seconds: number): Promise<string> {
    actor.require('users.manage');
    const account = await this.account(nickname);
    await this.requireNoLess(actor, account);
    return this.tokens.issueFor(actor, account, seconds);
  }

  /** Changes an account that the actor may manage, in a transaction, while nobody else does. */
  private async change(actor: Actor, key: UserKey, apply: (user: User) => Promise<void>): Promise<void> {
    await this.database.transaction(async (em) => {
      const { id } = await this.account(key);
      const user = await em.findOne(User, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!user) throw new UserNotFoundError(); // deleted just now
      // Only now: what is being granted to him meanwhile is either there already, or waits for the end of this.
      await this.requireNoLess(actor, await this.account(id));
      await apply(user);
      await em.flush();
      await this.changes.note();
    });
  }

  private async requireDispensable(actor: Actor, { id }: User): Promise<void> {
    if (ownerId(actor) === id) throw new OwnAccountError(); // nor may his client
    await this.administrators.requireAnother(id);
  }

  private async requireNoLess(actor: Actor, other: Actor): Promise<void> {
    for (const permission of other.permissions) actor.require(permission);
    await this.acls.requireNoLess(actor, other.id);
  }

  private record(
    actor: Actor,
    action: string,
    { id }: User,
    details?: Record<string, unknown>,
  ): Promise<void> {
    return this.audit.record({ actor, action, subject: `user:${id}`, ...(details && { details }) });
  }

  private async account(key: UserKey): Promise<Actor> {
    const name = typeof key === 'string' ? normalizeNickname(key) : undefined;
    const account = await (typeof key === 'number'
      ? this.actors.byId(key)
      : name === undefined
        ? undefined
        : this.actors.byNickname(name));
    if (!account) throw new UserNotFoundError();
    return account.actor;
  }

  private async unlessTaken<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw isUniqueViolation(error) ? new UserExistsError() : error;
    }
  }
}

/** A new account may what every account may: else a credential for one purpose made itself one for all. */
function requireEveryonesPermissions(actor: Actor): void {
  const missing = builtInPermissions(EVERYONE_ROLE).filter((word) => !actor.may(word));
  if (missing.length > 0) throw new NewAccountMayMoreError(missing);
}

/**
 * What an account signs in with is its own business only where the password came: a token, a key or a client that was
 * stolen, or lent, must not become a way to sign in. The e-mail address is such a way, by a provider that verified it.
 */
function requireOwnPassword(actor: Actor, { id }: User): void {
  if (ownerId(actor) === id && actor.credential.kind !== 'basic') throw new OwnPasswordNeededError();
}

function readEmail(text: string | null): string | null {
  const email = text?.toLowerCase() ?? null;
  if (email !== null && !isEmail(email)) throw new EmailInvalidError();
  return email;
}

function readName(text: string | null): string | null {
  const name = text?.normalize('NFC').trim() ?? null;
  if (name === null) return null;
  if (name === '' || name.length > MAX_NAME_LENGTH || CONTROL.test(name)) {
    throw new NameInvalidError(MAX_NAME_LENGTH);
  }
  return name;
}
