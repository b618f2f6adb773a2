import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EdgesModule } from '../support/edges.js';
import { type PlatformApp, startPlatformApp } from '../support/platform-app.js';

const ALLOWED = 'https://app.example.org';

let open: PlatformApp;
let closed: PlatformApp;

beforeAll(async () => {
  open = await startPlatformApp({
    imports: [EdgesModule],
    env: { CORS_ORIGINS: `http://localhost:4200,${ALLOWED}` },
  });
  closed = await startPlatformApp({ imports: [EdgesModule] });
});
afterAll(async () => {
  await open.close();
  await closed.close();
});

const preflight = (app: PlatformApp, origin: string, path = '/edge/items/1') =>
  app.request(path, {
    method: 'OPTIONS',
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': 'PUT',
      'Access-Control-Request-Headers': 'authorization,idempotency-key',
    },
  });

const corsHeaders = (response: Response) =>
  Object.fromEntries([...response.headers].filter(([name]) => name.startsWith('access-control-')));

describe('CORS with CORS_ORIGINS', () => {
  it('lets allowed origins ask first, with credentials', async () => {
    for (const origin of [ALLOWED, 'http://localhost:4200']) {
      const response = await preflight(open, origin);
      expect(response.status).toBe(204);
      expect(corsHeaders(response)).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': expect.stringContaining('PUT'),
        'access-control-allow-headers': expect.stringMatching(/Authorization.*Idempotency-Key/),
        'access-control-max-age': '600',
      });
      expect(response.headers.get('vary')).toMatch(/origin/i);
    }
  });

  it('lets allowed origins read answers, errors too, with the headers that clients need', async () => {
    for (const path of ['/edge', '/edge/unforeseen', '/no/such/thing']) {
      const response = await open.request(path, { headers: { Origin: ALLOWED } });
      expect([path, corsHeaders(response)]).toEqual([
        path,
        {
          'access-control-allow-origin': ALLOWED,
          'access-control-allow-credentials': 'true',
          'access-control-expose-headers': 'Location, Retry-After, X-Request-Id, Idempotent-Replayed',
        },
      ]);
    }
  });

  it.each([
    'https://evil.example.org',
    `${ALLOWED}.evil.org`,
    'http://app.example.org',
    'null',
    `${ALLOWED}:8443`,
  ])('gives nothing to %s', async (origin) => {
    for (const response of [
      await preflight(open, origin),
      await open.request('/edge', { headers: { Origin: origin } }),
    ]) {
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('answers who is no browser as ever', async () => {
    const response = await open.request('/edge');
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, null]);
    expect((await open.request('/no/such/thing')).status).toBe(404);
    expect((await open.request('/edge/items/1', { method: 'DELETE' })).headers.get('allow')).toBe(
      'GET, HEAD, PUT',
    );
  });
});

describe('CORS without CORS_ORIGINS', () => {
  it('is not there', async () => {
    const asked = await preflight(closed, ALLOWED);
    expect([asked.status, corsHeaders(asked)]).toEqual([405, {}]);
    expect(corsHeaders(await closed.request('/edge', { headers: { Origin: ALLOWED } }))).toEqual({});
  });
});

describe('security headers', () => {
  it.each(['/edge', '/edge/unforeseen', '/no/such/thing', '/edge/items/%zz', '/apidocs', '/metrics'])(
    'are on %s',
    async (path) => {
      const { headers } = await closed.request(path);
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-security-policy': expect.stringContaining("default-src 'self'"),
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'strict-transport-security': expect.stringMatching(/^max-age=\d{8}; includeSubDomains$/),
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
        'x-request-id': expect.stringMatching(/./),
      });
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('server')).toBeNull();
    },
  );

  it('let Swagger UI show its own logo and nothing of others', async () => {
    const policy = (await closed.request('/apidocs')).headers.get('content-security-policy')!;
    expect(policy).toContain("img-src 'self' data:");
    expect(policy).not.toContain('upgrade-insecure-requests');
    expect(policy).toContain("frame-ancestors 'self'");
    expect(policy).toContain("object-src 'none'");
  });
});
