import type { Operation } from './document.js';

/** Whose token a request bears. */
export const CALLERS = ['admin', 'user', 'nobody'] as const;
export type Caller = (typeof CALLERS)[number];

export interface Part {
  readonly name: string;
  readonly filename?: string;
  readonly type?: string;
  readonly content: Buffer | string;
}

export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'form'; readonly parts: readonly Part[] }
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly type?: string };

/** A request before it is written down. */
export interface Draft {
  readonly operation: Operation;
  readonly caller: Caller;
  readonly method: string;
  /** By name, not encoded. */
  readonly path: Readonly<Record<string, string>>;
  /** Not encoded. */
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Body;
  /** What was changed, in words. */
  readonly changes: readonly string[];
  /** Changes to what is written. */
  readonly rewrite?: (written: Written) => Written;
}

/** A request as it is sent, but for the token. */
export interface Written {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
  /** Whether less comes than was promised. */
  readonly endsEarly?: boolean;
}

const BOUNDARY = 'fuzz-boundary';

/** Writes a draft down. */
export function write(draft: Draft): Written {
  const path = draft.operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    percent(draft.path[name] ?? ''),
  );
  const query = draft.query.map(([name, value]) => `${percent(name)}=${percent(value)}`).join('&');
  const { bytes, type } = bodyBytes(draft.body);
  const written: Written = {
    method: draft.method,
    target: query === '' ? path : `${path}?${query}`,
    headers: [...(type === undefined ? [] : [['Content-Type', type] as const]), ...draft.headers],
    body: bytes,
  };
  return draft.rewrite ? draft.rewrite(written) : written;
}

/** Percent-encodes a text, one with half a surrogate pair too, which `encodeURIComponent` refuses. */
export function percent(text: string): string {
  let encoded = '';
  for (const character of text) {
    const code = character.codePointAt(0)!;
    encoded +=
      code >= 0xd800 && code <= 0xdfff
        ? [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]
            .map((byte) => `%${byte.toString(16)}`)
            .join('')
        : encodeURIComponent(character);
  }
  return encoded;
}

function bodyBytes(body: Body | undefined): { bytes?: Buffer; type?: string } {
  switch (body?.kind) {
    case undefined:
      return {};
    case 'json':
      return { bytes: Buffer.from(JSON.stringify(body.value) ?? ''), type: 'application/json' };
    case 'form':
      return { bytes: multipart(body.parts), type: `multipart/form-data; boundary=${BOUNDARY}` };
    case 'bytes':
      return { bytes: body.bytes, ...(body.type !== undefined && { type: body.type }) };
  }
}

function multipart(parts: readonly Part[]): Buffer {
  const pieces = parts.flatMap(({ name, filename, type, content }) => [
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${quotable(name)}"`,
    filename === undefined ? '' : `; filename="${quotable(filename)}"`,
    type === undefined ? '\r\n\r\n' : `\r\nContent-Type: ${type}\r\n\r\n`,
    content,
    '\r\n',
  ]);
  return Buffer.concat([...pieces, `--${BOUNDARY}--\r\n`].map((piece) => Buffer.from(piece)));
}

function quotable(text: string): string {
  return text.replaceAll('"', '%22').replace(/[\r\n]/g, ' ');
}

/** The bytes of a request. The connection is not kept: each request must stand for itself. */
export function bytesOf(written: Written, authorization: string | undefined): Buffer {
  const names = new Set(written.headers.map(([name]) => name.toLowerCase()));
  const headers = [
    ...(names.has('host') ? [] : [['Host', 'localhost']]),
    ...(authorization === undefined ? [] : [['Authorization', authorization]]),
    ...written.headers,
    ...(written.body === undefined || names.has('content-length') || names.has('transfer-encoding')
      ? []
      : [['Content-Length', String(written.body.length)]]),
    ['Connection', 'close'],
  ];
  const head = [
    `${written.method} ${written.target} HTTP/1.1`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), written.body ?? Buffer.alloc(0)]);
}

/** Where a body is too long to be printed. */
const PRINTED_BYTES = 4_000;

/**
 * A request as a command that sends it again; `$ADMIN` and `$USER` stand for what
 * the callers show, such as `Bearer <token>`, and `$URL` for the server.
 */
export function asCurl({ method, target, headers, body }: Written, caller: Caller): string {
  const arguments_ = [
    `-X ${quoted(method)}`,
    ...(caller === 'nobody' ? [] : [`-H "Authorization: $${caller.toUpperCase()}"`]),
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : ['--data-binary @-']),
    `--path-as-is "$URL"${quoted(target)}`,
  ];
  const input = body === undefined ? '' : `printf '%b' ${quoted(escaped(body))} | `;
  return `${input}curl -si ${arguments_.join(' ')}`;
}

function escaped(bytes: Buffer): string {
  const shown = Array.from(bytes.subarray(0, PRINTED_BYTES), (byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\0${byte.toString(8).padStart(3, '0')}`,
  ).join('');
  return bytes.length > PRINTED_BYTES ? `${shown} (and ${bytes.length - PRINTED_BYTES} bytes more)` : shown;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
