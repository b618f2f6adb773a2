import { parseObjectKey } from './object-key.js';
import { MAX_EXPIRY, type GetTerms, type UploadTerms } from './signed-urls.port.js';
import { InvalidObjectRequestError } from './storage.errors.js';

/** 16 bytes; the last character holds two bits. */
const MD5 = /^[A-Za-z0-9+/]{21}[AQgw]==$/;
const MAX_TYPE = 255;
/** What RFC 9110 allows in a media type and its parameters; nothing that ends a header. */
const TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;[\t\x20-\x7e]*)?$/;

/** Whether a text is an MD5 as `Content-MD5` has it. */
export function isMd5Base64(text: string): boolean {
  return MD5.test(text);
}

/** @throws InvalidObjectKeyError, InvalidObjectRequestError unless an upload can be bound to it */
export function checkUploadTerms(key: string, terms: UploadTerms & { readonly contentType?: string }): void {
  checkTerms(key, terms);
  if (!Number.isSafeInteger(terms.length) || terms.length < 0) {
    throw new InvalidObjectRequestError('The length is not a whole number of bytes: correct it.');
  }
  if (!isMd5Base64(terms.md5Base64)) {
    throw new InvalidObjectRequestError('The announced MD5 is not the base64 form of 16 bytes: correct it.');
  }
  const type = terms.contentType;
  if (type !== undefined && (type.length > MAX_TYPE || !TYPE.test(type))) {
    throw new InvalidObjectRequestError('The type is not a media type such as text/csv: correct it.');
  }
}

/** @throws InvalidObjectKeyError, InvalidObjectRequestError unless it can be signed */
export function checkTerms(key: string, { expiresIn }: Pick<GetTerms, 'expiresIn'>): void {
  parseObjectKey(key);
  if (!Number.isSafeInteger(expiresIn) || expiresIn < 1 || expiresIn > MAX_EXPIRY) {
    throw new InvalidObjectRequestError(
      `An address can be good for 1 to ${MAX_EXPIRY} seconds: ask for that.`,
    );
  }
}

/** The path of an object in an address, with all encoded that can be (RFC 3986), as S3 signs it. */
export function encodeKey(key: string): string {
  return key.split('/').map(encodeStrictly).join('/');
}

/** Has browsers save a file under this name (RFC 6266): in ASCII for old ones, and as it is. */
export function attachment(fileName: string): string {
  const ascii = fileName.replace(/[\P{ASCII}\p{Cc}"\\%]/gu, '_');
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encodeStrictly(fileName.toWellFormed())}`;
}

function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
