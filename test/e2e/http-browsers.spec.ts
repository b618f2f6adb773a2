import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EdgesModule } from '../support/edges.js';
import { type PlatformApp, startPlatformApp } from '../support/platform-app.js';

const ALLOWED = 'https://app.example.org';

let open: PlatformApp;
let closed: PlatformApp;
let secure: PlatformApp;

beforeAll(async () => {
  open = await startPlatformApp({
    imports: [EdgesModule],
    env: { CORS_ORIGINS: `http://localhost:4200,${ALLOWED}` },
  });
  closed = await startPlatformApp({ imports: [EdgesModule] });
  secure = await startPlatformApp({
    imports: [EdgesModule],
    env: { PUBLIC_URL: 'https://signalbox.example.org' },
  });
});
afterAll(async () => {
  await open.close();
  await closed.close();
  await secure.close();
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
          'access-control-expose-headers': 'Link, Location, Retry-After, X-Request-Id, Idempotent-Replayed',
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
  const EVERYWHERE = {
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-request-id': expect.stringMatching(/./),
  };

  it.each(['/edge', '/edge/unforeseen', '/no/such/thing', '/edge/items/%zz', '/metrics', '/api/spec'])(
    'let nothing run or be framed of %s',
    async (path) => {
      const { headers } = await closed.request(path);
      expect(Object.fromEntries(headers)).toMatchObject({
        ...EVERYWHERE,
        'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      });
      for (const name of ['x-powered-by', 'server', 'strict-transport-security'])
        expect(headers.get(name)).toBeNull();
    },
  );

  it.each(['/edge', '/no/such/thing', '/apidocs'])('ask for HTTPS on %s where it is served', async (path) => {
    const { headers } = await secure.request(path);
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}; includeSubDomains$/);
  });

  it('let Swagger UI run its own scripts, show its own logo and nothing of others', async () => {
    const { headers } = await closed.request('/apidocs');
    expect(Object.fromEntries(headers)).toMatchObject({
      ...EVERYWHERE,
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'SAMEORIGIN',
    });
    const policy = headers.get('content-security-policy')!.split(';');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "frame-ancestors 'self'",
      ]),
    );
    expect(policy).not.toContain('upgrade-insecure-requests');
  });
});
