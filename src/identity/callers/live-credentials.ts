import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import type { ClientCredential, PasswordCredential, TokenCredential } from './actors.js';
import { CredentialEndedError } from './callers.errors.js';

/** The account that a credential stands on, and what else must be so that it holds. */
interface Terms {
  readonly account: number;
  /** SQL about the account `u`; its parameters begin with `$2`. */
  readonly condition: string;
  readonly parameters: readonly unknown[];
}

const SAME_STATE = 'u.tokens_valid_after is not distinct from $2::timestamptz';

/**
 * Looks again whether a credential holds, where another one is about to be made for it. Between the request's check
 * and this there may be a password that was hashed for a while, or a cache that has yet to hear of a change: else
 * whoever keeps requests under way would get something that outlives what he came with.
 */
@Injectable()
export class LiveCredentials {
  constructor(private readonly database: Database) {}

  /**
   * Whether what the actor came with still holds, with the account in the state in which it was read. To be asked in
   * the transaction that makes a credential, or records it: whatever ends the account's tokens waits for its end, and
   * so ends what is made too.
   */
  async hold(actor: Actor): Promise<boolean> {
    if (actor.credential.kind === 'internal') return true; // the program itself and its operator came with nothing
    const terms = termsOf(actor);
    if (!terms) return false;
    const found = await this.database.query(
      `select u.id from "user" u where u.id = $1 and not u.disabled and ${terms.condition} for share of u`,
      [terms.account, ...terms.parameters],
    );
    return found.length > 0;
  }

  /** Throws `CredentialEndedError` unless `hold` does. */
  async require(actor: Actor): Promise<void> {
    if (!(await this.hold(actor))) throw new CredentialEndedError();
  }
}

function termsOf({ id: account, userid, credential }: Actor): Terms | undefined {
  switch (credential.kind) {
    case 'basic': {
      const { tokensValidAfter } = credential as PasswordCredential;
      return { account, condition: SAME_STATE, parameters: [text(tokensValidAfter)] };
    }
    case 'token': {
      const { tokensValidAfter, id: jti, family } = credential as TokenCredential;
      return {
        account,
        condition: `${SAME_STATE} and not exists (select from revoked_token t where t.jti = $3)
          and ($4::uuid is null or exists (select from token_family f where f.id = $4 and f.revoked_at is null))`,
        parameters: [text(tokensValidAfter), jti, family ?? null],
      };
    }
    case 'api-key':
      return {
        account,
        condition: `exists (
          select from api_key k where k.id = $2 and k.user_id = u.id and k.expires_at > now())`,
        parameters: [Number(credential.id)],
      };
    case 'client': {
      const { ownerId, tokensValidAfter } = credential as ClientCredential;
      return {
        account: ownerId,
        condition: `exists (select from api_client c where c.client_id = $2 and c.owner_id = u.id
          and c.tokens_valid_after is not distinct from $3::timestamptz)`,
        parameters: [userid, text(tokensValidAfter)],
      };
    }
    default:
      return undefined;
  }
}

function text(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}
