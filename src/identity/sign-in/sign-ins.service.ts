import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import * as oidc from 'openid-client';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { AuditLog } from '../../audit/index.js';
import { ANONYMOUS } from '../../platform/access/actor.js';
import { SecretBox } from '../../platform/crypto/secret-box.js';
import { Database } from '../../platform/database/database.js';
import { PublicUrl } from '../../platform/http/public-url.js';
import { Actors } from '../callers/actors.js';
import { CredentialEndedError } from '../callers/callers.errors.js';
import { IdentityConfig } from '../identity.config.js';
import { networkOf } from '../passwords/login-throttle.js';
import { TokensService } from '../tokens/tokens.service.js';
import type { User } from '../users/user.entity.js';
import { ProviderAccounts, type SignInRefusal } from './provider-accounts.js';
import { NextAllowList, withToken } from './sign-in-next.js';
import type { ProviderProfile, SignInProvider, SignInSecrets } from './sign-in-provider.port.js';
import { SignInProviders } from './sign-in-providers.js';
import { SignInConfig } from './sign-in.config.js';
import { SignIn } from './sign-in.entity.js';
import {
  SignInProviderNotFoundError,
  SignInProviderUnavailableError,
  SignInThrottledError,
} from './sign-in.errors.js';

/** How long somebody may take at his provider. */
const SIGN_IN_SECONDS = 600;
/** As the originals. */
const TOKEN_SECONDS = 14 * 86_400;
/** Sign-ins that may be begun from one address in a minute: an office behind one address gets along with it. */
const BEGUN_PER_MINUTE = 100;
const BROWSER = /^[\w-]{43}$/;
/** What providers say instead of a code (RFC 6749, 4.1.2.1). */
const PROVIDER_ERROR = /^[\w-]{1,64}$/;

/** A sign-in that was begun: where the browser goes, and the cookie that it is known by when it comes back. */
export interface BegunSignIn {
  readonly url: string;
  readonly browser: string;
}

interface StoredSignIn {
  readonly provider: string;
  readonly next: string;
  readonly browser: string;
  readonly encrypted_secrets: string;
  readonly expired: boolean;
}

/** Why a sign-in came to nothing, for the audit log. */
type Refusal =
  | SignInRefusal
  | 'account-changed'
  | 'expired'
  | 'foreign-browser'
  | 'wrong-provider'
  | 'next-not-allowed'
  | 'provider-error'
  | 'provider-answer-invalid';

/** Sign-in with an account that somebody has elsewhere: to the provider and back. */
@Injectable()
export class SignInsService {
  private readonly logger = new Logger('SignIn');
  private readonly begun = new RateLimiterMemory({ points: BEGUN_PER_MINUTE, duration: 60 });
  private readonly allowed: NextAllowList;

  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
    private readonly providers: SignInProviders,
    private readonly accounts: ProviderAccounts,
    private readonly actors: Actors,
    private readonly tokens: TokensService,
    private readonly audit: AuditLog,
    private readonly publicUrl: PublicUrl,
    private readonly config: IdentityConfig,
    signInConfig: SignInConfig,
  ) {
    this.allowed = new NextAllowList(signInConfig.SIGN_IN_NEXT);
  }

  /** The address that `next` asks for, if a sign-in may return there. */
  allowedNext(next: string | undefined): URL | undefined {
    return next === undefined ? undefined : this.allowed.find(next, this.publicUrl.to('/'));
  }

  /**
   * Begins a sign-in. Throws `SignInProviderNotFoundError`, `SignInProviderUnavailableError` and
   * `SignInThrottledError`.
   * @param next where to go afterwards; the start page of this server where that is not allowed
   * @param cookie what the browser is known by already
   * @param address IP address of the caller
   */
  async begin(
    name: string,
    next: string | undefined,
    cookie: string | undefined,
    address: string,
  ): Promise<BegunSignIn> {
    const provider = this.providers.find(name);
    if (!provider) throw new SignInProviderNotFoundError();
    await this.throttle(address);
    const secrets = {
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      verifier: oidc.randomPKCECodeVerifier(),
    };
    const url = await this.authorizationUrl(provider, secrets);
    // One for all sign-ins of a browser, so that two of them at the same time do not spoil each other.
    const browser =
      cookie !== undefined && BROWSER.test(cookie) ? cookie : randomBytes(32).toString('base64url');
    const id = sha256(secrets.state);
    await this.database.transaction(async (em) => {
      await this.database.execute('delete from sign_in where expires_at < now()');
      em.create(SignIn, {
        id,
        provider: provider.name,
        next: this.allowedNext(next)?.href ?? '',
        browser: sha256(browser),
        encryptedSecrets: this.box.encrypt(JSON.stringify(secrets), context(id)),
        expiresAt: new Date(Date.now() + SIGN_IN_SECONDS * 1000),
      });
      await em.flush();
    });
    return { url: url.href, browser };
  }

  /**
   * Ends a sign-in and returns where the browser goes, with a token if it went well. It never throws because of what
   * the browser or the provider brought: the page that began is told by the token that is not there.
   * @param search the query that the provider sent the browser back with
   * @param name the provider whose address it was; undefined for addresses of all
   */
  async finish(search: string, name: string | undefined, cookie: string | undefined): Promise<string> {
    const parameters = new URLSearchParams(search);
    const state = parameters.get('state') ?? '';
    const id = sha256(state);
    const stored = await this.take(id);
    // The log is not for what nobody here has begun: whoever likes could fill it.
    if (!stored) return this.home();
    const next = this.allowedNext(stored.next);
    const refuse = async (reason: Refusal, details: object = {}, user?: User) => {
      await this.refused(stored.provider, reason, details, user);
      return next ? withToken(next) : this.home();
    };
    if (stored.expired) return refuse('expired');
    if (stored.next !== '' && !next) return refuse('next-not-allowed'); // the list became shorter meanwhile
    if (!isSame(stored.browser, sha256(cookie ?? ''))) return refuse('foreign-browser');
    const provider = this.providers.find(stored.provider);
    if (!provider || (name !== undefined && name !== provider.name)) return refuse('wrong-provider');
    const error = parameters.get('error');
    if (error !== null) return refuse('provider-error', PROVIDER_ERROR.test(error) ? { error } : {});

    const secrets = JSON.parse(this.box.decrypt(stored.encrypted_secrets, context(id))) as SignInSecrets;
    const profile = await this.profile(provider, search, secrets);
    if (!profile) return refuse('provider-answer-invalid');
    const signedIn = await this.accounts.signIn(provider.name, profile);
    if ('refused' in signedIn) return refuse(signedIn.refused, {}, signedIn.user);
    const token = await this.token(signedIn.user);
    if (token === undefined) return refuse('account-changed', {}, signedIn.user);
    return next ? withToken(next, token) : `${this.home()}?jwt=${token}`;
  }

  /** Takes a sign-in out, for good: whoever brings its state again finds nothing. */
  private async take(id: string): Promise<StoredSignIn | undefined> {
    const [stored] = await this.database.query<StoredSignIn>(
      `delete from sign_in where id = $1
       returning provider, next, browser, encrypted_secrets, expires_at < now() as expired`,
      [id],
    );
    return stored;
  }

  private async authorizationUrl(provider: SignInProvider, secrets: SignInSecrets): Promise<URL> {
    try {
      return await provider.authorizationUrl(this.callback(provider), secrets);
    } catch (error) {
      this.logger.warn(`${provider.name} cannot be reached: ${reasonOf(error)}`);
      throw new SignInProviderUnavailableError(provider.title, error);
    }
  }

  private async profile(
    provider: SignInProvider,
    search: string,
    secrets: SignInSecrets,
  ): Promise<ProviderProfile | undefined> {
    try {
      return await provider.profile(new URL(this.callback(provider) + search), secrets);
    } catch (error) {
      this.logger.warn(`${provider.name} did not say who signed in: ${reasonOf(error)}`);
      return undefined;
    }
  }

  /**
   * Not in the transaction that found the account: signing may make a key. Nothing where the account was disabled or
   * deleted, or its tokens ended, since then.
   */
  private async token(user: User): Promise<string | undefined> {
    const seconds = Math.min(TOKEN_SECONDS, this.config.TOKEN_MAX_SECONDS);
    const account = await this.actors.byId(user.id);
    if (!account) return undefined;
    try {
      return await this.tokens.issueFor(user, account.actor, seconds); // he has brought no credential of ours
    } catch (error) {
      if (error instanceof CredentialEndedError) return undefined;
      throw error;
    }
  }

  private async refused(provider: string, reason: Refusal, details: object, user?: User): Promise<void> {
    await this.audit.record({
      actor: user ?? { userid: ANONYMOUS },
      action: 'user.sign-in-refused',
      subject: user ? `user:${user.id}` : `provider:${provider}`,
      details: { provider, reason, ...details },
    });
  }

  private async throttle(address: string): Promise<void> {
    try {
      await this.begun.consume(networkOf(address));
    } catch (refusal) {
      if (refusal instanceof Error) throw refusal;
      throw new SignInThrottledError(Math.ceil((refusal as RateLimiterRes).msBeforeNext / 1000));
    }
  }

  private callback(provider: SignInProvider): string {
    return this.publicUrl.to(`/user/callback/${provider.name}`);
  }

  /** The start page of this server, whatever name it was called by. */
  private home(): string {
    return new URL(this.publicUrl.to('/')).pathname;
  }
}

function sha256(text: string): string {
  return hash('sha256', text);
}

function isSame(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function context(id: string): string {
  return `sign_in:${id}`;
}

/** For the log: what went wrong, and what that goes back to. Neither holds a secret: bodies and headers are left out. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { error: code } = error as { error?: unknown };
  const told = typeof code === 'string' && PROVIDER_ERROR.test(code) ? ` (${code})` : '';
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return error.message + told + cause;
}
