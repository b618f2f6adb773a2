import { definedPermissions } from '../../platform/access/permissions.js';

/** The built-in role that may everything. */
export const ADMIN_ROLE = 'admin';
/** The built-in role that every account holds: reading, and one's own. */
export const EVERYONE_ROLE = 'user';

/** What a role can be called. */
export const ROLE_NAME = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u;

/** Whether a role is part of the program rather than a row of the table. */
export function isBuiltInRole(name: string): boolean {
  return name === ADMIN_ROLE || name === EVERYONE_ROLE;
}

/** What the built-in roles grant; nothing for other names. */
export function builtInPermissions(role: string): readonly string[] {
  if (role === ADMIN_ROLE) return ['*'];
  if (role === EVERYONE_ROLE) return everyonesPermissions();
  return [];
}

/**
 * The permissions of an account.
 * @param roles the names of the roles it holds
 * @param granted what those of them that are in the table grant
 */
export function permissionsOf(roles: readonly string[], granted: readonly string[]): ReadonlySet<string> {
  return new Set([...everyonesPermissions(), ...roles.flatMap(builtInPermissions), ...granted]);
}

function everyonesPermissions(): string[] {
  return [...definedPermissions()].filter(([, { everyone }]) => everyone).map(([word]) => word);
}
