import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { definedPermissions } from '../../platform/access/permissions.js';
import { Database } from '../../platform/database/database.js';
import { Actors } from '../callers/actors.js';
import { UserNotFoundError } from '../identity.errors.js';
import { builtInPermissions, EVERYONE_ROLE } from '../roles/roles.js';
import { normalizeNickname } from '../users/nickname.js';
import type { EffectivePermissionDto, EffectivePermissionsDto } from './dto/effective-permissions.dto.js';
import { ServiceGrants } from './service-grants.js';

interface UserRow {
  userid: string;
  disabled: boolean;
}

interface RoleRow {
  name: string;
  /** Null where the role is built in, or not defined. */
  permissions: string[] | null;
}

/** Tells what a user may, and why. */
@Injectable()
export class EffectivePermissionsService {
  constructor(
    private readonly database: Database,
    private readonly grants: ServiceGrants,
    private readonly actors: Actors,
  ) {}

  /** The same, of an account known by its nickname. Throws what `get` throws. */
  async ofNickname(actor: Actor, nickname: string): Promise<EffectivePermissionsDto> {
    const name = normalizeNickname(nickname);
    const account = name === undefined ? undefined : await this.actors.byNickname(name);
    if (!account) throw new UserNotFoundError();
    return this.get(actor, account.actor.id);
  }

  /** All that a user may, for himself and for who manages roles. Throws `UserNotFoundError`. */
  async get(actor: Actor, userId: number): Promise<EffectivePermissionsDto> {
    if (actor.id !== userId) actor.require('roles.manage');
    const [user] = await this.database.query<UserRow>('select userid, disabled from "user" where id = $1', [
      userId,
    ]);
    if (!user) throw new UserNotFoundError();
    const roles = await this.database.query<RoleRow>(
      `select ur.name, r.permissions from user_role ur left join role r on r.name = ur.name
       where ur.user_id = $1 order by ur.name`,
      [userId],
    );
    const services = await this.grants.all(user.userid);
    return {
      userid: user.userid,
      disabled: user.disabled,
      permissions: explain(roles),
      services: services.map(({ service, permissions, from }) => ({ service, permissions, given_by: from })),
    };
  }
}

function explain(roles: readonly RoleRow[]): EffectivePermissionDto[] {
  const explained: EffectivePermissionDto[] = [];
  for (const [permission, { about, everyone }] of definedPermissions()) {
    const holders = roles
      .filter(({ name }) => name !== EVERYONE_ROLE)
      .filter((role) => grants(role, permission))
      .map(({ name }) => `role:${name}`);
    const given_by = [...(everyone ? ['everyone'] : []), ...holders];
    if (given_by.length > 0) explained.push({ permission, about, given_by });
  }
  return explained.sort((a, b) => (a.permission < b.permission ? -1 : 1));
}

function grants({ name, permissions }: RoleRow, permission: string): boolean {
  const words = [...(permissions ?? []), ...builtInPermissions(name)];
  return words.includes('*') || words.includes(permission);
}
