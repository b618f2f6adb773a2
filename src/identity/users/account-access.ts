import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { Actors } from '../callers/actors.js';
import { UserNotFoundError } from '../identity.errors.js';

/** Who may look after the credentials of an account. */
@Injectable()
export class AccountAccess {
  constructor(private readonly actors: Actors) {}

  /**
   * Passes for the account itself, and for who manages users and may all that it may. Throws `ForbiddenError`, and
   * `UserNotFoundError` for a manager only.
   */
  async requireOwnOrManaged(actor: Actor, userId: number): Promise<void> {
    if (userId !== 0 && actor.id === userId) return;
    actor.require('users.manage');
    const account = await this.actors.byId(userId);
    if (!account) throw new UserNotFoundError();
    for (const permission of account.actor.permissions) actor.require(permission);
  }
}
