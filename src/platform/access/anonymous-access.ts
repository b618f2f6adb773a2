import { Injectable } from '@nestjs/common';
import { Actor, ANONYMOUS } from './actor.js';

/**
 * What may be done without credentials: nothing, unless a module grants it. A module does so while the program starts,
 * because an operator asked for it; from then on every route that names one of these permissions is open.
 */
@Injectable()
export class AnonymousAccess {
  private readonly permissions = new Set<string>();
  private nobody: Actor | undefined;

  /** Opens the routes that ask for these permissions to callers without credentials. */
  grant(...permissions: string[]): void {
    for (const permission of permissions) this.permissions.add(permission);
    // One for all: that nobody is asking is the same for each request.
    this.nobody = new Actor({
      id: 0,
      userid: ANONYMOUS,
      nickname: ANONYMOUS,
      permissions: new Set(this.permissions),
      credential: { kind: 'none' },
    });
  }

  /** Who acts for a caller without credentials; nobody at all where the permission is not granted. */
  actor(permission: string): Actor | undefined {
    return this.permissions.has(permission) ? this.nobody : undefined;
  }
}
