import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { PassThrough, type Readable } from 'node:stream';
import { Client, type Dispatcher, errors } from 'undici';
import type { Hop } from './outbound-hop.js';
import { OutboundResponse } from './outbound-response.js';
import {
  OutboundRequestInvalidError,
  OutboundResponseInvalidError,
  OutboundTimeoutError,
  OutboundTooLargeError,
  OutboundUnreachableError,
} from './outbound.errors.js';

const MAX_HEADER_BYTES = 16_384;

export interface ConnectionLimits {
  readonly connectTimeoutMs: number;
  readonly maxBytes: number;
}

/**
 * One request over a connection of its own, which is made to `addresses` and to no others and is closed with the
 * body. The body fails with the errors of `outbound.errors.ts`, or with the reason of `signal`.
 */
export async function sendPinned(
  hop: Hop,
  addresses: readonly LookupAddress[],
  limits: ConnectionLimits,
  signal: AbortSignal,
): Promise<OutboundResponse> {
  const { method, headers, url } = hop;
  const translate = (error: unknown) => outboundError(error, url.host, limits, signal);
  const client = new Client(url.origin, {
    connect: { lookup: pinnedTo(addresses), timeout: limits.connectTimeoutMs },
    allowH2: false,
    // The connection ends with the body.
    pipelining: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
    maxResponseSize: limits.maxBytes,
    // `signal` is the clock for these two.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  let answer: Dispatcher.ResponseData;
  try {
    answer = await client.request({
      path: url.pathname + url.search,
      method,
      headers,
      body: hop.body ?? null,
      signal,
    });
  } catch (error) {
    await client.destroy();
    throw translate(error);
  }
  const body = translated(answer.body, translate);
  if (method !== 'HEAD' && Number(answer.headers['content-length'] ?? 0) > limits.maxBytes) {
    body.destroy();
    throw new OutboundTooLargeError(url.host, limits.maxBytes);
  }
  return new OutboundResponse(answer.statusCode, answer.headers, body, url.href);
}

/** A lookup that knows the checked addresses only, so that a second answer of the name server cannot matter. */
function pinnedTo(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, { all }, callback) => {
    if (all) callback(null, [...addresses]);
    else callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
  };
}

/** The same bytes; what goes wrong arrives as an error of ours, and ending one stream ends the other. */
function translated(source: Readable, translate: (error: unknown) => Error): Readable {
  const body = new PassThrough();
  // A body that nobody reads must not end the process when its deadline comes; a reader still gets the error.
  body.on('error', () => undefined);
  body.once('close', () => source.destroy());
  source.on('error', (error) => body.destroy(translate(error)));
  return source.pipe(body);
}

/** What the socket, the HTTP parser or the signal threw, as what the caller should hear. */
function outboundError(error: unknown, host: string, limits: ConnectionLimits, signal: AbortSignal): Error {
  if (signal.aborted) return signal.reason as Error;
  if (error instanceof errors.ConnectTimeoutError)
    return new OutboundTimeoutError(host, limits.connectTimeoutMs);
  if (error instanceof errors.ResponseExceededMaxSizeError)
    return new OutboundTooLargeError(host, limits.maxBytes);
  if (error instanceof errors.InvalidArgumentError) return new OutboundRequestInvalidError(error);
  if (
    error instanceof errors.HTTPParserError ||
    error instanceof errors.HeadersOverflowError ||
    error instanceof errors.ResponseContentLengthMismatchError
  ) {
    return new OutboundResponseInvalidError(host, 'something that is not HTTP', error);
  }
  return new OutboundUnreachableError(host, error);
}
