import type { Actor } from '../../platform/access/actor.js';
import { isPackageId, ownerOf } from './package-id.js';

/**
 * Whether the actor may change the package of this id, if there is one: he owns it, or may manage those of everybody.
 * Whoever is refused learns nothing of whether it is there.
 */
export function mayManage(actor: Actor, id: string | undefined): id is string {
  if (!actor.may('packages.manage') || !isPackageId(id)) return false;
  return ownerOf(id) === actor.userid || actor.may('packages.manage-all');
}

/** Whose private packages are shown beside the public ones. */
export interface Viewer {
  /** Null for those who own nothing that counts here. */
  readonly userid: string | null;
  /** Whether he sees those of everybody. */
  readonly all: boolean;
}

/**
 * What the actor, if anybody, sees of the packages. A permission token is no more than nobody here: it says what its
 * user may do with a service, not that he is there to read.
 */
export function viewerOf(actor: Actor | undefined): Viewer {
  const userid = actor?.may('packages.read') ? actor.userid : null;
  return { userid, all: actor?.may('packages.manage-all') ?? false };
}
