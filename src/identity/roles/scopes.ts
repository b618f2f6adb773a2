import type { Actor } from '../../platform/access/actor.js';
import { definedPermissions } from '../../platform/access/permissions.js';
import { UnknownPermissionError } from '../identity.errors.js';

/** Stands for everything that the owner of the credential may. */
export const ALL = '*';

/** The form of a scope. */
export const SCOPE = /^(\*|[a-z][a-z0-9.-]{0,99})$/;

/** Most scopes of one credential. */
export const SCOPES_MAX = 100;

/** What people call a credential: something to read, on one line. */
export const TITLE = /^(?=.*\S)[^\p{Cc}\p{Cs}]{1,200}$/u;

/** The rest of the sentence for what is no `TITLE`. */
export const TITLE_MESSAGE = 'must be a text of 1 to 200 characters on one line';

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

/** Whether the caller came with what opens everything that his account may: a password, or a token had for it. */
export function signedIn({ credential }: Actor): boolean {
  return credential.kind === 'basic' || credential.kind === 'token';
}

/**
 * Throws `ForbiddenError` unless the actor holds each scope. `*` is what the owner of the credential may: only he
 * himself holds it, signed in, and who may everything.
 */
export function requireHeldScopes(actor: Actor, scopes: readonly string[], isOwner: boolean): void {
  for (const scope of scopes) {
    if (scope === ALL && isOwner && signedIn(actor)) continue;
    actor.require(scope);
  }
}
