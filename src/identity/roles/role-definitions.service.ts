import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { definedPermissions } from '../../platform/access/permissions.js';
import { Database } from '../../platform/database/database.js';
import { CONTROL } from '../control-characters.js';
import { IdentityChanges } from '../identity-changes.js';
import { RoleExistsError, RoleNameInvalidError, UnknownPermissionError } from '../identity.errors.js';
import type {
  ChangeRoleDto,
  NewRoleDto,
  PermissionListDto,
  RoleDto,
  RoleListDto,
  RolesQueryDto,
} from './dto/role.dto.js';
import { Role } from './role.entity.js';
import { RoleAboutInvalidError, RoleBuiltInError, RoleNotDefinedError } from './roles.errors.js';
import { ADMIN_ROLE, builtInPermissions, EVERYONE_ROLE, isBuiltInRole, ROLE_NAME } from './roles.js';

const MAX_ABOUT_LENGTH = 500;
const ABOUT: Readonly<Record<string, string>> = {
  [ADMIN_ROLE]: 'May everything.',
  [EVERYONE_ROLE]: 'What every account may.',
};

type RoleRow = Omit<RoleDto, '_links'>;

/** What roles there are, and what they allow. Nobody defines, changes or deletes what may more than he himself. */
@Injectable()
export class RoleDefinitionsService {
  constructor(
    private readonly database: Database,
    private readonly changes: IdentityChanges,
    private readonly audit: AuditLog,
  ) {}

  /** Every permission of the program. */
  permissions(actor: Actor): PermissionListDto {
    actor.require('permissions.read');
    const permissions = [...definedPermissions()]
      .map(([name, { about, everyone = false }]) => ({ name, about, everyone }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    return { permissions };
  }

  /** A page of the roles, the built-in ones among them, by name. */
  async list(actor: Actor, { limit, after }: RolesQueryDto): Promise<RoleListDto> {
    actor.require('roles.manage');
    const builtIn = [ADMIN_ROLE, EVERYONE_ROLE].map(presentBuiltIn);
    const rows = await this.database.query<RoleRow>(
      `select name, about, permissions, false as built_in from role
       where $1::text is null or name collate "C" > $1 order by name collate "C" limit $2`,
      [after ?? null, limit],
    );
    const roles = [
      ...builtIn.filter(({ name }) => after === undefined || name > after),
      ...rows.map(present),
    ];
    return {
      roles: roles.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))).slice(0, limit),
    };
  }

  /** One role. Throws `RoleNotDefinedError`. */
  async get(actor: Actor, name: string): Promise<RoleDto> {
    actor.require('roles.manage');
    if (isBuiltInRole(name)) return presentBuiltIn(name);
    const role = ROLE_NAME.test(name) ? await this.database.reader().findOne(Role, { name }) : null;
    if (!role) throw new RoleNotDefinedError();
    return presentDefined(role);
  }

  /**
   * Defines a role. Throws `RoleExistsError`, `RoleNameInvalidError`, `RoleAboutInvalidError` and
   * `UnknownPermissionError`.
   */
  async create(actor: Actor, { name, permissions: words, about = '' }: NewRoleDto): Promise<RoleDto> {
    actor.require('roles.manage');
    if (!ROLE_NAME.test(name)) throw new RoleNameInvalidError();
    if (isBuiltInRole(name)) throw new RoleExistsError(name);
    requireAbout(about);
    const permissions = requireWords(actor, words);
    await this.database.transaction(async () => {
      const made = await this.database.execute(
        'insert into role (name, about, permissions) values ($1, $2, $3) on conflict (name) do nothing',
        [name, about, permissions],
      );
      if (made === 0) throw new RoleExistsError(name);
      await this.record(actor, 'role.create', name, { permissions });
    });
    return presentDefined({ name, about, permissions });
  }

  /**
   * Changes what is given of a role, at once for everybody who holds it. Throws `RoleNotDefinedError`,
   * `RoleBuiltInError`, `RoleAboutInvalidError` and `UnknownPermissionError`.
   */
  async change(actor: Actor, name: string, { permissions: words, about }: ChangeRoleDto): Promise<RoleDto> {
    actor.require('roles.manage');
    if (about !== undefined) requireAbout(about);
    const permissions = words && requireWords(actor, words);
    return this.database.transaction(async (em) => {
      const role = await this.changeable(actor, name);
      role.about = about ?? role.about;
      role.permissions = permissions ?? role.permissions;
      await em.flush();
      await this.record(actor, 'role.change', name, { permissions: role.permissions });
      return presentDefined(role);
    });
  }

  /** Deletes a role and every grant of it. Throws `RoleNotDefinedError` and `RoleBuiltInError`. */
  async remove(actor: Actor, name: string): Promise<void> {
    actor.require('roles.manage');
    await this.database.transaction(async (em) => {
      const role = await this.changeable(actor, name);
      await em.remove(role).flush();
      // Else whoever defines the name anew gave it to people that he does not think of.
      const users = await this.database.execute('delete from user_role where name = $1', [name]);
      await this.record(actor, 'role.delete', name, { users });
    });
  }

  private async changeable(actor: Actor, name: string): Promise<Role> {
    if (isBuiltInRole(name)) throw new RoleBuiltInError(name);
    const lock = { lockMode: LockMode.PESSIMISTIC_WRITE };
    const role = ROLE_NAME.test(name) ? await this.database.reader().findOne(Role, { name }, lock) : null;
    if (!role) throw new RoleNotDefinedError();
    for (const word of role.permissions) actor.require(word);
    return role;
  }

  private async record(
    actor: Actor,
    action: string,
    name: string,
    details: Record<string, unknown>,
  ): Promise<void> {
    await this.audit.record({ actor, action, subject: `role:${name}`, details });
    await this.changes.note();
  }
}

/** Each word once. Throws `UnknownPermissionError`, and `ForbiddenError` for what the actor may not do himself. */
function requireWords(actor: Actor, words: readonly string[]): string[] {
  const unknown = words.filter((word) => !definedPermissions().has(word));
  if (unknown.length > 0) throw new UnknownPermissionError(unknown);
  for (const word of words) actor.require(word);
  return [...new Set(words)];
}

function requireAbout(about: string): void {
  if (about.length > MAX_ABOUT_LENGTH || CONTROL.test(about))
    throw new RoleAboutInvalidError(MAX_ABOUT_LENGTH);
}

function presentBuiltIn(name: string): RoleDto {
  return present({ name, about: ABOUT[name]!, permissions: [...builtInPermissions(name)], built_in: true });
}

function presentDefined({ name, about, permissions }: Pick<Role, 'name' | 'about' | 'permissions'>): RoleDto {
  return present({ name, about, permissions, built_in: false });
}

function present({ name, about, permissions, built_in }: RoleRow): RoleDto {
  const self = `/api/v1.0/roles/${encodeURIComponent(name)}`;
  return { name, about, permissions, built_in, _links: { self } };
}
