import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';

/** The tokens that go back to one sign-in. */
@Injectable()
export class TokenFamilies {
  constructor(private readonly database: Database) {}

  /**
   * Ends the family, within the transaction under way, which must note the change. Returns whether it had not ended
   * before.
   */
  async end(id: string): Promise<boolean> {
    const ended = await this.database.execute(
      `update token_family set revoked_at = date_trunc('second', now()) where id = $1 and revoked_at is null`,
      [id],
    );
    return ended > 0;
  }

  /**
   * Deletes some of the families and of the tokens given back that have expired, and returns how many. What a family
   * can be refreshed with goes with it and not before: who brings a refresh token that was used is to be noticed.
   */
  async prune(): Promise<number> {
    const families = await this.database.execute(
      'delete from token_family where id in (select id from token_family where expires_at < now() limit 1000)',
    );
    const tokens = await this.database.execute(
      'delete from revoked_token where jti in (select jti from revoked_token where expires_at < now() limit 1000)',
    );
    return families + tokens;
  }
}
