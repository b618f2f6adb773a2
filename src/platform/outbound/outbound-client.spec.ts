import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { OutboundClient, type OutboundOptions, type OutboundRequest } from './outbound-client.js';

const LIMITS = { connectTimeoutMs: 300, totalTimeoutMs: 800, maxBodyBytes: 10_000, maxRedirects: 3 };
/** The clocks above, and room for a slow machine. */
const BOUND_MS = 4000;

const servers: Server[] = [];
const sockets = new Set<Socket>();
let received = '';

/** A TCP server on loopback that treats each connection as told; the request's first bytes are in `received`. */
async function upstream(treat: (socket: Socket) => void, when: 'data' | 'connect' = 'data'): Promise<string> {
  received = '';
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    if (when === 'connect') treat(socket);
    else socket.once('data', () => treat(socket));
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering = (...lines: string[]) => upstream((socket) => socket.end(lines.join('\r\n')));

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, 'close');
  }
});

function client(options: Partial<OutboundOptions> = {}): OutboundClient {
  return new OutboundClient({ ...LIMITS, allow: ['127.0.0.0/8'], ...options });
}

/** The code of the error that request or body ends with, which must be in bounded time. */
async function failure(
  url: string,
  request: Partial<OutboundRequest> = {},
  options: Partial<OutboundOptions> = {},
): Promise<unknown> {
  const start = performance.now();
  try {
    const response = await client(options).request(url, { audience: 'user', ...request });
    return `no error, but ${(await response.text()).length} bytes`;
  } catch (error) {
    expect(performance.now() - start).toBeLessThan(BOUND_MS);
    return (error as { code?: unknown }).code ?? error;
  }
}

/** Every connection is closed by the client, not only given up. */
async function allClosed(): Promise<void> {
  const open = [...sockets].filter((socket) => !socket.closed);
  await Promise.race([
    Promise.all(open.map((socket) => new Promise((closed) => socket.once('close', closed)))),
    sleep(BOUND_MS, undefined, { ref: false }).then(() =>
      Promise.reject(new Error('A connection stays open.')),
    ),
  ]);
}

describe('a request', () => {
  it('tries the next address of the host when one does not answer', async () => {
    const host = await answering('HTTP/1.1 204 No Content', '', '');
    const addresses = ['127.0.0.2', '127.0.0.1'].map((address) => ({ address, family: 4 }));
    const options = { ...LIMITS, connectTimeoutMs: 2000, totalTimeoutMs: 5000, allow: ['name.test'] };
    const outbound = new OutboundClient(options, () => Promise.resolve(addresses));
    const url = `http://name.test:${host.split(':')[1]}/`;
    expect(await outbound.request(url, { audience: 'user' })).toMatchObject({ status: 204 });
  });

  it('names the host of the URL in the TLS handshake although the address is pinned', async () => {
    const host = await upstream((socket) => socket.destroy());
    const url = `https://name.test:${host.split(':')[1]}/`;
    const toLoopback = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
    const outbound = new OutboundClient({ ...LIMITS, allow: ['name.test'] }, toLoopback);
    await expect(outbound.request(url, { audience: 'user' })).rejects.toMatchObject({
      code: 'OUTBOUND_UNREACHABLE',
    });
    expect(received).toContain('name.test');
  });

  it.each<Record<string, string>>([{ 'x-a': 'b\r\nx-c: d' }, { 'x-a': 'b\0' }, { 'x a': 'b' }])(
    'with the header %j is refused',
    async (headers) => {
      const host = await answering('HTTP/1.1 204 No Content', '', '');
      expect(await failure(`http://${host}/`, { headers })).toBe('OUTBOUND_REQUEST_INVALID');
      expect(sockets.size).toBe(0);
    },
  );

  it('ends with the reason of its signal, before the headers and in the body', async () => {
    const reason = new Error('cancelled');
    const mute = await upstream(() => undefined);
    const signal = () => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), 50);
      return controller.signal;
    };
    expect(await failure(`http://${mute}/`, { signal: signal() })).toBe(reason);
    const half = await upstream((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'));
    expect(await failure(`http://${half}/`, { signal: signal() })).toBe(reason);
    expect(await failure(`http://${half}/`, { signal: AbortSignal.abort(reason) })).toBe(reason);
    await allClosed();
  });

  it('closes the connection after the body although the other side would keep it', async () => {
    const host = await upstream((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc'));
    expect(await failure(`http://${host}/`)).toBe('no error, but 3 bytes');
    await allClosed();
  });

  it('closes the connection when the body is given up', async () => {
    const host = await upstream((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nabc'));
    const response = await client().request(`http://${host}/`, { audience: 'user' });
    response.body.destroy();
    await allClosed();
  });
});

describe('a hung or slow upstream', () => {
  it('that never answers is left at the deadline', async () => {
    const host = await upstream(() => undefined);
    expect(await failure(`http://${host}/`)).toBe('OUTBOUND_TIMEOUT');
    expect(await failure(`http://${host}/`, { audience: 'operator', timeoutMs: 100 })).toBe(
      'OUTBOUND_TIMEOUT',
    );
    await allClosed();
  });

  it('that never answers is left at the shorter limit for the first byte, for users only', async () => {
    const host = await upstream(
      (socket) => void sleep(400).then(() => socket.end('HTTP/1.1 204 No Content\r\n\r\n')),
    );
    const options = { firstByteTimeoutMs: 100 };
    expect(await failure(`http://${host}/`, {}, options)).toBe('OUTBOUND_TIMEOUT');
    expect(await failure(`http://${host}/`, { audience: 'operator' }, options)).toBe('no error, but 0 bytes');
  });

  it('may take longer than the limit for the first byte to end its body', async () => {
    const host = await upstream((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\nab');
      void sleep(400).then(() => socket.end('cd'));
    });
    expect(await failure(`http://${host}/`, {}, { firstByteTimeoutMs: 200 })).toBe('no error, but 4 bytes');
  });

  it.each([
    ['body', 'HTTP/1.1 200 OK\r\n\r\n', 'x'],
    ['headers', 'HTTP/1.1 200 OK\r\nx-a: ', 'x'],
    ['interim answers', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ])('that drips its %s is left at the deadline', async (_, first, drop) => {
    const host = await upstream((socket) => {
      socket.write(first);
      const drip = setInterval(() => socket.write(drop), 50);
      socket.once('close', () => clearInterval(drip));
    });
    expect(await failure(`http://${host}/`)).toBe('OUTBOUND_TIMEOUT');
    await allClosed();
  });

  it('that does not shake hands is left at the connect timeout', async () => {
    const host = await upstream(() => undefined, 'connect');
    const start = performance.now();
    expect(await failure(`https://${host}/`, {}, { totalTimeoutMs: 20_000 })).toBe('OUTBOUND_TIMEOUT');
    expect(performance.now() - start).toBeGreaterThan(250);
    await allClosed();
  });

  it('whose name is never resolved is left at the deadline', async () => {
    const outbound = new OutboundClient({ ...LIMITS, allow: [] }, () => new Promise(() => undefined));
    const start = performance.now();
    await expect(outbound.request('http://a.test/', { audience: 'user' })).rejects.toMatchObject({
      code: 'OUTBOUND_TIMEOUT',
    });
    expect(performance.now() - start).toBeLessThan(BOUND_MS);
  });

  it('whose body nobody reads is left at the deadline, and a late reader is told', async () => {
    const host = await upstream((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nabc'));
    const response = await client().request(`http://${host}/`, { audience: 'user', timeoutMs: 100 });
    await allClosed();
    await expect(response.text()).rejects.toMatchObject({ code: 'OUTBOUND_TIMEOUT' });
  });
});

describe('a hostile upstream', () => {
  it.each(['endless', 'chunked'])('with an %s body is cut off at the cap', async (kind) => {
    const chunked = kind === 'chunked';
    let sent = 0;
    const host = await upstream((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${chunked ? 'transfer-encoding: chunked\r\n' : ''}\r\n`);
      const chunk = 'x'.repeat(0x1000);
      const more = () => {
        while (!socket.destroyed && sent < 1e9 && socket.write(chunked ? `1000\r\n${chunk}\r\n` : chunk))
          sent += 0x1000;
      };
      socket.on('drain', more);
      more();
    });
    expect(await failure(`http://${host}/`, { maxBytes: 100_000 })).toBe('OUTBOUND_TOO_LARGE');
    await allClosed();
    expect(sent).toBeLessThan(20e6);
  });

  it('that announces too much is cut off before the body, and exactly the cap may pass', async () => {
    const host = await upstream((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10001\r\n\r\n'));
    await expect(client().request(`http://${host}/`, { audience: 'user' })).rejects.toMatchObject({
      code: 'OUTBOUND_TOO_LARGE',
      kind: 'too-large',
    });
    await allClosed();
    const fits = await answering('HTTP/1.1 200 OK', '', 'x'.repeat(10_000));
    expect(await failure(`http://${fits}/`)).toBe('no error, but 10000 bytes');
    const head = await answering('HTTP/1.1 200 OK', 'content-length: 99999', '', '');
    expect(await failure(`http://${head}/`, { method: 'HEAD' })).toBe('no error, but 0 bytes');
  });

  it('that resets the connection is unreachable', async () => {
    const early = await upstream((socket) => socket.resetAndDestroy());
    expect(await failure(`http://${early}/`)).toBe('OUTBOUND_UNREACHABLE');
    const late = await upstream((socket) => {
      socket.write(
        'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc',
        () => void sleep(50).then(() => socket.resetAndDestroy()),
      );
    });
    expect(await failure(`http://${late}/`)).toBe('OUTBOUND_UNREACHABLE');
  });

  it('that hangs up too early, or wants another protocol, is unreachable', async () => {
    expect(await failure(`http://${await answering('')}/`)).toBe('OUTBOUND_UNREACHABLE');
    const short = await answering('HTTP/1.1 200 OK', 'content-length: 9', '', 'abc');
    expect(await failure(`http://${short}/`)).toBe('OUTBOUND_UNREACHABLE');
    const upgrade = await answering('HTTP/1.1 101 Switching Protocols', 'upgrade: x', '', '');
    expect(await failure(`http://${upgrade}/`)).toBe('OUTBOUND_UNREACHABLE');
    const chunk = await answering('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '9', 'abc');
    expect(await failure(`http://${chunk}/`)).toBe('OUTBOUND_UNREACHABLE');
  });

  it('that is not there, by address or by name, is unreachable, in words without an address', async () => {
    const host = await answering('');
    servers[0]?.close();
    expect(await failure(`http://${host}/`)).toBe('OUTBOUND_UNREACHABLE');
    const none = new OutboundClient({ ...LIMITS, allow: [] }, () => Promise.resolve([]));
    await expect(none.request('http://a.test/', { audience: 'user' })).rejects.toMatchObject({
      code: 'OUTBOUND_UNREACHABLE',
      kind: 'unavailable',
      message: expect.stringMatching(/^The host a\.test could not be reached/),
    });
  });

  it.each([
    ['no HTTP', 'SSH-2.0-x\r\n\r\n'],
    ['binary', '\0\u0001\u0002\u0003\r\n\r\n'],
    ['a bad chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    ['endless headers', `HTTP/1.1 200 OK\r\n${'x-a: b\r\n'.repeat(10_000)}`],
    [
      'a compressed body',
      `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n${gzipSync('a').toString('latin1')}`,
    ],
  ])('that answers with %s gives an invalid answer', async (_, answer) => {
    const host = await upstream((socket) => socket.end(answer, 'latin1'));
    expect(await failure(`http://${host}/`)).toBe('OUTBOUND_RESPONSE_INVALID');
  });

  it.each(['', '{', '<html>', '{"__proto__":{"a":1}}'])('that answers %p instead of JSON', async (body) => {
    const host = await answering('HTTP/1.1 200 OK', '', body);
    const response = await client().request(`http://${host}/`, { audience: 'user' });
    await expect(response.json()).rejects.toMatchObject({ code: 'OUTBOUND_RESPONSE_INVALID' });
  });
});
