import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Readiness } from '../../src/platform/health/readiness.js';
import { EdgesModule, INNER_TEXT } from '../support/edges.js';
import { type PlatformApp, startPlatformApp } from '../support/platform-app.js';
import { get, raw } from '../support/raw-http.js';

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

let app: PlatformApp;
let logs: string;

beforeAll(async () => {
  logs = mkdtempSync(join(tmpdir(), 'signalbox-http-'));
  app = await startPlatformApp({
    imports: [EdgesModule],
    env: { LOG_LEVEL: 'info', LOG_FORMAT: 'json', LOG_FILE: join(logs, 'http.log') },
  });
});
afterAll(async () => {
  await app.close();
  rmSync(logs, { recursive: true, force: true });
});

async function problem(response: Response): Promise<Record<string, unknown>> {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const body = (await response.json()) as Record<string, unknown>;
  expect(body).toMatchObject({
    type: 'about:blank',
    status: response.status,
    requestId: response.headers.get('x-request-id'),
  });
  expect(body['detail']).toBe(body['message']);
  return body;
}

/** The log lines of a request, the last of which is written when its answer has gone out. */
async function logged(requestId: string): Promise<Record<string, unknown>[]> {
  const read = () =>
    readdirSync(logs)
      .flatMap((name) => readFileSync(join(logs, name), 'utf8').split('\n'))
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]))
      .filter((line) => line['requestId'] === requestId);
  for (let tries = 0; tries < 100 && read().at(-1)?.['msg'] !== 'request'; tries++) await sleep(10);
  return read();
}

describe('routing', () => {
  it.each(['/no/such/thing', '/edge/nothing?a=1', '/health', '/edge//items', '/edge/items//'])(
    'answers 404 to %s',
    async (path) => {
      expect(await problem(await app.request(path))).toMatchObject({
        code: 'ENDPOINT_NOT_FOUND',
        title: 'Not Found',
      });
    },
  );

  it.each([
    ['POST', '/health/live', 'GET, HEAD'],
    ['POST', '/health/live/', 'GET, HEAD'],
    ['DELETE', '/edge/items/5', 'GET, HEAD, PUT'],
    ['PATCH', '/edge/items/5/?a=1', 'GET, HEAD, PUT'],
    ['GET', '/edge/echo', 'POST'],
    ['PUT', '/metrics', 'GET, HEAD'],
  ])('answers 405 to %s %s, with Allow', async (method, path, allow) => {
    const response = await app.request(path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    expect(await problem(response)).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
  });

  it('answers whatever a request expects beside the answer', async () => {
    for (const what of ['100-continue', 'a-miracle']) {
      const answer = await raw(app.port, get('/edge', `Expect: ${what}`, 'Connection: close'));
      expect(answer.head + answer.body).toMatch(/HTTP\/1\.1 200 OK/);
    }
  });

  it.each(['/no/such/thing', '/health/live'])('says so of %s even when the body is bad too', async (path) => {
    for (const type of ['application/json', 'application/x-strange', 'multipart/form-data; boundary=x']) {
      const response = await app.request(path, {
        method: 'POST',
        headers: { 'Content-Type': type },
        body: '{',
      });
      expect(response.status).toBe(path === '/health/live' ? 405 : 404);
    }
  });

  it.each(['/edge', '/edge/', '/health/live', '/health/live/', '/edge/items/5', '/edge/items/5/'])(
    'serves %s',
    async (path) => {
      expect((await app.request(path)).status).toBe(200);
    },
  );

  it('answers HEAD as GET without the body', async () => {
    const [head, whole] = [await app.request('/edge', { method: 'HEAD' }), await app.request('/edge')];
    expect([head.status, await head.text()]).toEqual([200, '']);
    for (const name of ['content-type', 'content-length'])
      expect(head.headers.get(name)).toBe(whole.headers.get(name));
    expect((await app.request('/no/such/thing', { method: 'HEAD' })).status).toBe(404);
  });

  it.each(['/edge/items/%zz', '/%', '/edge/items/%E0%A4%A', '/edge/items/%c0%ae%c0%ae'])(
    'answers 400 to %s',
    async (path) => {
      expect(await problem(await app.request(path))).toMatchObject({ status: 400, code: 'BAD_URL' });
    },
  );

  it('answers 414 to a parameter that is too long', async () => {
    expect((await app.request(`/edge/items/${'x'.repeat(2048)}`)).status).toBe(200);
    expect(await problem(await app.request(`/edge/items/${'x'.repeat(2049)}`))).toMatchObject({
      status: 414,
      code: 'URL_TOO_LONG',
    });
  });

  it.each(['/edge/items/..%2f..%2fetc', '/edge/items/%00', '/edge/items/%2E%2E%2F'])(
    'takes %s as one parameter',
    async (path) => {
      const response = await app.request(path);
      expect(await response.json()).toEqual({ id: decodeURIComponent(path.slice('/edge/items/'.length)) });
    },
  );
});

describe('errors', () => {
  it.each(['unforeseen', 'unforeseen-text'])(
    'tell nothing of what nobody foresaw (%s), but log it once',
    async (path) => {
      const response = await app.request(`/edge/${path}`);
      const body = await problem(response);
      expect(body).toMatchObject({ status: 500, code: 'INTERNAL_ERROR' });
      expect(JSON.stringify([body, ...response.headers])).not.toContain('hunter2');
      const lines = await logged(body['requestId'] as string);
      expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
        [50, `GET /edge/${path} failed`],
        [30, 'request'],
      ]);
      expect(JSON.stringify(lines[0])).toContain(INNER_TEXT);
    },
  );

  it('answer 503 with Retry-After when the database is away', async () => {
    const response = await app.request('/edge/database-away');
    expect(response.headers.get('retry-after')).toBe('2');
    const body = await problem(response);
    expect(body).toMatchObject({ status: 503, code: 'DATABASE_UNAVAILABLE' });
    expect(JSON.stringify(body)).not.toContain('10.0.0.5');
  });

  it('cut the connection when the answer has begun, and show in the log', async () => {
    const response = await app.request('/edge/breaking', { headers: { 'X-Request-Id': 'broken-1' } });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect(await logged('broken-1')).toMatchObject([
      { level: 50, err: { message: INNER_TEXT } },
      { level: 30, msg: 'request', status: 200, cut: true },
    ]);
  });

  it('are answered as usual when a stream fails before its first byte', async () => {
    const body = await problem(await app.request('/edge/breaking-early'));
    expect(body).toMatchObject({ status: 500, code: 'INTERNAL_ERROR' });
    expect((await logged(body['requestId'] as string)).map(({ level }) => level)).toEqual([50, 30]);
  });

  it.each([
    [undefined, 'You are 12 years old.'],
    ['en-GB', 'You are 12 years old.'],
    ['pt', 'Você tem 12 anos.'],
    ['pt-BR', 'Você tem 12 anos.'],
    ['PT-pt,en;q=0.5', 'Você tem 12 anos.'],
    ['de,pt;q=0.8,en;q=0.2', 'Você tem 12 anos.'],
    ['pt;q=0.2,en;q=0.8', 'You are 12 years old.'],
    ['de', 'You are 12 years old.'],
    ['*', 'You are 12 years old.'],
    ['not a; language,,;q=x', 'You are 12 years old.'],
  ])('come in the language of Accept-Language: %s', async (language, text) => {
    const response = await app.request(
      '/edge/message',
      language === undefined ? {} : { headers: { 'Accept-Language': language } },
    );
    expect(await problem(response)).toMatchObject({
      status: 400,
      code: 'TOO_YOUNG',
      message: text,
      errors: [{ path: 'age', message: 'too young' }],
    });
  });

  it('carry a 401 that no browser makes a prompt of', async () => {
    const response = await app.request('/edge/items/1', { method: 'PUT' });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="Authentication Required"',
    ]);
  });
});

describe('the identity of a request', () => {
  const idOf = async (path: string, headers: Record<string, string> = {}) =>
    (await app.request(path, { headers })).headers.get('x-request-id');

  it('is taken over from X-Request-Id', async () => {
    expect(await idOf('/edge', { 'X-Request-Id': 'Build:17.a-b_c' })).toBe('Build:17.a-b_c');
    expect(await idOf('/no/such/thing', { 'X-Request-Id': 'abc' })).toBe('abc');
  });

  it.each(['a b', 'a\tb', 'é', 'x'.repeat(129), '"', '<script>', ''])(
    'is a new one instead of %j',
    async (given) => {
      expect(await idOf('/edge', { 'X-Request-Id': given })).toMatch(UUID);
    },
  );

  it('is a new one instead of a header with a control character', async () => {
    const answer = await raw(app.port, get('/edge', 'X-Request-Id: a\u0001b', 'Connection: close'));
    expect(answer.head).not.toContain('\u0001');
    expect([200, 400]).toContain(answer.status);
  });

  it('is the uuid parameter of the orders API', async () => {
    const uuid = 'f47ac10b-58cc-4372-a567-0e02b2c3d479';
    expect(await idOf(`/edge?uuid=${uuid}`)).toBe(uuid);
    expect(await idOf(`/edge?a=1&uuid=${uuid}&b=2`)).toBe(uuid);
    expect(await idOf(`/edge?uuid=${uuid}`, { 'X-Request-Id': 'header' })).toBe('header');
    expect(await idOf('/edge?uuid=a%0d%0ab')).toMatch(UUID);
    expect(await idOf('/edge?nouuid=abc')).toMatch(UUID);
  });

  it.each(['GET *edge', 'PUT *edge', 'OPTIONS *'])('finds nothing for %s', async (what) => {
    const answer = await raw(app.port, get('/').replace('GET /', what));
    expect(answer.status).toBe(404);
  });

  it.each(['//?uuid=abc', '//[?uuid=abc', '/\\?uuid=abc', '/?uuid=%zz', '/?uuid=a&uuid=b'])(
    'does not stumble over %s',
    async (path) => {
      const { status, head } = await raw(app.port, get(path, 'Connection: close'));
      expect([302, 400, 404]).toContain(status); // the start page is a redirect
      expect(head).toMatch(/^x-request-id: .+$/im);
    },
  );
});

describe('a caller that goes away', () => {
  it('leaves a line that says so', async () => {
    const gone = new AbortController();
    const response = app.request('/edge/never', {
      headers: { 'X-Request-Id': 'gone-1' },
      signal: gone.signal,
    });
    await sleep(50);
    gone.abort();
    await expect(response).rejects.toThrow();
    expect(await logged('gone-1')).toMatchObject([
      { msg: 'request', path: '/edge/never', status: 499, cut: true },
    ]);
  });
});

describe('operation', () => {
  it('counts requests by route, not by address', async () => {
    await app.request('/edge/items/4711');
    await app.request('/no/such/thing/4711');
    const response = await app.request('/metrics');
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await response.text();
    expect(text).toMatch(
      /^http_request_duration_seconds_count\{method="GET",route="\/edge\/items\/:id",status="200"\} [1-9]/m,
    );
    expect(text).toMatch(
      /^http_request_duration_seconds_count\{method="GET",route="unknown",status="404"\} [1-9]/m,
    );
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds/m);
    // Of the labels alone: a figure may hold these digits by chance.
    expect(text).not.toMatch(/="[^"]*4711/);
  });

  it('writes one line per request, none for machines that look, and no secret', async () => {
    const headers = { 'X-Request-Id': 'line-1', Authorization: 'Bearer hunter2', 'Auth-Token': 'hunter2' };
    await app.request('/edge/items/1?jwt=hunter2&a=1&api_key=hunter2', { headers });
    await app.request('/health/live', { headers });
    await app.request('/metrics', { headers });
    const lines = await logged('line-1');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 30,
      msg: 'request',
      method: 'GET',
      path: '/edge/items/1?jwt=[redacted]&a=1&api_key=[redacted]',
      status: 200,
      ms: expect.any(Number),
    });
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  });

  it('is live and ready, and says what is not', async () => {
    expect(await (await app.request('/health/live')).json()).toEqual({ status: 'ok' });
    const ready = await app.request('/health/ready');
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ok', details: { database: { status: 'up' } } },
    ]);

    let up = false;
    app.app
      .get(Readiness)
      .register('redis', () => (up ? Promise.resolve() : Promise.reject(new Error('hunter2'))));
    const response = await app.request('/health/ready');
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
    const body = await problem(response);
    expect(body).toMatchObject({
      code: 'NOT_READY',
      errors: [{ path: 'redis', message: 'does not answer' }],
    });
    expect(JSON.stringify(body)).not.toContain('hunter2');
    up = true;
    expect((await app.request('/health/ready')).status).toBe(200);
  });
});
