import type { CustomFetch } from 'openid-client';
import type { OutboundClient } from '../../platform/outbound/outbound-client.js';
import type { OutboundMethod } from '../../platform/outbound/outbound-hop.js';

/** For all that a provider is asked, each time. */
const LIMITS = { timeoutMs: 10_000, maxBytes: 1024 ** 2, maxRedirects: 0 } as const;
const WITHOUT_BODY = [204, 205, 304];

/** How the OpenID Connect library sends requests: the operator chose their addresses, but limits hold for them too. */
export function outboundFetch(outbound: OutboundClient): CustomFetch {
  return async (url, { method, headers, body, signal }) => {
    const answer = await outbound.request(url, {
      ...LIMITS,
      audience: 'operator',
      method: method as OutboundMethod,
      headers,
      ...(body != null && { body: String(body as string | URLSearchParams) }),
      ...(signal && { signal }),
    });
    const text = await answer.text();
    const given = Object.entries(answer.headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((one): [string, string] => [name, one]),
    );
    return new Response(WITHOUT_BODY.includes(answer.status) ? null : text, {
      status: answer.status,
      headers: given,
    });
  };
}
