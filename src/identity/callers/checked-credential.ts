import type { Actor } from '../../platform/access/actor.js';

/** A credential that holds. */
export interface CheckedCredential {
  readonly actor: Actor;
  /** Until when at most; null: until it is taken back. */
  readonly expiresAt: Date | null;
}
