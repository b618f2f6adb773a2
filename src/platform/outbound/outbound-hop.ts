import type { FormData } from 'undici';
import { parseOutboundUrl } from './address-guard.js';
import type { OutboundResponse } from './outbound-response.js';
import { OutboundRequestInvalidError, OutboundResponseInvalidError } from './outbound.errors.js';

/** Set by the connection or by the URL, never by a caller: a foreign `host` would also change the TLS name. */
const CONNECTION_HEADERS = [
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'keep-alive',
  'upgrade',
  'expect',
];
/** All that another origin gets to see after a redirect: any other header may be a credential. */
const HARMLESS_HEADERS = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'user-agent',
]);
const BODY_HEADERS = ['content-type', 'content-encoding', 'content-language', 'content-location'];
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

export type OutboundMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
/** A body that can be sent again, as a redirect may ask; a form is undici's own `FormData`. */
export type OutboundBody = string | Uint8Array | FormData;

/** One request of the chain that redirects make. */
export interface Hop {
  readonly url: URL;
  readonly method: OutboundMethod;
  readonly headers: Headers;
  readonly body: OutboundBody | undefined;
}

/** The request as the caller wants it. @throws OutboundUrlInvalidError, OutboundAddressRefusedError, OutboundRequestInvalidError */
export function firstHop(
  url: string | URL,
  request: {
    method?: OutboundMethod;
    headers?: Readonly<Record<string, string>>;
    body?: OutboundBody;
  },
): Hop {
  const parsed = parseOutboundUrl(String(url));
  let headers: Headers;
  try {
    headers = new Headers(request.headers);
  } catch (error) {
    throw new OutboundRequestInvalidError(error);
  }
  for (const name of CONNECTION_HEADERS) headers.delete(name);
  if (!headers.has('accept-encoding')) headers.set('accept-encoding', 'identity');
  if (!headers.has('user-agent')) headers.set('user-agent', 'signalbox');
  return { url: parsed, method: request.method ?? 'GET', headers, body: request.body };
}

/** Where an answer redirects to, as the other side wrote it; undefined when it is the final answer. */
export function redirectTarget(response: OutboundResponse): string | undefined {
  if (!REDIRECT_STATUSES.has(response.status)) return undefined;
  return response.headers.location;
}

/**
 * The request that a redirect asks for (RFC 9110, 15.4): 303, and by custom 301 and 302 after a POST, make it a
 * GET without a body. Headers that may be credentials stay with their origin.
 * @throws OutboundResponseInvalidError, OutboundAddressRefusedError
 */
export function nextHop(hop: Hop, status: number, location: string): Hop {
  if (!URL.canParse(location, hop.url.href)) {
    throw new OutboundResponseInvalidError(hop.url.host, 'a redirect to something that is not a URL');
  }
  const url = parseOutboundUrl(location, hop.url);
  const headers = new Headers(hop.headers);
  if (url.origin !== hop.url.origin) {
    for (const name of hop.headers.keys()) if (!HARMLESS_HEADERS.has(name)) headers.delete(name);
  }
  const becomesGet =
    (status === 303 && hop.method !== 'HEAD') ||
    (hop.method === 'POST' && (status === 301 || status === 302));
  if (!becomesGet) return { ...hop, url, headers };
  for (const name of BODY_HEADERS) headers.delete(name);
  return { url, method: 'GET', headers, body: undefined };
}
