import { definedPermissions } from '../platform/access/permissions.js';
import { UnknownPermissionError } from './identity.errors.js';

/** Stands for everything that the owner of the credential may. */
export const ALL = '*';

/**
 * What a credential may that was given to somebody for some purposes only: what its scopes say, as far as its owner
 * may it himself.
 */
export function withinScopes(owner: ReadonlySet<string>, scopes: readonly string[]): ReadonlySet<string> {
  if (scopes.includes(ALL)) return owner;
  return new Set(owner.has(ALL) ? scopes : scopes.filter((scope) => owner.has(scope)));
}

/** Throws `UnknownPermissionError` where a scope is neither a permission nor `*`. */
export function requireKnownScopes(scopes: readonly string[]): void {
  const unknown = scopes.filter((scope) => scope !== ALL && !definedPermissions().has(scope));
  if (unknown.length > 0) throw new UnknownPermissionError(unknown);
}
