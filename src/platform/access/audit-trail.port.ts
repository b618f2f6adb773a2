import type { Actor } from './actor.js';

/** What somebody did. */
export interface AuditRecord {
  /** Who did it. Kind and id of the credential are recorded too, where there is one. */
  readonly actor: Pick<Actor, 'userid'> & Partial<Pick<Actor, 'credential'>>;
  /** `noun.verb`, e.g. `role.grant`. */
  readonly action: string;
  /** What it was done to, as `kind:id`, e.g. `user:7`. */
  readonly subject: string;
  /**
   * The rest that one wants to know later. Never a secret: nothing is ever removed from the log. The name `credential`
   * is taken.
   */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The request behind it; not needed while one is being served. */
  readonly requestId?: string;
}

/**
 * Where a deed is written down. A port, because modules on the floor of the audit log have deeds too; from above, use
 * `AuditLog`.
 */
export abstract class AuditTrail {
  /** Adds an entry, within the transaction under way: it is kept exactly if the deed is. */
  abstract record(record: AuditRecord): Promise<void>;
}
