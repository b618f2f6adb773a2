import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { FormData } from 'undici';
import { type HostResolver, OutboundClient, type OutboundRequest } from './outbound-client.js';

const LIMITS = { connectTimeoutMs: 2000, totalTimeoutMs: 5000, maxBodyBytes: 1000, maxRedirects: 3 };

interface Seen {
  readonly address: string | undefined;
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let port: number;
let seen: Seen[];
/** Path to status and Location; any other path answers 200. */
let redirects: Record<string, [status: number, location: string]>;

beforeEach(async () => {
  seen = [];
  redirects = {};
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method, url, headers, socket } = request;
      seen.push({ address: socket.localAddress?.replace('::ffff:', ''), method, url, headers, body });
      const [status, location] = redirects[url ?? ''] ?? [200, undefined];
      response.writeHead(status, location === undefined ? {} : { location });
      response.end('end');
    });
  });
  server.listen(0);
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterEach(async () => {
  server.close();
  await once(server, 'close');
});

const toLoopback: HostResolver = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
const open = new OutboundClient({ ...LIMITS, allow: ['a.test', 'b.test'] }, toLoopback);

async function outcome(client: OutboundClient, url: string, request: OutboundRequest): Promise<unknown> {
  try {
    const response = await client.request(url, request);
    await response.text();
    return response.status;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

describe('a request', () => {
  it.each(['user', 'operator'] as const)(
    'of the audience %s returns status, headers and JSON',
    async (audience) => {
      server.removeAllListeners('request').on('request', (_, response: ServerResponse) => {
        response.writeHead(404, { 'x-a': 'b' }).end('\ufeff{"a":[1]}');
      });
      const client = new OutboundClient({ ...LIMITS, allow: audience === 'user' ? ['127.0.0.1'] : [] });
      const url = `http://127.0.0.1:${port}/p?q=1#f`;
      const response = await client.request(url, { audience });
      expect(response).toMatchObject({ status: 404, headers: { 'x-a': 'b' }, url });
      expect(await response.json()).toEqual({ a: [1] });
    },
  );

  it('sends method, headers and body, and nothing that belongs to the connection', async () => {
    const unwanted = {
      Host: 'evil.test',
      Connection: 'x',
      'Transfer-Encoding': 'chunked',
      'Content-Length': '1',
    };
    const request = {
      audience: 'user',
      method: 'PUT',
      body: 'ab',
      headers: { ...unwanted, 'X-A': 'b' },
    } as const;
    expect(await outcome(open, `http://a.test:${port}/p?q=1#f`, request)).toBe(200);
    expect(seen).toMatchObject([{ method: 'PUT', url: '/p?q=1', body: 'ab' }]);
    expect(seen[0]?.headers).toEqual({
      host: `a.test:${port}`,
      connection: 'close',
      'content-length': '2',
      'accept-encoding': 'identity',
      'user-agent': 'signalbox',
      'x-a': 'b',
    });
  });

  it('sends a form', async () => {
    const body = new FormData();
    body.append('input', new Blob(['{}'], { type: 'application/json' }), 'package.json');
    expect(await outcome(open, `http://a.test:${port}/`, { audience: 'user', method: 'POST', body })).toBe(
      200,
    );
    expect(seen[0]?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(seen[0]?.body).toContain('name="input"; filename="package.json"');
  });
});

describe('a redirect', () => {
  it('is followed, relative or absolute, and the answer names the final URL', async () => {
    redirects = { '/one?x=1': [302, 'two?y=2'], '/two?y=2': [308, `http://b.test:${port}/three#part`] };
    const response = await open.request(`http://a.test:${port}/one?x=1`, { audience: 'user' });
    expect([response.status, response.url, await response.text()]).toEqual([
      200,
      `http://b.test:${port}/three#part`,
      'end',
    ]);
    expect(seen.map(({ url, headers }) => [url, headers.host])).toEqual([
      ['/one?x=1', `a.test:${port}`],
      ['/two?y=2', `a.test:${port}`],
      ['/three', `b.test:${port}`],
    ]);
  });

  it.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [301, 'PUT', 'PUT'],
    [307, 'POST', 'POST'],
    [308, 'PATCH', 'PATCH'],
    [302, 'HEAD', 'HEAD'],
  ] as const)('%i makes of %s a %s', async (status, method, then) => {
    redirects = { '/from': [status, '/to'] };
    const body = method === 'HEAD' ? undefined : '{"a":1}';
    const headers = { 'Content-Type': 'application/json', 'X-Own': 'kept' };
    const request: OutboundRequest = { audience: 'user', method, headers, ...(body && { body }) };
    expect(await outcome(open, `http://a.test:${port}/from`, request)).toBe(200);
    const keepsBody = then === method;
    expect(seen[1]).toMatchObject({ method: then, url: '/to', body: keepsBody ? (body ?? '') : '' });
    expect(seen[1]?.headers['content-type']).toBe(keepsBody ? 'application/json' : undefined);
    expect(seen[1]?.headers['x-own']).toBe('kept');
  });

  it.each(['another host', 'another port', 'another host and back'])(
    'leaves the credentials behind on the way to %s',
    async (where) => {
      const other = createServer((_, response) => response.end());
      other.listen(0, '127.0.0.1');
      await once(other, 'listening');
      const otherHeaders: IncomingHttpHeaders[] = [];
      other.on('request', (request) => otherHeaders.push(request.headers));
      const otherPort = (other.address() as AddressInfo).port;
      redirects = {
        '/from': [307, where === 'another port' ? `http://a.test:${otherPort}/` : `http://b.test:${port}/to`],
        ...(where === 'another host and back' && { '/to': [307, `http://a.test:${port}/back`] }),
      };
      const secret = {
        Authorization: 'x',
        Cookie: 'x',
        'Auth-Token': 'x',
        'Private-Token': 'x',
        'X-Any': 'x',
      };
      const harmless = { accept: 'text/csv', 'content-type': 'text/plain', 'user-agent': 'test' };
      const request = {
        audience: 'user',
        method: 'POST',
        body: 'x',
        headers: { ...secret, ...harmless },
      } as const;
      expect(await outcome(open, `http://a.test:${port}/from`, request)).toBe(200);
      other.close();
      const first = seen[0]?.headers;
      expect(first).toMatchObject({
        authorization: 'x',
        cookie: 'x',
        'auth-token': 'x',
        'private-token': 'x',
      });
      const last = where === 'another port' ? otherHeaders[0] : seen.at(-1)?.headers;
      expect(last).toMatchObject(harmless);
      for (const name of Object.keys(secret)) expect(last).not.toHaveProperty(name.toLowerCase());
    },
  );

  it('keeps the credentials within the origin', async () => {
    redirects = { '/from': [302, '/to'] };
    const headers = { authorization: 'Bearer x' };
    await outcome(open, `http://a.test:${port}/from`, { audience: 'user', headers });
    expect(seen[1]?.headers.authorization).toBe('Bearer x');
  });

  it('ends in an error when there are too many of them', async () => {
    redirects = { '/': [302, '/'] };
    expect(await outcome(open, `http://a.test:${port}/`, { audience: 'user' })).toBe(
      'OUTBOUND_TOO_MANY_REDIRECTS',
    );
    expect(seen).toHaveLength(LIMITS.maxRedirects + 1);
    seen = [];
    expect(await outcome(open, `http://a.test:${port}/`, { audience: 'operator', maxRedirects: 0 })).toBe(
      'OUTBOUND_TOO_MANY_REDIRECTS',
    );
    expect(seen).toHaveLength(1);
  });

  it('to nowhere is a bad answer, and without a target is the answer itself', async () => {
    redirects = { '/bad': [302, 'http://[/'] };
    expect(await outcome(open, `http://a.test:${port}/bad`, { audience: 'user' })).toBe(
      'OUTBOUND_RESPONSE_INVALID',
    );
    server
      .removeAllListeners('request')
      .on('request', (_, response: ServerResponse) => response.writeHead(302).end());
    expect(await outcome(open, `http://a.test:${port}/none`, { audience: 'user' })).toBe(302);
  });

  it.each([301, 302, 303, 307, 308])('of status %i to an inner address is refused', async (status) => {
    const client = new OutboundClient({ ...LIMITS, allow: ['a.test'] }, toLoopback);
    const inner = [
      `http://127.0.0.1:${port}/`,
      `//127.1:${port}/`,
      `http://[::1]:${port}/`,
      `http://b.test:${port}/`,
    ];
    const odd = [`http://x@a.test:${port}/`, 'file:///etc/passwd', `gopher://127.0.0.1:${port}/`, 'data:,x'];
    for (const location of [...inner, ...odd]) {
      redirects = { '/': [status, location] };
      for (const audience of ['user', 'operator'] as const) {
        seen = [];
        const code = await outcome(client, `http://a.test:${port}/`, { audience });
        expect([location, audience, code, seen.length]).toEqual([
          location,
          audience,
          'OUTBOUND_ADDRESS_REFUSED',
          1,
        ]);
      }
    }
  });
});

describe('a name that is bound anew', () => {
  let calls: number;
  /** The first answer may be reached, every later one may not. */
  function rebinding(): OutboundClient {
    calls = 0;
    return new OutboundClient({ ...LIMITS, allow: ['127.0.0.1'] }, () =>
      Promise.resolve([{ address: calls++ === 0 ? '127.0.0.1' : '127.0.0.2', family: 4 }]),
    );
  }

  it('is asked once per request, and the connection goes to the address that was checked', async () => {
    const client = rebinding();
    const url = `http://rebind.test:${port}/`;
    expect(await outcome(client, url, { audience: 'user' })).toBe(200);
    expect([calls, seen.map(({ address }) => address)]).toEqual([1, ['127.0.0.1']]);
    expect(await outcome(client, url, { audience: 'user' })).toBe('OUTBOUND_ADDRESS_REFUSED');
    expect([calls, seen.length]).toEqual([2, 1]);
  });

  it('is checked again when it redirects to itself', async () => {
    redirects = { '/': [302, '/again'] };
    expect(await outcome(rebinding(), `http://rebind.test:${port}/`, { audience: 'user' })).toBe(
      'OUTBOUND_ADDRESS_REFUSED',
    );
    expect([calls, seen.length]).toEqual([2, 1]);
  });
});
