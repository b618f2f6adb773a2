import fc, { type Arbitrary } from 'fast-check';
import type { Written } from './request.js';

/** Something that is done to a request as it is written. */
export interface WireChange {
  readonly what: string;
  readonly rewrite: (written: Written) => Written;
}

const one = (what: string, rewrite: WireChange['rewrite']): WireChange => ({ what, rewrite });

const withHeader = (name: string, value: string): WireChange =>
  one(`header ${name}`, (written) => ({ ...written, headers: [...written.headers, [name, value]] }));

const withType = (type: string | undefined): WireChange =>
  one(`content type ${type}`, ({ headers, ...written }) => ({
    ...written,
    headers: [
      ...headers.filter(([name]) => name.toLowerCase() !== 'content-type'),
      ...(type === undefined ? [] : [['Content-Type', type] as const]),
    ],
    body: written.body ?? Buffer.from('{}'),
  }));

const LENGTHS = /^(content-length|transfer-encoding)$/i;

const withBody = (what: string, change: (body: Buffer) => Buffer): WireChange =>
  one(what, ({ headers, ...written }) => ({
    ...written,
    headers: headers.some(([name]) => name === 'Content-Type')
      ? headers
      : [...headers, ['Content-Type', 'application/json']],
    body: change(written.body ?? Buffer.from('{}')),
    // What was said of its length before may promise more than is left.
    endsEarly: written.endsEarly === true || headers.some(([name]) => LENGTHS.test(name)),
  }));

const withTarget = (what: string, change: (target: string) => string): WireChange =>
  one(what, (written) => ({ ...written, target: change(written.target) }));

/** Headers that say what nobody asked. Not `Authorization`: whose request it is must stay known. */
const HEADERS: readonly (readonly [string, string])[] = [
  ['Accept', 'image/png'],
  ['Accept', '*/*;q=0, application/json;q=nonsense,,;'],
  ['Accept-Language', 'pt'],
  ['Accept-Language', '*;q=abc,,;;en-GB-x-\xff;q=9'],
  ['Accept-Language', `${'a-b,'.repeat(1000)}pt`],
  ['Accept-Encoding', 'identity;q=0, *;q=0'],
  ['Accept-Charset', 'utf-7'],
  ['Content-Encoding', 'gzip'],
  ['Content-MD5', 'nonsense'],
  ['Content-Range', 'bytes 0-1/2'],
  ['Cookie', 'a=b; __proto__=c; =; ;;'],
  ['Expect', '100-continue'],
  ['Expect', 'a-miracle'],
  ['Host', 'evil.example:99999'],
  ['Idempotency-Key', 'key-1'],
  ['Idempotency-Key', ''],
  ['Idempotency-Key', 'x'.repeat(300)],
  ['Idempotency-Key', 'ü'],
  ['If-Match', '"x"'],
  ['If-Modified-Since', 'never'],
  ['If-None-Match', '*'],
  ['Last-Event-ID', '-1'],
  ['Last-Event-ID', "x'\xff"],
  ['Origin', 'https://evil.example'],
  ['Prefer', 'respond-async'],
  ['Range', 'bytes=0-0,5-'],
  ['TE', 'trailers, deflate;q=x'],
  ['Trailer', 'Content-Length'],
  ['Upgrade', 'websocket'],
  ['Via', '1.1 x'],
  ['X-Filler', 'x'.repeat(20_000)],
  ['X-Forwarded-For', "127.0.0.1, ' or 1=1"],
  ['X-Forwarded-Host', 'evil.example'],
  ['X-Forwarded-Proto', 'gopher'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['X-Request-Id', 'mine-1'],
  ['X-Request-Id', '\x00\x07'],
  ['X-Request-Id', 'x'.repeat(200)],
  ['x-request-id', 'one, two'],
];

const TYPES = [
  ...[
    undefined,
    '',
    'nonsense',
    'text/plain',
    'text/csv',
    'application/xml',
    'application/json;charset=utf-7',
  ],
  ...[
    'application/JSON',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'multipart/mixed; boundary=x',
  ],
  ...['multipart/form-data; boundary=', 'multipart/form-data; boundary="', 'application/octet-stream'],
  ...['multipart/form-data; boundary=other', `multipart/form-data; boundary=${'b'.repeat(300)}`, 'image/png'],
  ...['application/problem+json', 'application/json, text/plain', 'application/', '/', ';', 'a/b; c="'],
];

const METHODS = [
  ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'SEARCH', 'PROPFIND', 'QUERY'],
  ...['get', 'NONSENSE', 'G\xcbT', 'M-SEARCH', 'LINK'],
];

const TEXTS: readonly (string | Buffer)[] = [
  ...[
    '',
    ' ',
    'null',
    'true',
    '0',
    '[]',
    '{}',
    '"x"',
    '{',
    '}',
    '{"a":1,}',
    "{'a':1}",
    '{"a":NaN}',
    '{"a":1}x',
  ],
  ...['\ufeff{}', '{"name":"\\ud800"}', '{"name":"a\\u0000b"}', '{"name":1e400}', '{"name":-0,"name":"x"}'],
  ...[
    '{"note":"\\ud800","version":null}',
    '{"note":"a\\u0000b"}',
    '{"parameters":{"allowed_age":{"age":1e400}}}',
  ],
  ...[
    '{"__proto__":{"admin":true}}',
    '{"constructor":{"prototype":{"admin":true}}}',
    'name=admin&name=x',
    'a=%zz',
  ],
  ...[
    '['.repeat(100_000),
    `${'{"a":'.repeat(70)}1${'}'.repeat(70)}`,
    `"${'x'.repeat(70_000)}"`,
    '{"a":"\x01"}',
  ],
  Buffer.from('{"name":"admin"}', 'utf16le'),
  Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.alloc(1000),
];

const changes: Arbitrary<WireChange>[] = [
  fc.constantFrom(...HEADERS).map(([name, value]) => withHeader(name, value)),
  fc.constantFrom(...TYPES).map(withType),
  fc.constantFrom(...METHODS).map((method) => one(`method ${method}`, (written) => ({ ...written, method }))),
  fc.constantFrom(...TEXTS).map((text) => withBody('another body', () => Buffer.from(text as string))),
  fc
    .nat({ max: 1000 })
    .map((place) =>
      withBody('a body cut off', (body) => body.subarray(0, body.length === 0 ? 0 : place % body.length)),
    ),
  fc.tuple(fc.nat({ max: 10_000 }), fc.nat({ max: 255 })).map(([place, byte]) =>
    withBody('a byte of the body', (body) => {
      const copy = Buffer.from(body);
      if (copy.length > 0) copy[place % copy.length] = byte;
      return copy;
    }),
  ),
  fc.constantFrom<WireChange[]>(
    one('less of the body than promised', (written) => ({
      ...written,
      headers: [...written.headers, ['Content-Length', String((written.body?.length ?? 0) + 10)]],
      body: written.body ?? Buffer.from('{'),
      endsEarly: true,
    })),
    one('a length that is none', (written) => ({
      ...written,
      headers: [...written.headers, ['Content-Length', '-1']],
      body: Buffer.from('{}'),
    })),
    one('a body in chunks', ({ body = Buffer.from('{}'), ...written }) => ({
      ...written,
      headers: [...written.headers, ['Transfer-Encoding', 'chunked']],
      body: Buffer.concat([
        Buffer.from(`${body.length.toString(16)}\r\n`),
        body,
        Buffer.from('\r\n0\r\n\r\n'),
      ]),
    })),
    one('chunks that are none', (written) => ({
      ...written,
      headers: [...written.headers, ['Transfer-Encoding', 'chunked']],
      body: Buffer.from('zz\r\n{}\r\n0\r\n\r\n'),
    })),
    one('a coding that nobody knows', (written) => ({
      ...written,
      headers: [...written.headers, ['Transfer-Encoding', 'gzip, chunked']],
      body: Buffer.from('2\r\n{}\r\n0\r\n\r\n'),
    })),
    withTarget('a slash at the end', (target) => target.replace(/(\?|$)/, '/$1')),
    withTarget('slashes doubled', (target) => target.replaceAll('/', '//')),
    withTarget('in capitals', (target) => target.toUpperCase()),
    withTarget('a letter of the path encoded', (target) =>
      target.replace(/^\/(\w)/, (_, letter: string) => `/%${letter.charCodeAt(0).toString(16)}`),
    ),
    withTarget('every letter of the path encoded', (target) => {
      const [path, ...query] = target.split('?');
      const encoded = path!.replace(/[a-z_]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
      return [encoded, ...query].join('?');
    }),
    withTarget('encoded twice', (target) => target.replaceAll('%', '%25')),
    withTarget('a slash encoded', (target) => target.replace(/\/(?=[^/]*$)/, '%2f')),
    withTarget('dots', (target) => target.replace(/^\//, '/x/../')),
    withTarget('encoded dots', (target) => target.replace(/^\//, '/x/%2e%2e/')),
    withTarget('a parameter of the path', (target) => target.replace(/(\?|$)/, ';a=b$1')),
    withTarget('a fragment', (target) => `${target}#fragment`),
    withTarget('a query of question marks', (target) => `${target}???&&&==`),
    withTarget('many parameters', (target) => `${target}?${'a=1&'.repeat(1500)}`),
    withTarget('a long path', (target) => target.replace(/(\?|$)/, `/${'x'.repeat(3000)}$1`)),
    withTarget('an address', (target) => `http://localhost${target}`),
    withTarget('no slash at the beginning', (target) => target.slice(1)),
    withTarget('an asterisk', () => '*'),
  ),
  fc
    .constantFrom(
      '%',
      '%zz',
      '%u0041',
      '%c0%af',
      '%e2%82',
      '%ed%a0%80',
      '%00',
      '%ff',
      '+',
      '\x00',
      '\x7f',
      'é',
      '"',
    )
    .chain((text) =>
      fc.constantFrom(
        withTarget(`${JSON.stringify(text)} in the path`, (target) => target.replace(/(\?|$)/, `${text}$1`)),
        withTarget(`${JSON.stringify(text)} in the query`, (target) =>
          target.includes('?') ? target + text : `${target}?uuid=${text}&limit=${text}`,
        ),
      ),
    ),
];

/** A change of the kind that no schema tells of. */
export const wireChange: Arbitrary<WireChange> = fc.oneof(...changes);
