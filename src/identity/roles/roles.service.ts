import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { UndefinedRoleDeniedError } from '../escalation.errors.js';
import { IdentityChanges } from '../identity-changes.js';
import {
  RoleAlreadyGrantedError,
  RoleNameInvalidError,
  RoleNotFoundError,
  UserNotFoundError,
} from '../identity.errors.js';
import { Administrators } from '../users/administrators.js';
import { User } from '../users/user.entity.js';
import type { ChangeUserRoleDto, UserRoleDto } from './dto/user-role.dto.js';
import { RoleDefinitionsService } from './role-definitions.service.js';
import { Role } from './role.entity.js';
import { ADMIN_ROLE, builtInPermissions, isBuiltInRole, ROLE_NAME } from './roles.js';
import { UserRole } from './user-role.entity.js';

/** Roles, and who holds which. Nobody grants, or takes away, what he may not do himself. */
@Injectable()
export class RolesService {
  constructor(
    private readonly database: Database,
    private readonly definitions: RoleDefinitionsService,
    private readonly administrators: Administrators,
    private readonly changes: IdentityChanges,
    private readonly audit: AuditLog,
  ) {}

  /** The roles of a user, for himself and for who manages roles. */
  async list(actor: Actor, userId: number): Promise<UserRoleDto[]> {
    requireOwnOrManaged(actor, userId);
    const em = this.database.reader();
    if ((await em.count(User, { id: userId })) === 0) throw new UserNotFoundError();
    return (await em.find(UserRole, { user: userId }, { orderBy: { id: 'asc' } })).map(present);
  }

  /** One role of a user. Throws `RoleNotFoundError` also where the role is another user's. */
  async get(actor: Actor, userId: number, id: number): Promise<UserRoleDto> {
    requireOwnOrManaged(actor, userId);
    const role = await this.database.reader().findOne(UserRole, { id, user: userId });
    if (!role) throw new RoleNotFoundError();
    return present(role);
  }

  /**
   * Grants a role and returns the number of the grant. Throws `UserNotFoundError` and `RoleAlreadyGrantedError`.
   * A role need not be defined yet; until then it grants nothing, and only who may everything grants it: for others
   * `UndefinedRoleDeniedError`.
   */
  async grant(actor: Actor, userId: number, name: string): Promise<number> {
    const [id] = await this.grantAll(actor, userId, [name]);
    return id!;
  }

  /** Grants several roles, as `grant`, all or none, and returns the numbers of the grants. */
  async grantAll(actor: Actor, userId: number, names: readonly string[]): Promise<number[]> {
    actor.require('roles.manage');
    for (const name of names) requireName(name);
    return this.database.transaction(async () => {
      for (const name of names) await this.requireGrantable(actor, name);
      if (!(await this.takeTurn(userId))) throw new UserNotFoundError();
      const ids: number[] = [];
      for (const name of names) {
        await this.requireNotHeld(userId, name);
        const [made] = await this.database.query<{ id: number }>(
          'insert into user_role (user_id, name) values ($1, $2) returning id',
          [userId, name],
        );
        await this.record(actor, 'role.grant', userId, { role: name });
        ids.push(made!.id);
      }
      await this.changes.note();
      return ids;
    });
  }

  /**
   * Has a user hold another role instead of one that he holds, under the same number; nothing changes where no name is
   * given. Throws what `grant` and `revoke` throw.
   */
  async change(actor: Actor, userId: number, id: number, { name }: ChangeUserRoleDto): Promise<void> {
    actor.require('roles.manage');
    if (name !== undefined) requireName(name);
    await this.database.transaction(async () => {
      if (name !== undefined) await this.requireGrantable(actor, name);
      const former = await this.takenBy(actor, userId, id);
      if (name === undefined || name === former) return;
      await this.requireNotHeld(userId, name);
      if (former === ADMIN_ROLE) await this.administrators.requireAnother(userId);
      const changed = await this.database.execute('update user_role set name = $1 where id = $2', [name, id]);
      if (changed === 0) throw new RoleNotFoundError(); // its definition was deleted just now
      await this.record(actor, 'role.replace', userId, { role: name, former });
      await this.changes.note();
    });
  }

  /** Takes a role away. Throws `RoleNotFoundError`, and `LastAdminError` where nobody would be `admin` any more. */
  async revoke(actor: Actor, userId: number, id: number): Promise<void> {
    actor.require('roles.manage');
    await this.database.transaction(async () => {
      const name = await this.takenBy(actor, userId, id);
      if (name === ADMIN_ROLE) await this.administrators.requireAnother(userId);
      const gone = await this.database.execute('delete from user_role where id = $1', [id]);
      if (gone === 0) throw new RoleNotFoundError(); // its definition was deleted just now
      await this.record(actor, 'role.revoke', userId, { role: name });
      await this.changes.note();
    });
  }

  /** Defines a role, as `RoleDefinitionsService.create`. */
  async createRole(actor: Actor, name: string, permissions: readonly string[], about = ''): Promise<void> {
    await this.definitions.create(actor, { name, permissions: [...permissions], about });
  }

  /** The name of a role that the actor may take away from the user, whose roles nobody else changes meanwhile. */
  private async takenBy(actor: Actor, userId: number, id: number): Promise<string> {
    const held = (await this.takeTurn(userId))
      ? await this.database.reader().findOne(UserRole, { id, user: userId })
      : null;
    if (!held) throw new RoleNotFoundError();
    for (const word of (await this.allowedBy(held.name)) ?? []) actor.require(word);
    return held.name;
  }

  /**
   * Throws `ForbiddenError` unless the actor may all that the role grants. What a name will grant that is not defined
   * yet nobody knows: else one took a name for himself, and got what somebody defines under it later.
   */
  private async requireGrantable(actor: Actor, name: string): Promise<void> {
    const words = await this.allowedBy(name);
    if (!words && !actor.may('*')) throw new UndefinedRoleDeniedError(name);
    for (const word of words ?? []) actor.require(word);
  }

  /** What a role grants; undefined where it is not defined. Until the transaction ends the role stays as it is. */
  private async allowedBy(name: string): Promise<readonly string[] | undefined> {
    if (isBuiltInRole(name)) return builtInPermissions(name);
    const lock = { lockMode: LockMode.PESSIMISTIC_READ };
    return (await this.database.reader().findOne(Role, { name }, lock))?.permissions;
  }

  /**
   * Changes of one user's roles take turns, and he is not deleted meanwhile: what was looked at is what is changed.
   * False where there is no such user.
   */
  private async takeTurn(userId: number): Promise<boolean> {
    const found = await this.database.query('select id from "user" where id = $1 for no key update', [
      userId,
    ]);
    return found.length > 0;
  }

  private async requireNotHeld(userId: number, name: string): Promise<void> {
    const held = await this.database.reader().findOne(UserRole, { user: userId, name });
    if (held) throw new RoleAlreadyGrantedError(held.id);
  }

  private record(
    actor: Actor,
    action: string,
    userId: number,
    details: Record<string, unknown>,
  ): Promise<void> {
    return this.audit.record({ actor, action, subject: `user:${userId}`, details });
  }
}

function requireName(name: string): void {
  if (!ROLE_NAME.test(name)) throw new RoleNameInvalidError();
}

function requireOwnOrManaged(actor: Actor, userId: number): void {
  if (actor.id !== userId) actor.require('roles.manage');
}

function present({ id, name, user }: UserRole): UserRoleDto {
  const self = `/api/v1.0/users/${user.id}`;
  return { id, name, user_id: user.id, _links: { self: `${self}/roles/${id}`, user: self } };
}
