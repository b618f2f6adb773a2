/** What a Basic header carries. */
export interface BasicCredentials {
  /** As it was sent: any text without a colon. */
  readonly nickname: string;
  readonly password: string;
}

const BASIC = /^Basic +([\w+/-]+={0,2}) *$/i;
const BEARER = /^Bearer +(?=.)/i;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The credentials of a Basic header (RFC 7617, UTF-8); nothing where it is none, or not well formed. */
export function parseBasicHeader(header: string): BasicCredentials | undefined {
  const encoded = BASIC.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  let text: string;
  try {
    text = utf8.decode(Buffer.from(encoded, 'base64'));
  } catch {
    return undefined;
  }
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { nickname: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** What follows the word Bearer in a header (RFC 6750); nothing where it is another scheme. */
export function parseBearerHeader(header: string): string | undefined {
  const scheme = BEARER.exec(header)?.[0];
  return scheme && header.slice(scheme.length);
}
