import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { ADMIN_ROLE } from '../roles/roles.js';
import { LastAdminError } from './administration.errors.js';

/** Sees to it that somebody who may everything is left. */
@Injectable()
export class Administrators {
  constructor(private readonly database: Database) {}

  /**
   * To be called in the transaction that takes a user, or his role `admin`, out of use. Throws `LastAdminError` where
   * he is the last one. Such transactions take turns until they end, so that two admins cannot remove each other.
   */
  async requireAnother(userId: number): Promise<void> {
    await this.database.query(`select pg_advisory_xact_lock(hashtext('identity.administrators'))`);
    const holders = await this.database.query<{ id: number }>(
      `select u.id from user_role r join "user" u on u.id = r.user_id
       where r.name = $1 and (u.id = $2 or not u.disabled) order by u.id = $2 limit 2`,
      [ADMIN_ROLE, userId],
    );
    if (holders.length === 1 && holders[0]!.id === userId) throw new LastAdminError();
  }
}
