import { createPublicKey, type KeyObject } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { OutboundClient } from '../../platform/outbound/outbound-client.js';
import { SigningConfig } from '../signing-keys/signing.config.js';
import { AuthServerUnavailableError } from './permissions.errors.js';

/** Where Conductors and DataHub's auth have their key. */
const KEY_PATHS = ['/user/public-key', '/auth/public-key'];
/** Tokens with made-up signatures cause no more calls than this. */
const ASK_MS = 60_000;
/** A key that its server has given up is not trusted for longer. */
const KEEP_MS = 3_600_000;
const TIMEOUT_MS = 10_000;
const MAX_BYTES = 64 * 1024;

/** The Conductor elsewhere whose permission tokens are good here (AUTH_SERVER), as far as we know it: by its key. */
@Injectable()
export class AuthServer {
  private readonly logger = new Logger(AuthServer.name);
  private known: KeyObject | undefined;
  private knownAt = -Infinity;
  private askedAt = -Infinity;
  private asking: Promise<void> | undefined;

  constructor(
    private readonly outbound: OutboundClient,
    private readonly config: SigningConfig,
  ) {}

  /** Whether there is one. */
  get configured(): boolean {
    return this.config.AUTH_SERVER !== undefined;
  }

  /** The key that it signs with; kept while it is down. Throws `AuthServerUnavailableError` where it is not known yet. */
  async key(): Promise<KeyObject> {
    if (!this.known) await this.ask();
    else if (performance.now() - this.knownAt > KEEP_MS) void this.ask();
    if (!this.known) throw new AuthServerUnavailableError();
    return this.known;
  }

  /** Its key now, where it is another one than `former`; asks at most once a minute. */
  async newKey(former: KeyObject): Promise<KeyObject | undefined> {
    await this.ask();
    return this.known && !this.known.equals(former) ? this.known : undefined;
  }

  private ask(): Promise<void> {
    if (!this.asking && performance.now() - this.askedAt < ASK_MS) return Promise.resolve();
    this.asking ??= this.fetchKey().finally(() => (this.asking = undefined));
    return this.asking;
  }

  /** Never rejects: what is known stays. */
  private async fetchKey(): Promise<void> {
    this.askedAt = performance.now();
    try {
      const key = await this.published();
      if (!this.known?.equals(key)) this.known = key;
      this.knownAt = this.askedAt;
    } catch (error) {
      this.logger.warn(`the key of AUTH_SERVER is not to be had: ${(error as Error).message}`);
    }
  }

  private async published(): Promise<KeyObject> {
    for (const path of KEY_PATHS) {
      const response = await this.outbound.request(`${this.config.AUTH_SERVER}${path}`, {
        audience: 'operator',
        maxBytes: MAX_BYTES,
        timeoutMs: TIMEOUT_MS,
      });
      if (response.status !== 200) {
        response.body.destroy();
        continue;
      }
      const key = createPublicKey(await response.text());
      if (key.asymmetricKeyType !== 'rsa') throw new Error('it is not an RSA key');
      return key;
    }
    throw new Error(`neither ${KEY_PATHS.join(' nor ')} answers 200`);
  }
}
