import type { Actor } from '../platform/access/actor.js';
import { NotOwnStorageError } from './datastore.errors.js';

/** Lets pass whose storage it is, and who manages that of everybody. Throws `NotOwnStorageError`. */
export function requireOwn(actor: Actor, owner: string): void {
  if (owner !== actor.userid && !actor.may('datastore.manage')) throw new NotOwnStorageError();
}
