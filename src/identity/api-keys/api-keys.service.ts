import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import { type Actor, permissionDenied } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { isUniqueViolation } from '../../platform/database/database-errors.js';
import { LiveCredentials } from '../callers/live-credentials.js';
import {
  ApiKeyExistsError,
  ApiKeyLifetimeError,
  ApiKeyLimitError,
  ApiKeyNotFoundError,
  SignInNeededError,
} from '../credentials.errors.js';
import { IdentityChanges } from '../identity-changes.js';
import { IdentityConfig } from '../identity.config.js';
import { newSecret, secretHash } from '../random-secret.js';
import { requireHeldScopes, requireKnownScopes, signedIn } from '../roles/scopes.js';
import { epochSeconds, wholeSecond } from '../timestamps.js';
import { AccountAccess } from '../users/account-access.js';
import { API_KEY_PREFIX, ApiKey } from './api-key.entity.js';
import type { ApiKeyDto, NewApiKeyAnswerDto, NewApiKeyDto } from './dto/api-key.dto.js';

const MAX_KEYS = 100;
const DAY_MS = 86_400_000;
/** As much of a key as is shown later: enough to tell it from others, and far from enough to guess the rest. */
const SHOWN = API_KEY_PREFIX.length + 8;

/** The API keys of users: only their user makes them; who manages users sees and deletes them too. */
@Injectable()
export class ApiKeysService {
  constructor(
    private readonly database: Database,
    private readonly access: AccountAccess,
    private readonly live: LiveCredentials,
    private readonly changes: IdentityChanges,
    private readonly audit: AuditLog,
    private readonly config: IdentityConfig,
  ) {}

  /** All keys of a user, the oldest first; there are a hundred at most. */
  async list(actor: Actor, userId: number): Promise<ApiKeyDto[]> {
    actor.require('api-keys.manage');
    await this.access.requireOwnOrManaged(actor, userId);
    const keys = await this.database
      .reader()
      .find(ApiKey, { user: userId }, { orderBy: { id: 'asc' }, limit: MAX_KEYS });
    return keys.map(present);
  }

  /** One key of a user. Throws `ApiKeyNotFoundError` also where the key is another user's. */
  async get(actor: Actor, userId: number, id: number): Promise<ApiKeyDto> {
    actor.require('api-keys.manage');
    await this.access.requireOwnOrManaged(actor, userId);
    const key = await this.database.reader().findOne(ApiKey, { id, user: userId });
    if (!key) throw new ApiKeyNotFoundError();
    return present(key);
  }

  /**
   * Makes a key for the actor himself and returns it with the key, which is stored nowhere. What was given for some
   * purposes only does not turn into a key. Throws `SignInNeededError`, `UnknownPermissionError`,
   * `CredentialEndedError`, `ApiKeyLifetimeError`, `ApiKeyLimitError` and `ApiKeyExistsError`.
   */
  async create(actor: Actor, userId: number, input: NewApiKeyDto): Promise<NewApiKeyAnswerDto> {
    actor.require('api-keys.manage');
    if (!signedIn(actor)) throw new SignInNeededError();
    if (actor.id !== userId) throw permissionDenied('api-keys.manage');
    const scopes = [...new Set(input.scopes)];
    requireKnownScopes(scopes);
    requireHeldScopes(actor, scopes, true);
    const { name } = input;
    const expiresAt = this.expiry(input);
    const key = newSecret(API_KEY_PREFIX);
    try {
      const made = await this.database.transaction(async (em) => {
        // Keys of one user are made in turn, so that together they do not pass the limit.
        await this.database.query('select from "user" where id = $1 for no key update', [userId]);
        await this.live.require(actor);
        if ((await em.count(ApiKey, { user: userId })) >= MAX_KEYS) throw new ApiKeyLimitError(MAX_KEYS);
        const row = em.create(ApiKey, {
          user: userId,
          name,
          scopes,
          prefix: key.slice(0, SHOWN),
          hash: secretHash(key),
          createdAt: wholeSecond(),
          expiresAt,
        });
        await em.persist(row).flush();
        await this.audit.record({
          actor,
          action: 'api-key.create',
          subject: `user:${userId}`,
          details: { apiKey: row.id, name, scopes, expiresAt: expiresAt.toISOString() },
        });
        return row;
      });
      return { ...present(made), key };
    } catch (error) {
      throw isUniqueViolation(error) ? new ApiKeyExistsError() : error;
    }
  }

  /** Deletes a key; it is refused from now on, in every process. Throws `ApiKeyNotFoundError`. */
  async delete(actor: Actor, userId: number, id: number): Promise<void> {
    actor.require('api-keys.manage');
    await this.access.requireOwnOrManaged(actor, userId);
    await this.database.transaction(async (em) => {
      const key = await em.findOne(ApiKey, { id, user: userId });
      if (!key) throw new ApiKeyNotFoundError();
      await em.remove(key).flush();
      await this.audit.record({
        actor,
        action: 'api-key.delete',
        subject: `user:${userId}`,
        details: { apiKey: id, name: key.name },
      });
      await this.changes.note();
    });
  }

  private expiry({ expires_at, expires_in_days }: NewApiKeyDto): Date {
    const { API_KEY_DAYS, API_KEY_MAX_DAYS } = this.config;
    const now = Date.now();
    const days = expires_in_days ?? Math.min(API_KEY_DAYS, API_KEY_MAX_DAYS);
    const end = expires_at === undefined ? now + days * DAY_MS : expires_at * 1000;
    const both = expires_at !== undefined && expires_in_days !== undefined;
    if (both || end <= now || end > now + API_KEY_MAX_DAYS * DAY_MS) {
      throw new ApiKeyLifetimeError(API_KEY_MAX_DAYS);
    }
    return wholeSecond(end);
  }
}

function present({ id, user, name, prefix, scopes, createdAt, expiresAt, lastUsedAt }: ApiKey): ApiKeyDto {
  const owner = `/api/v1.0/users/${user.id}`;
  return {
    id,
    name,
    prefix,
    scopes,
    created_at: epochSeconds(createdAt),
    expires_at: epochSeconds(expiresAt),
    last_used_at: lastUsedAt ? epochSeconds(lastUsedAt) : null,
    user_id: user.id,
    _links: { self: `${owner}/api-keys/${id}`, user: owner },
  };
}
