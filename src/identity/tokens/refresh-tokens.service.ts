import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import type { PasswordCredential } from '../callers/actors.js';
import { LiveCredentials } from '../callers/live-credentials.js';
import { RefreshTokenInvalidError } from '../credentials.errors.js';
import { IdentityChanges } from '../identity-changes.js';
import { IdentityConfig } from '../identity.config.js';
import { PasswordNeededError } from '../identity.errors.js';
import { isSecret, newSecret, secretHash } from '../random-secret.js';
import { epochSeconds } from '../timestamps.js';
import type { RefreshedTokenDto } from './dto/token.dto.js';
import { TokenFamilies } from './token-families.js';
import { type IssuedToken, requireLifetime, Tokens } from './tokens.js';

const PREFIX = 'sbr_';
const DAY_SECONDS = 86_400;

/** Whether a family can be refreshed: it has not ended, by itself or with all tokens of its user. */
const ALIVE = `f.revoked_at is null and f.expires_at > now() and not u.disabled
  and (u.tokens_valid_after is null or u.tokens_valid_after <= f.created_at)`;

interface FamilyRow {
  family: string;
  user: number;
  userid: string;
  /** Seconds since 1970. */
  ends: number;
  begun: number;
  used: boolean;
  alive: boolean;
}

/**
 * Tokens that are renewed without the password. A refresh token is good once: it is swapped for a token and the next
 * refresh token. One that comes a second time was stolen, before or after its owner used it, so everything that goes
 * back to the same sign-in ends. That is so without any time of grace: of two uses at once one gets an answer, and
 * what it gets has ended too. A client must not refresh twice at the same time.
 */
@Injectable()
export class RefreshTokensService {
  constructor(
    private readonly database: Database,
    private readonly tokens: Tokens,
    private readonly families: TokenFamilies,
    private readonly live: LiveCredentials,
    private readonly changes: IdentityChanges,
    private readonly audit: AuditLog,
    private readonly config: IdentityConfig,
  ) {}

  /**
   * A token and a refresh token for whoever signs in with a password. Throws `PasswordNeededError`,
   * `TokenLifetimeError` and `CredentialEndedError`.
   * @param seconds until the token expires; the refresh token is good for REFRESH_TOKEN_DAYS
   */
  async issue(actor: Actor, seconds: number): Promise<RefreshedTokenDto> {
    actor.require('tokens.manage');
    if (actor.credential.kind !== 'basic') throw new PasswordNeededError();
    requireLifetime(seconds, this.config.TOKEN_MAX_SECONDS);
    const { userid } = actor;
    const { tokensValidAfter } = actor.credential as PasswordCredential;
    const family = randomUUID();
    const lifetime = this.config.REFRESH_TOKEN_DAYS * DAY_SECONDS;
    const issued = await this.tokens.sign({ userid, tokensValidAfter }, Math.min(seconds, lifetime), family);
    const ends = epochSeconds(issued.issuedAt) + lifetime;
    const refreshToken = newSecret(PREFIX);
    await this.database.transaction(async () => {
      await this.live.require(actor);
      await this.database.execute(
        `insert into token_family (id, user_id, created_at, expires_at)
         values ($1, $2, to_timestamp($3::bigint), to_timestamp($4::bigint))`,
        [family, actor.id, epochSeconds(issued.issuedAt), ends],
      );
      await this.store(refreshToken, family, ends);
      await this.record('token.create', actor, family, issued);
    });
    return answer(issued, refreshToken);
  }

  /**
   * Swaps a refresh token for a new pair. Throws `RefreshTokenInvalidError`, after the end of the whole family where
   * the token was used before, and `TokenLifetimeError`.
   * @param seconds until the new token expires
   */
  async refresh(refreshToken: string, seconds: number): Promise<RefreshedTokenDto> {
    requireLifetime(seconds, this.config.TOKEN_MAX_SECONDS);
    const found = isSecret(PREFIX, refreshToken) ? await this.find(refreshToken) : undefined;
    if (!found?.alive) throw new RefreshTokenInvalidError();
    const swapped = found.used ? undefined : await this.swap(found, refreshToken, seconds);
    if (!swapped) {
      await this.endReused(refreshToken);
      throw new RefreshTokenInvalidError();
    }
    return swapped;
  }

  /** The new pair; nothing where somebody else was faster. */
  private async swap(
    { userid, user: id, family, ends, begun }: FamilyRow,
    refreshToken: string,
    seconds: number,
  ): Promise<RefreshedTokenDto | undefined> {
    const left = Math.max(ends - epochSeconds(new Date()), 1);
    const user = { userid, id, tokensValidAfter: new Date(begun * 1000) };
    const issued = await this.tokens.sign(user, Math.min(seconds, left), family);
    const next = newSecret(PREFIX);
    const done = await this.database.transaction(async () => {
      // Whatever is ending the user's tokens comes first and is seen below, or waits and ends these too.
      await this.database.query('select from "user" where id = $1 for share', [id]);
      // Whoever sets the time of use first has it; others wait here for him, and find the token used.
      const claimed = await this.database.execute(
        `update refresh_token r set used_at = now()
         from token_family f join "user" u on u.id = f.user_id
         where r.hash = $1 and r.used_at is null and f.id = r.family_id and ${ALIVE}`,
        [secretHash(refreshToken)],
      );
      if (claimed === 0) return false;
      await this.store(next, family, ends);
      await this.record('token.refresh', user, family, issued);
      return true;
    });
    return done ? answer(issued, next) : undefined;
  }

  private async endReused(refreshToken: string): Promise<void> {
    const found = await this.find(refreshToken);
    if (!found?.used) return; // it ended in another way while it was being swapped
    const { family, user, userid } = found;
    await this.database.transaction(async () => {
      if (!(await this.families.end(family))) return;
      const subject = `user:${user}`;
      await this.audit.record({ actor: { userid }, action: 'token.reuse', subject, details: { family } });
      await this.changes.note();
    });
  }

  private async find(refreshToken: string): Promise<FamilyRow | undefined> {
    const [row] = await this.database.prepared<FamilyRow>(
      'identity.refresh-token',
      `select f.id as family, u.id as user, u.userid, extract(epoch from f.expires_at)::float8 as ends,
         extract(epoch from f.created_at)::float8 as begun, r.used_at is not null as used, ${ALIVE} as alive
       from refresh_token r join token_family f on f.id = r.family_id join "user" u on u.id = f.user_id
       where r.hash = $1`,
      [secretHash(refreshToken)],
    );
    return row;
  }

  private async store(refreshToken: string, family: string, ends: number): Promise<void> {
    await this.database.execute(
      'insert into refresh_token (hash, family_id, expires_at) values ($1, $2, to_timestamp($3::bigint))',
      [secretHash(refreshToken), family, ends],
    );
  }

  private async record(
    action: string,
    user: { id: number; userid: string },
    family: string,
    { jti, expiresAt }: IssuedToken,
  ): Promise<void> {
    const details = { jti, expiresAt: expiresAt.toISOString(), family };
    await this.audit.record({ actor: user, action, subject: `user:${user.id}`, details });
  }
}

function answer({ token, expiresAt }: IssuedToken, refreshToken: string): RefreshedTokenDto {
  const expires = epochSeconds(expiresAt) - epochSeconds(new Date());
  return { token, refresh_token: refreshToken, expires_in: Math.max(expires, 0) };
}
