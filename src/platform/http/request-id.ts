import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const ACCEPTED = /^[\w.:-]{1,128}$/;
const UUID_PARAMETER = /[?&]uuid=([\w.:-]{1,128})(?:&|$)/;

/**
 * The identity of a request, in logs, errors and jobs: the caller's `X-Request-Id`, else the `uuid` parameter of the
 * orders API, else a new one. Texts that could break a log line are not taken over.
 */
export function requestId(request: Pick<IncomingMessage, 'headers' | 'url'>): string {
  const header = request.headers['x-request-id'];
  if (typeof header === 'string' && ACCEPTED.test(header)) return header;
  const url = request.url ?? '';
  // Not by `URL`: what comes as an address need not be one, and here nobody would catch the error.
  const uuid = url.includes('uuid=') ? UUID_PARAMETER.exec(url)?.[1] : undefined;
  if (uuid !== undefined) return uuid;
  return randomUUID();
}
