import { type LookupAddress, promises as dns } from 'node:dns';
import { isIP } from 'node:net';
import { Injectable } from '@nestjs/common';
import { AddressGuard, literalAddress } from './address-guard.js';
import { firstHop, nextHop, type OutboundBody, type OutboundMethod, redirectTarget } from './outbound-hop.js';
import type { OutboundResponse } from './outbound-response.js';
import {
  OutboundAddressRefusedError,
  OutboundTimeoutError,
  OutboundTooManyRedirectsError,
  OutboundUnreachableError,
} from './outbound.errors.js';
import { sendPinned } from './pinned-connection.js';

/** How long a user's URL may take, over all its redirects, until the headers of the final response are there. */
const FIRST_BYTE_TIMEOUT_MS = 10_000;

export interface OutboundOptions {
  /** Host names, IP addresses and CIDRs that user-given URLs may reach although they are not public. */
  readonly allow: readonly string[];
  /** Limit for the TCP and TLS handshakes of one hop. */
  readonly connectTimeoutMs: number;
  /** Limit for a whole request: names, redirects, the last byte of the body. */
  readonly totalTimeoutMs: number;
  /** Limit for user-given URLs until the final headers are there; 10 000 if not given. */
  readonly firstByteTimeoutMs?: number;
  readonly maxBodyBytes: number;
  readonly maxRedirects: number;
}

export interface OutboundRequest {
  /** GET if not given. */
  readonly method?: OutboundMethod;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: OutboundBody;
  /** Who gave the URL: a user's is guarded; the operator's own is bound by the limits only. */
  readonly audience: 'user' | 'operator';
  /** Instead of `maxBodyBytes`. */
  readonly maxBytes?: number;
  /** Instead of `totalTimeoutMs`. */
  readonly timeoutMs?: number;
  /** Instead of the client's `maxRedirects`; 0 makes any redirect an error. */
  readonly maxRedirects?: number;
  /** Ends the request, and the body, with the signal's own reason. */
  readonly signal?: AbortSignal;
}

/** All addresses of a host name. */
export type HostResolver = (host: string) => Promise<readonly LookupAddress[]>;

const systemResolver: HostResolver = (host) => dns.lookup(host, { all: true });

/**
 * The only way to call an address over HTTP. URLs given by users reach the public internet and `OUTBOUND_ALLOW`,
 * nothing else: a name is resolved once per hop, all its addresses are checked, the connection is made to those
 * addresses and no others, and each redirect starts from zero. Each hop has a connection of its own.
 */
@Injectable()
export class OutboundClient {
  private readonly guard: AddressGuard;

  /** @throws Error when an entry of `allow` is neither a host, an IP address nor a CIDR */
  constructor(
    private readonly options: OutboundOptions,
    private readonly resolve: HostResolver = systemResolver,
  ) {
    this.guard = new AddressGuard(options.allow);
  }

  /**
   * Sends a request, follows redirects and returns the answer, whatever its status, as soon as its headers are
   * there. Only headers that cannot be credentials go along to another origin. An address of the operator's is
   * trusted for its own host: where it redirects to another one, the guard applies.
   * @throws the errors of `outbound.errors.ts`, or the reason of `request.signal`
   */
  async request(url: string | URL, request: OutboundRequest): Promise<OutboundResponse> {
    let hop = firstHop(url, request);
    const trustedHost = request.audience === 'operator' ? hop.url.hostname : undefined;
    const maxRedirects = request.maxRedirects ?? this.options.maxRedirects;
    const limits = {
      connectTimeoutMs: this.options.connectTimeoutMs,
      maxBytes: request.maxBytes ?? this.options.maxBodyBytes,
    };
    const deadline = this.deadlineOf(hop.url.host, request);
    try {
      for (let redirects = 0; redirects <= maxRedirects; redirects++) {
        const addresses = await this.addressesOf(hop.url, hop.url.hostname !== trustedHost, deadline.signal);
        const response = await sendPinned(hop, addresses, limits, deadline.signal);
        const location = redirectTarget(response);
        if (location === undefined) {
          deadline.headersArrived();
          response.body.once('close', () => deadline.end());
          return response;
        }
        response.body.destroy();
        hop = nextHop(hop, response.status, location);
      }
      throw new OutboundTooManyRedirectsError(hop.url.host, maxRedirects);
    } catch (error) {
      deadline.end();
      throw error;
    }
  }

  private deadlineOf(host: string, { audience, timeoutMs, signal }: OutboundRequest): Deadline {
    const totalMs = timeoutMs ?? this.options.totalTimeoutMs;
    const firstByteMs = this.options.firstByteTimeoutMs ?? FIRST_BYTE_TIMEOUT_MS;
    return new Deadline(
      host,
      totalMs,
      audience === 'user' ? Math.min(firstByteMs, totalMs) : totalMs,
      signal,
    );
  }

  /** Resolves the host, once, and checks what it leads to. */
  private async addressesOf(
    url: URL,
    guarded: boolean,
    signal: AbortSignal,
  ): Promise<readonly LookupAddress[]> {
    const literal = literalAddress(url);
    const addresses =
      literal === undefined
        ? await this.resolveInTime(url, signal)
        : [{ address: literal, family: isIP(literal) }];
    const texts = addresses.map(({ address }) => address);
    if (guarded && !this.guard.permits(url.hostname, texts)) throw OutboundAddressRefusedError.host(url.host);
    return addresses;
  }

  private async resolveInTime(url: URL, signal: AbortSignal): Promise<readonly LookupAddress[]> {
    signal.throwIfAborted();
    const { promise: stopped, reject } = Promise.withResolvers<never>();
    const stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    try {
      const addresses = await Promise.race([this.resolve(url.hostname), stopped]);
      if (addresses.length === 0) throw new Error(`No address for ${url.hostname}.`);
      return addresses;
    } catch (error) {
      signal.throwIfAborted();
      throw new OutboundUnreachableError(url.host, error);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }
}

/** The two clocks of a request and the signal that they, or the caller, end it with. */
class Deadline {
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private readonly total: NodeJS.Timeout;
  private readonly firstByte: NodeJS.Timeout;

  constructor(
    private readonly host: string,
    totalMs: number,
    firstByteMs: number,
    outer: AbortSignal | undefined,
  ) {
    const own = this.controller.signal;
    this.signal = outer ? AbortSignal.any([own, outer]) : own;
    this.total = this.abortAfter(totalMs);
    this.firstByte = this.abortAfter(firstByteMs);
  }

  headersArrived(): void {
    clearTimeout(this.firstByte);
  }

  end(): void {
    clearTimeout(this.firstByte);
    clearTimeout(this.total);
  }

  private abortAfter(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.controller.abort(new OutboundTimeoutError(this.host, ms)), ms);
  }
}
