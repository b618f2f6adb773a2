import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { AuditLog, type AuditRecord } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import type { PasswordCredential, TokenCredential } from '../callers/actors.js';
import { LiveCredentials } from '../callers/live-credentials.js';
import { IdentityChanges } from '../identity-changes.js';
import { IdentityConfig } from '../identity.config.js';
import { PasswordNeededError, TokenNeededError, UserNotFoundError } from '../identity.errors.js';
import { AccountAccess } from '../users/account-access.js';
import { User } from '../users/user.entity.js';
import { TokenFamilies } from './token-families.js';
import { requireLifetime, Tokens } from './tokens.js';

/** Giving tokens out and taking them back. */
@Injectable()
export class TokensService {
  constructor(
    private readonly database: Database,
    private readonly tokens: Tokens,
    private readonly families: TokenFamilies,
    private readonly live: LiveCredentials,
    private readonly access: AccountAccess,
    private readonly changes: IdentityChanges,
    private readonly audit: AuditLog,
    private readonly config: IdentityConfig,
  ) {}

  /**
   * A token for whoever signs in with a password: a token, or whatever else opens less, must not be turned into
   * another one. Throws `PasswordNeededError`, `TokenLifetimeError` and `CredentialEndedError`.
   * @param seconds until it expires
   */
  async issue(actor: Actor, seconds: number): Promise<string> {
    actor.require('tokens.manage');
    if (actor.credential.kind !== 'basic') throw new PasswordNeededError();
    return this.issueFor(actor, actor, seconds);
  }

  /**
   * A token for an account, as `issue`; whether the actor may is for the caller to check.
   * @param account as whoever signs in with its password: it gets a token only as it was read
   */
  async issueFor(actor: AuditRecord['actor'], account: Actor, seconds: number): Promise<string> {
    requireLifetime(seconds, this.config.TOKEN_MAX_SECONDS);
    const { tokensValidAfter } = account.credential as PasswordCredential;
    const { userid } = account;
    // Not in the transaction, as it may make a key. What ends all tokens after it ends this one: it is dated before.
    const { token, jti, expiresAt } = await this.tokens.sign({ userid, tokensValidAfter }, seconds);
    const details = { jti, expiresAt: expiresAt.toISOString() };
    await this.database.transaction(async () => {
      await this.live.require(account);
      await this.audit.record({ actor, action: 'token.create', subject: `user:${account.id}`, details });
    });
    return token;
  }

  /**
   * Takes the token back that the actor came with, in every process, and all others that go back to the same sign-in.
   * Throws `TokenNeededError`.
   */
  async revoke(actor: Actor): Promise<void> {
    actor.require('tokens.manage');
    if (actor.credential.kind !== 'token') throw new TokenNeededError();
    const { id: jti, expiresAt, family } = actor.credential as TokenCredential;
    await this.database.transaction(async () => {
      await this.database.execute(
        'insert into revoked_token (jti, expires_at) values ($1, $2) on conflict (jti) do nothing',
        [jti, expiresAt.toISOString()],
      );
      if (family) await this.families.end(family);
      await this.audit.record({
        actor,
        action: 'token.revoke',
        subject: `user:${actor.id}`,
        details: { jti, ...(family && { family }) },
      });
      await this.changes.note();
    });
  }

  /**
   * Ends every token of a user, and whatever they can be refreshed with, in every process; API keys and API clients
   * stay. For himself, and for who manages users. Throws `UserNotFoundError`.
   */
  async revokeAll(actor: Actor, userId: number): Promise<void> {
    actor.require('tokens.manage');
    await this.access.requireOwnOrManaged(actor, userId);
    await this.database.transaction(async (em) => {
      // Locked: of two at the same time the second ends what was issued after the first.
      const user = await em.findOne(User, { id: userId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!user) throw new UserNotFoundError();
      user.endTokens();
      await em.flush();
      await this.audit.record({ actor, action: 'token.revoke-all', subject: `user:${userId}` });
      await this.changes.note();
    });
  }
}
