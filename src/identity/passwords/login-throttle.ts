import { hash } from 'node:crypto';
import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import {
  type IRateLimiterOptions,
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterPostgres,
} from 'rate-limiter-flexible';
import { Database } from '../../platform/database/database.js';
import { LoginThrottledError } from '../identity.errors.js';
import { FailureCounter } from './failure-counter.js';

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** How long an address counts as one that an account signs in from. Node's timers know no more than 24 days. */
const KNOWN_SECONDS = 14 * DAY;
/** What one customer of a provider holds of IPv6: single addresses are free to him. */
const IPV6_PREFIX_BYTES = 8;

/** One sign-in, counted as failed until it is told otherwise. */
export interface LoginAttempt {
  /** The password was right. */
  succeed(): Promise<void>;
  /** The password was not checked after all. */
  withdraw(): Promise<void>;
}

interface Limiters {
  /** Per account and address. */
  readonly pair: FailureCounter;
  /** Per address: one guess at each of many accounts. */
  readonly address: FailureCounter;
  /** Per account: guesses from many addresses. */
  readonly account: FailureCounter;
  /** Pairs that succeeded lately. */
  readonly known: RateLimiterAbstract;
}

/**
 * Slows down whoever guesses passwords: five fast tries, then growing waits. An address that an account has signed
 * in from lately is held to its own failures only, so that nobody can lock somebody else out by guessing at his
 * account, or from his network. On PostgreSQL all processes count together; on the embedded database there is one.
 */
@Injectable()
export class LoginThrottle {
  private limiters: Promise<Limiters> | undefined;

  constructor(
    private readonly database: Database,
    private readonly em: EntityManager,
  ) {}

  /**
   * Counts a try, before its password is checked: tries at the same time cannot slip through together. Throws
   * `LoginThrottledError` where it must wait.
   */
  async begin(nickname: string, ip: string): Promise<LoginAttempt> {
    const { pair, address, account, known } = await this.shared();
    const network = networkOf(ip);
    const keys = {
      pair: digest(`${network} ${nickname}`),
      address: digest(network),
      account: digest(nickname),
    };
    const isKnown = (await known.get(keys.pair)) !== null;
    const counted: [FailureCounter, string][] = [[pair, keys.pair]];
    if (!isKnown) counted.push([address, keys.address], [account, keys.account]);
    const all = <T>(step: (counter: FailureCounter, key: string) => Promise<T>) =>
      Promise.all(counted.map(([counter, key]) => step(counter, key)));

    refuse(await all((counter, key) => counter.closedFor(key)));
    const waits = await all((counter, key) => counter.count(key));
    const withdraw = async () => void (await all((counter, key) => counter.takeBack(key)));
    if (waits.some((wait) => wait > 0)) await withdraw();
    refuse(waits);
    return {
      withdraw,
      succeed: async () => {
        await withdraw();
        await Promise.all([pair.forget(keys.pair), known.set(keys.pair, 1, KNOWN_SECONDS)]);
      },
    };
  }

  private shared(): Promise<Limiters> {
    this.limiters ??= this.makeLimiters().catch((error: unknown) => {
      this.limiters = undefined; // the database may be back next time
      throw error;
    });
    return this.limiters;
  }

  private async makeLimiters(): Promise<Limiters> {
    const make = await this.limiterFactory();
    const counter = (name: string, window: number, longestWait: number) =>
      new FailureCounter(
        make({ keyPrefix: `${name}-failures`, points: 1, duration: window }),
        make({ keyPrefix: `${name}-gate`, points: 1, duration: longestWait }),
        longestWait,
      );
    return {
      pair: counter('pair', DAY, 900),
      address: counter('address', HOUR, 60),
      account: counter('account', HOUR, 60),
      known: make({ keyPrefix: 'known', points: 1, duration: KNOWN_SECONDS }),
    };
  }

  private async limiterFactory(): Promise<(options: IRateLimiterOptions) => RateLimiterAbstract> {
    if (this.database.embedded) return (options) => new RateLimiterMemory(options);
    const storeClient = await this.em.getConnection().getNativeClient();
    const store = { storeClient, storeType: 'pool', tableName: 'login_throttle', tableCreated: true };
    return (options) =>
      new RateLimiterPostgres({ ...options, ...store, clearExpiredByTimeout: options.keyPrefix === 'known' });
  }
}

function refuse(waits: readonly number[]): void {
  const longest = Math.max(...waits);
  if (longest > 0) throw new LoginThrottledError(Math.ceil(longest / 1000));
}

/** Names are whatever the caller sent, so they are stored as digests of one length. */
function digest(text: string): string {
  return hash('sha256', text, 'base64url');
}

/** The network that an address belongs to, as a text to count by. */
export function networkOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip); // an IPv4 address in IPv6 clothes is IPv4
  return address.kind() === 'ipv4'
    ? address.toString()
    : Buffer.from(address.toByteArray().slice(0, IPV6_PREFIX_BYTES)).toString('hex');
}
