import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { type HostResolver, OutboundClient } from './outbound-client.js';

const LIMITS = { connectTimeoutMs: 2000, totalTimeoutMs: 5000, maxBodyBytes: 1000, maxRedirects: 3 };

/** Answers 204 on every local address, so that a connection to any of 127/8 is seen, and notes which one. */
let server: Server;
let port: number;
let connectedTo: string[] = [];

beforeAll(async () => {
  server = createServer((socket) => {
    connectedTo.push(String(socket.localAddress).replace('::ffff:', ''));
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end('HTTP/1.1 204 No Content\r\n\r\n'));
  });
  server.listen(0);
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterAll(async () => {
  server.close();
  await once(server, 'close');
});

const words = (text: string) => text.trim().split(/\s+/);

const INNER_IPV4 = words(`
  0.0.0.0 0.1.2.3 10.0.0.0 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1
  127.0.0.2 127.255.255.254 168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255
  192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255
  198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255`);
const INNER_IPV6 = words(`
  :: ::1 0:0:0:0:0:0:0:1 0000:0000:0000:0000:0000:0000:0000:0001 ::2 100::1 100:0:0:1::1 64:ff9b:1::1 2001::1
  2001:2::1 2001:10::1 2001:20::1 2001:30::1 2001:db8::1 2002::1 3fff::1 4000::1 5f00::1 8000::1 e000::1
  fc00::1 fd00::1 fd00:ec2::254 fe80::1 FE80::1 febf::1 fec0::1 ff02::1 ff0e::1 ::FFFF:7F00:1`);
const EMBEDDED = words('127.0.0.1 10.0.0.1 169.254.169.254 192.168.1.1');

/** Ways to write an IPv4 address that a URL parser understands. */
function spellingsOfIpv4(address: string): string[] {
  const bytes = address.split('.').map(Number) as [number, number, number, number];
  const [a, b, c, d] = bytes;
  const value = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  const wide = (text: string, zero: number) =>
    text.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
  return [
    address,
    `${address}.`,
    String(value),
    `${value}.`,
    `0x${value.toString(16)}`,
    `0X${value.toString(16).toUpperCase()}`,
    `0${value.toString(8)}`,
    `${a}.${value % 2 ** 24}`,
    `${a}.${b}.${value % 2 ** 16}`,
    `0x${a.toString(16)}.${value % 2 ** 24}`,
    bytes.map((byte) => `0x${byte.toString(16)}`).join('.'),
    bytes.map((byte) => `0${byte.toString(8)}`).join('.'),
    bytes.map((byte) => `000${byte.toString(8)}`).join('.'),
    `0x${a.toString(16)}.0${b.toString(8)}.${c}.${d}`,
    wide(address, 0xff10),
    wide(address, 0x1d7ce),
    address.replaceAll('.', '\u3002'),
    address.replaceAll('.', '\uff61'),
    wide(address, 0xff10).replaceAll('.', '\uff0e'),
    address.replaceAll('.', '%2e'),
    address.replace(/\d/g, (digit) => `%3${digit}`),
    `${address}\u00ad`,
    `${address.slice(0, 2)}\t${address.slice(2)}`,
  ];
}

/** Ways to put an IPv4 address into an IPv6 one. */
function ipv4InIpv6(address: string): string[] {
  const [a, b, c, d] = address.split('.').map(Number) as [number, number, number, number];
  const [high, low] = [(a * 256 + b).toString(16), (c * 256 + d).toString(16)];
  const [notHigh, notLow] = [(0xffff - (a * 256 + b)).toString(16), (0xffff - (c * 256 + d)).toString(16)];
  return [
    `::ffff:${address}`,
    `::ffff:${high}:${low}`,
    `0:0:0:0:0:ffff:${address}`,
    `::${address}`,
    `::${high}:${low}`,
    `::ffff:0:${address}`,
    `64:ff9b::${address}`,
    `64:ff9b::${high}:${low}`,
    `64:ff9b:1::${address}`,
    `2002:${high}:${low}::`,
    `2002:${high}:${low}::1`,
    `2001:0:${high}:${low}::`,
    `2001:0:4136:e378:8000:63bf:${notHigh}:${notLow}`,
  ];
}

/** What the names of the corpus lead to. */
const NAMES: Record<string, string[]> = {
  localhost: ['127.0.0.1', '::1'],
  'localhost.': ['127.0.0.1'],
  'a.localhost': ['127.0.0.1'],
  'ip6-localhost': ['::1'],
  'loop.test': ['127.0.0.1'],
  'loop.test.': ['127.0.0.1'],
  '127.0.0.1.in-name.test': ['127.0.0.1'],
  'xn--bcher-kva.test': ['10.0.0.1'],
  'mixed.test': ['8.8.8.8', '127.0.0.1'],
  'mixed6.test': ['2606:4700::1111', '::1'],
  'mapped.test': ['::ffff:127.0.0.1'],
  'compatible.test': ['::127.0.0.1'],
  'nat64.test': ['64:ff9b::7f00:1'],
  'zone.test': ['fe80::1%lo'],
  'odd.test': ['0x7f.1'],
  'metadata.test': ['169.254.169.254'],
  'metadata.internal': ['fd00:ec2::254'],
};
const namesResolver: HostResolver = (host) =>
  host in NAMES
    ? Promise.resolve(
        (NAMES[host] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )
    : Promise.reject(Object.assign(new Error(`The corpus has no name ${host}.`), { code: 'ENOTFOUND' }));

/** URLs that must be refused; `port` is the listener's. */
function refusedUrls(): string[] {
  const hosts = [
    ...INNER_IPV4,
    ...EMBEDDED.flatMap(spellingsOfIpv4),
    ...words('0 00 0x0 0.0 127.1 127.0.1 0x7f.1 0177.1 127.0.0.01 127.0x0.00.1'),
    ...[...INNER_IPV6, ...EMBEDDED.flatMap(ipv4InIpv6)].map((address) => `[${address}]`),
    ...Object.keys(NAMES),
    ...words('LOCALHOST LocalHost. \uff4cocalhost local\u00adhost loop\u3002test l%6fop.test bücher.test'),
  ];
  const here = `127.0.0.1:${port}`;
  return [
    ...hosts.flatMap((host) => [`http://${host}:${port}/`, `https://${host}:${port}/x?y#z`]),
    ...words('gopher ftp dict ldap ws wss tftp sftp ssh netdoc http+unix httpx').map(
      (s) => `${s}://${here}/x`,
    ),
    ...words('file:///etc/passwd FILE:///etc/passwd file://127.0.0.1/ file:/etc/passwd data:text/plain,x'),
    ...words(
      `jar:http://${here}!/ blob:http://${here}/1 view-source:http://${here} javascript:0 about:blank`,
    ),
    ...words(`http://loop.test@${here}/ http://${here}@loop.test/ http://user:secret@loop.test:${port}/`),
    ...words(`http://:secret@${here}/ http://@${here}/ http://loop.test:80@${here}/ http://a@b@${here}/`),
    ...words(`http://${here}\\@loop.test/ http://loop.test\\@${here}/ http://${here}#@8.8.8.8/`),
    ...words(`http://${here}?@8.8.8.8/ http://${here};@8.8.8.8/ http://8.8.8.8%40@${here}/`),
    ...words(`http:${here} http:/${here} http:///${here} http:\\\\${here} hTTp:////${here}`),
    ...[`  http://${here}  `, `ht\ntp://${here}`, `http:\t//${here}`, `http://127.0.0.1:0${port}/`],
  ];
}

const INVALID_URLS = [
  ...words(
    '/etc/passwd 127.0.0.1 //127.0.0.1/ file://127.0.0.1:80/ http http: http:// http://[::1 http://::1/',
  ),
  ...words(
    'http://[127.0.0.1]/ http://[fe80::1%25lo]/ http://127.0.0.256/ http://4294967296/ http://1.2.3.4.5/',
  ),
  ...words('http://127.0.0.1:65536/ http://127.0.0.1%00.test/ http://a%2fb/'),
  ...['', ' ', 'http://127.0.0.1 /', 'http://lo op.test/'],
];

async function codeOf(client: OutboundClient, url: string, audience: 'user' | 'operator'): Promise<unknown> {
  try {
    const response = await client.request(url, { audience });
    response.body.destroy();
    return response.status;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

describe('a URL given by a user', () => {
  it('cannot reach an inner address by any spelling, name, scheme or user name: no connection is made', async () => {
    connectedTo = [];
    const client = new OutboundClient({ ...LIMITS, allow: [] }, namesResolver);
    const refused = [...new Set(refusedUrls())];
    expect(refused.length).toBeGreaterThanOrEqual(200);
    const wrong: unknown[] = [];
    for (const url of refused) {
      const code = await codeOf(client, url, 'user');
      if (code !== 'OUTBOUND_ADDRESS_REFUSED') wrong.push([url, code]);
    }
    for (const url of INVALID_URLS) {
      const code = await codeOf(client, url, 'user');
      if (code !== 'OUTBOUND_URL_INVALID') wrong.push([url, code]);
    }
    expect(wrong).toEqual([]);
    expect(connectedTo).toEqual([]);
  });

  it('would reach the listener by those spellings without the guard', async () => {
    connectedTo = [];
    const client = new OutboundClient({ ...LIMITS, allow: [] }, namesResolver);
    const reaching = refusedUrls().filter(
      (url) =>
        URL.parse(url)?.host === `127.0.0.1:${port}` && /^\s*h\s*t\s*t\s*p:/i.test(url) && !url.includes('@'),
    );
    expect(reaching.length).toBeGreaterThan(30);
    for (const url of reaching) expect([url, await codeOf(client, url, 'operator')]).toEqual([url, 204]);
    expect(connectedTo).toEqual(reaching.map(() => '127.0.0.1'));
  });

  it('cannot reach the loopback interface by a name of the real resolver', async () => {
    connectedTo = [];
    const client = new OutboundClient({ ...LIMITS, allow: [] });
    expect(await codeOf(client, `http://localhost:${port}/`, 'user')).toBe('OUTBOUND_ADDRESS_REFUSED');
    expect(connectedTo).toEqual([]);
  });

  it('is refused in words that do not tell which address the name has', async () => {
    const client = new OutboundClient({ ...LIMITS, allow: [] }, namesResolver);
    const error = await client
      .request('http://metadata.test/', { audience: 'user' })
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ kind: 'invalid', code: 'OUTBOUND_ADDRESS_REFUSED' });
    expect((error as Error).cause).toBeUndefined();
    expect(JSON.stringify(error) + String(error)).not.toContain('169.254');
  });

  it.each(['127.0.0.1', '127.0.0.0/8', 'localhost', 'LOCALHOST.'])(
    'reaches what %s allows',
    async (entry) => {
      const host = entry.startsWith('1') ? '127.0.0.1' : 'localhost';
      const client = new OutboundClient({ ...LIMITS, allow: [entry] });
      expect(await codeOf(client, `http://${host}:${port}/`, 'user')).toBe(204);
      expect(await codeOf(client, `http://[::ffff:127.1]:${port}/`, 'user')).toBe('OUTBOUND_URL_INVALID');
      expect(await codeOf(client, `http://10.0.0.1:${port}/`, 'user')).toBe('OUTBOUND_ADDRESS_REFUSED');
    },
  );
});
