import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet, { type HelmetOptions } from 'helmet';

type Headers = Readonly<Record<string, string>>;

/** Helmet's defaults, but that Swagger UI shows a logo from a `data:` URL and that plain HTTP on a laptop stays HTTP. */
const PAGE_OPTIONS: HelmetOptions = {
  contentSecurityPolicy: {
    directives: { 'img-src': ["'self'", 'data:'], 'upgrade-insecure-requests': null },
  },
};

/**
 * Answers that are data: nothing in them may run or be framed. What is said to browsers about pages, or once more in
 * the words of older ones, is left out: each header costs every answer, and these are most of what we add to one.
 */
const DATA_OPTIONS: HelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
  },
  xFrameOptions: false,
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  referrerPolicy: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
};

/** The headers that keep browsers from turning our answers against their users. */
export interface SecurityHeaders {
  readonly pages: Headers;
  /** Of all other answers. */
  readonly data: Headers;
}

/** @param https whether callers come by HTTPS; only then may HTTPS be demanded of them (RFC 6797, 7.2) */
export function securityHeaders(https: boolean): SecurityHeaders {
  const only = ({ 'strict-transport-security': hsts, ...others }: Headers): Headers =>
    https ? { 'strict-transport-security': hsts!, ...others } : others;
  return { pages: only(headersOf(PAGE_OPTIONS)), data: only(headersOf(DATA_OPTIONS)) };
}

/** The headers never differ, so helmet is asked once: asking it per request costs more than all else that we do for one. */
function headersOf(options: HelmetOptions): Headers {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  helmet(options)(request, response, () => undefined);
  return Object.fromEntries(
    Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]),
  );
}
