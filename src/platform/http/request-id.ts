import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const ACCEPTED = /^[\w.:-]{1,128}$/;

/**
 * The identity of a request, in logs, errors and jobs: the caller's `X-Request-Id`, else the `uuid` parameter of the
 * orders API, else a new one. Texts that could break a log line are not taken over.
 */
export function requestId(request: Pick<IncomingMessage, 'headers' | 'url'>): string {
  const header = request.headers['x-request-id'];
  if (typeof header === 'string' && ACCEPTED.test(header)) return header;
  const url = request.url ?? '';
  if (url.includes('uuid=')) {
    const uuid = new URL(url, 'http://localhost').searchParams.get('uuid');
    if (uuid !== null && ACCEPTED.test(uuid)) return uuid;
  }
  return randomUUID();
}
