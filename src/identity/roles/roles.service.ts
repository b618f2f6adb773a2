import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { IdentityChanges } from '../identity-changes.js';
import {
  RoleAlreadyGrantedError,
  RoleNameInvalidError,
  RoleNotFoundError,
  UserNotFoundError,
} from '../identity.errors.js';
import { Administrators } from '../users/administrators.js';
import { User } from '../users/user.entity.js';
import type { UserRoleDto } from './dto/user-role.dto.js';
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
   * A role need not be defined yet; until then it grants nothing.
   */
  async grant(actor: Actor, userId: number, name: string): Promise<number> {
    actor.require('roles.manage');
    if (!ROLE_NAME.test(name)) throw new RoleNameInvalidError();
    return this.database.transaction(async (em) => {
      await this.requireAll(actor, name);
      // Locked, so that the user is not deleted meanwhile.
      const users = await this.database.query('select id from "user" where id = $1 for key share', [userId]);
      if (users.length === 0) throw new UserNotFoundError();
      const [made] = await this.database.query<{ id: number }>(
        'insert into user_role (user_id, name) values ($1, $2) on conflict (user_id, name) do nothing returning id',
        [userId, name],
      );
      if (!made)
        throw new RoleAlreadyGrantedError((await em.findOneOrFail(UserRole, { user: userId, name })).id);
      await this.audit.record({
        actor,
        action: 'role.grant',
        subject: `user:${userId}`,
        details: { role: name },
      });
      await this.changes.note();
      return made.id;
    });
  }

  /** Takes a role away. Throws `RoleNotFoundError`, and `LastAdminError` where nobody would be `admin` any more. */
  async revoke(actor: Actor, userId: number, id: number): Promise<void> {
    actor.require('roles.manage');
    await this.database.transaction(async (em) => {
      const role = await em.findOne(UserRole, { id, user: userId });
      if (!role) throw new RoleNotFoundError();
      await this.requireAll(actor, role.name);
      if (role.name === ADMIN_ROLE) await this.administrators.requireAnother(userId);
      await em.remove(role).flush();
      await this.audit.record({
        actor,
        action: 'role.revoke',
        subject: `user:${userId}`,
        details: { role: role.name },
      });
      await this.changes.note();
    });
  }

  /** Defines a role, as `RoleDefinitionsService.create`. */
  async createRole(actor: Actor, name: string, permissions: readonly string[], about = ''): Promise<void> {
    await this.definitions.create(actor, { name, permissions: [...permissions], about });
  }

  /** Throws `ForbiddenError` unless the actor may all that the role grants. */
  private async requireAll(actor: Actor, name: string): Promise<void> {
    // Locked: a change of the role that is under way counts already, or waits until it is granted.
    const lock = { lockMode: LockMode.PESSIMISTIC_READ };
    const role = isBuiltInRole(name) ? undefined : await this.database.reader().findOne(Role, { name }, lock);
    for (const word of role?.permissions ?? builtInPermissions(name)) actor.require(word);
  }
}

function requireOwnOrManaged(actor: Actor, userId: number): void {
  if (actor.id !== userId) actor.require('roles.manage');
}

function present({ id, name, user }: UserRole): UserRoleDto {
  const self = `/api/v1.0/users/${user.id}`;
  return { id, name, user_id: user.id, _links: { self: `${self}/roles/${id}`, user: self } };
}
