import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EdgesModule } from '../support/edges.js';
import { type PlatformApp, startPlatformApp } from '../support/platform-app.js';
import { get, raw } from '../support/raw-http.js';

const MAX_CONNECTIONS = 300;
const HEADER_LIMIT = 8 * 1024;

let app: PlatformApp;
const sockets = new Set<Socket>();

beforeAll(async () => {
  app = await startPlatformApp({
    imports: [EdgesModule],
    env: {
      MAX_CONNECTIONS: String(MAX_CONNECTIONS),
      HEADER_LIMIT: String(HEADER_LIMIT),
      HEADERS_TIMEOUT: '2',
      REQUEST_TIMEOUT: '4',
    },
  });
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await until(async () => (await served(app)) > 0);
});
afterAll(() => app.close());

/** A connection that is counted while it is open. */
function open(): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(app.port, '127.0.0.1', () => resolve(socket));
    sockets.add(socket);
    socket.on('data', () => undefined);
    socket.on('error', () => resolve(socket));
    socket.on('close', () => sockets.delete(socket));
  });
}

async function until(condition: () => boolean | Promise<boolean>, limitMs = 15_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('it did not happen in time');
    await sleep(50);
  }
}

/** How many of ten requests are answered. */
async function served({ url }: PlatformApp): Promise<number> {
  const answers = await Promise.allSettled(
    Array.from({ length: 10 }, () =>
      fetch(`${url}/edge`, { headers: { Connection: 'close' }, signal: AbortSignal.timeout(2_000) }),
    ),
  );
  return answers.filter((answer) => answer.status === 'fulfilled' && answer.value.status === 200).length;
}

describe('the head of a request', () => {
  it.each([
    ['headers', get('/edge', `X-Long: ${'x'.repeat(HEADER_LIMIT)}`)],
    ['address', get(`/edge?q=${'x'.repeat(HEADER_LIMIT)}`)],
    ['many headers', get('/edge', ...Array.from({ length: 1000 }, (_, index) => `X-${index}: ${index}`))],
  ])('is refused with 431 when it is too long: %s', async (_, text) => {
    const answer = await raw(app.port, text, 2_000);
    expect([answer.status, answer.closed]).toEqual([431, true]);
    const body = JSON.parse(answer.body) as Record<string, unknown>;
    expect(body).toMatchObject({
      type: 'about:blank',
      status: 431,
      code: 'HEADERS_TOO_LARGE',
      title: 'Request Header Fields Too Large',
    });
    expect(answer.head).toContain(`X-Request-Id: ${body['requestId'] as string}`);
    expect(answer.head).toContain('Content-Type: application/problem+json');
  });

  it('may be as long as the limit says', async () => {
    const answer = await raw(
      app.port,
      get('/edge', `X-Long: ${'x'.repeat(HEADER_LIMIT - 500)}`, 'Connection: close'),
    );
    expect(answer.status).toBe(200);
  });

  it.each([
    ['no HTTP', 'hello there\r\n\r\n'],
    ['a length that is none', 'POST /edge/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5x\r\n\r\nhello'],
    [
      'two lengths',
      'POST /edge/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!',
    ],
    [
      'length and chunks, as for smuggling',
      'POST /edge/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a folded header', 'GET /edge HTTP/1.1\r\nHost: x\r\nX-A: a\r\n b\r\nX-B : c\r\n\r\n'],
    ['no host', 'GET /edge HTTP/1.1\r\n\r\n'],
  ])('is refused with 400 when it is %s', async (_, text) => {
    const answer = await raw(app.port, text, 2_000);
    expect([answer.status, answer.closed]).toEqual([400, true]);
  });

  it('is answered in HTTP problems too', async () => {
    const answer = await raw(app.port, 'hello there\r\n\r\n', 2_000);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'NOT_HTTP', status: 400, title: 'Bad Request' });
  });
});

describe('slow callers', () => {
  it('that drip a head are cut off, while others are served', async () => {
    const dripping = await Promise.all(Array.from({ length: 100 }, open));
    for (const socket of dripping) socket.write('GET /edge HTTP/1.1\r\nHost: x\r\n');
    const timer = setInterval(() => {
      for (const socket of sockets) socket.write('X-A: b\r\n');
    }, 200);
    try {
      expect(await served(app)).toBe(10);
      await until(() => sockets.size === 0);
    } finally {
      clearInterval(timer);
    }
  });

  it('that drip a body are cut off with 408', async () => {
    const head =
      'POST /edge/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n';
    const socket = await open();
    const said: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => said.push(chunk));
    socket.write(head);
    const timer = setInterval(() => socket.write(' '), 100);
    await until(() => sockets.size === 0).finally(() => clearInterval(timer));
    expect(Buffer.concat(said).toString()).toMatch(/^HTTP\/1\.1 408 [^]*"code":"REQUEST_TIMEOUT"/);
  });

  it('that say nothing at all do not stay', async () => {
    await Promise.all(Array.from({ length: 50 }, open));
    expect(sockets.size).toBe(50);
    await until(() => sockets.size === 0);
  });
});

describe('2,000 idle connections', () => {
  it('are bounded by MAX_CONNECTIONS, and their end lets others in', async () => {
    for (let batch = 0; batch < 20; batch++) await Promise.all(Array.from({ length: 100 }, open));
    await until(() => sockets.size <= MAX_CONNECTIONS, 1_500);
    expect(sockets.size).toBeGreaterThan(0);
    await until(() => sockets.size === 0);
    expect(await served(app)).toBe(10);
  });
});
