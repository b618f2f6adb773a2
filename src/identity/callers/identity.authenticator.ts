import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Actor } from '../../platform/access/actor.js';
import { Authenticator } from '../../platform/access/authenticator.port.js';
import { isApiKey } from '../api-keys/api-key.entity.js';
import { IdentityChanges } from '../identity-changes.js';
import { CredentialsMissingError, LoginRefusedError } from '../identity.errors.js';
import { parseBasicHeader } from '../passwords/authorization-header.js';
import { PasswordStrategy } from '../passwords/password.strategy.js';
import { LastSeen } from '../users/last-seen.js';
import { normalizeNickname } from '../users/nickname.js';
import { BearerCredentials } from './bearer-credentials.js';
import { RequestCredentials } from './request-credentials.js';

const CACHE_MS = 60_000;
const TOKENS_MAX = 10_000;
const PASSWORDS_MAX = 1_000;

interface CachedToken {
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly until: number;
}

interface CachedPassword extends CachedToken {
  readonly proof: Buffer;
}

/**
 * The guard's eyes: finds the caller behind Bearer and Basic credentials. What it found it remembers for a minute at
 * most, and forgets on every change of roles, passwords and tokens, wherever it is made.
 */
@Injectable()
export class IdentityAuthenticator extends Authenticator {
  private readonly tokens = new LRUCache<string, CachedToken>({ max: TOKENS_MAX });
  private readonly passwords = new LRUCache<string, CachedPassword>({ max: PASSWORDS_MAX });
  private readonly underWay = new Map<string, Promise<Actor>>();
  private readonly proofKey = randomBytes(32);
  /** Rises whenever the caches are emptied: what was found out before must not be put into them after. */
  private generation = 0;

  constructor(
    private readonly credentials: RequestCredentials,
    private readonly bearers: BearerCredentials,
    private readonly passwordStrategy: PasswordStrategy,
    private readonly changes: IdentityChanges,
    private readonly lastSeen: LastSeen,
  ) {
    super();
    changes.onChange(() => this.forget());
  }

  hasCredentials(request: FastifyRequest): boolean {
    return this.credentials.any(request);
  }

  authenticate(request: FastifyRequest): Actor | Promise<Actor> {
    const credential = this.credentials.find(request);
    if (!credential) throw new CredentialsMissingError();
    const { scheme, value } = credential;
    if (scheme === 'bearer') return this.byToken(value, request);
    const pair = parseBasicHeader(value);
    if (!pair || !isApiKey(pair.password)) return this.byPassword(value, request);
    const found = this.byToken(pair.password, request);
    return found instanceof Promise
      ? found.then((actor) => named(actor, pair.nickname))
      : named(found, pair.nickname);
  }

  private byToken(token: string, request: FastifyRequest): Actor | Promise<Actor> {
    const key = hash('sha256', token, 'base64');
    const recall = () => valid(this.tokens.get(key));
    const known = recall();
    if (known && this.changes.fresh) return known;
    return this.once(`token ${key}`, recall, async (keep) => {
      const { actor, expiresAt } = await this.bearers.check(token, request);
      const until = Math.min(expiresAt?.getTime() ?? Infinity, Date.now() + CACHE_MS);
      keep(() => this.tokens.set(key, { actor, until }));
      return actor;
    });
  }

  /**
   * Remembers one password per account and address, and forgets it on the first wrong one: a guesser finds no faster
   * way than the one that `LoginThrottle` watches.
   */
  private byPassword(header: string, request: FastifyRequest): Actor | Promise<Actor> {
    const proof = createHmac('sha256', this.proofKey).update(header).digest();
    const pair = `${request.ip} ${normalizeNickname(parseBasicHeader(header)?.nickname ?? '') ?? ''}`;
    const recall = () => {
      const cached = this.passwords.get(pair);
      return cached && timingSafeEqual(cached.proof, proof) ? valid(cached) : undefined;
    };
    const known = recall();
    if (known && this.changes.fresh) return known;
    if (!known) this.passwords.delete(pair);
    return this.once(`password ${pair} ${proof.toString('base64')}`, recall, async (keep) => {
      const actor = await this.passwordStrategy.check(request);
      keep(() => this.passwords.set(pair, { actor, proof, until: Date.now() + CACHE_MS }));
      return actor;
    });
  }

  /**
   * Makes sure that the caches may be used, and checks the credential where they still do not know it; once for all
   * the requests that bring it at the same time.
   */
  private once(
    key: string,
    recall: () => Actor | undefined,
    check: (keep: (store: () => void) => void) => Promise<Actor>,
  ): Promise<Actor> {
    const generation = this.generation;
    const job = `${generation} ${key}`; // a check that began before a change serves nobody who came after it
    let running = this.underWay.get(job);
    if (!running) {
      running = this.changes
        .ensureFresh()
        .then(() => recall() ?? check((store) => generation === this.generation && store()))
        .finally(() => this.underWay.delete(job));
      this.underWay.set(job, running);
    }
    return running.then((actor) => {
      this.lastSeen.note(actor);
      return actor;
    });
  }

  private forget(): void {
    this.generation++;
    this.tokens.clear();
    this.passwords.clear();
  }
}

/** An API key in the place of the password opens nothing for another nickname than its user's. */
function named(actor: Actor, nickname: string): Actor {
  if (normalizeNickname(nickname) !== actor.nickname) throw new LoginRefusedError();
  return actor;
}

function valid(cached: CachedToken | undefined): Actor | undefined {
  return cached && cached.until > Date.now() ? cached.actor : undefined;
}
