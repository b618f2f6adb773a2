import { timingSafeEqual } from 'node:crypto';
import type { SecretBox } from '../platform/crypto/secret-box.js';
import type { PublicUrl } from '../platform/http/public-url.js';
import { checkTerms, checkUploadTerms, encodeKey } from './signed-terms.js';
import {
  type GetTerms,
  type PostTerms,
  type PutTerms,
  type SignedPost,
  type SignedPut,
  SignedUrls,
} from './signed-urls.port.js';
import { SignedUrlRefusedError } from './storage.errors.js';

/** Path below which objects are served here. */
export const OBJECTS_PATH = '/objects';

/** What an upload that comes with a good signature must be. */
export interface SignedUpload {
  readonly key: string;
  readonly length: number;
  readonly md5Base64: string;
  /** Absent: any. */
  readonly contentType: string | undefined;
}

type Values = Readonly<Record<string, unknown>>;

const ALGORITHM = 'SIGNALBOX-HMAC-SHA256';
/** Each kind has a key of its own. */
const [URLS, FORMS] = ['signed object urls', 'signed upload forms'] as const;
/** Fields of a form that its policy cannot hold. */
const BESIDE_POLICY = ['policy', 'x-amz-signature'];

/**
 * Addresses of this program, signed with a key that comes from the installation's secret: every process of the
 * installation knows it, also while the secret is being changed.
 */
export class LocalSignedUrls extends SignedUrls {
  constructor(
    private readonly box: SecretBox,
    private readonly publicUrl: PublicUrl,
  ) {
    super();
  }

  override async signPut(key: string, terms: PutTerms): Promise<SignedPut> {
    checkUploadTerms(key, terms);
    const { length, md5Base64, contentType, expiresIn } = terms;
    const query = {
      ...{ expires: expiryOf(expiresIn), length: String(length) },
      md5: Buffer.from(md5Base64, 'base64').toString('hex'),
      ...(contentType !== undefined && { type: contentType }),
    };
    return { url: this.objectUrl(key), query: this.signed('PUT', key, query) };
  }

  override async signPost(key: string, terms: PostTerms): Promise<SignedPost> {
    checkUploadTerms(key, terms);
    const { length, md5Base64, contentType, visibility, expiresIn } = terms;
    const now = new Date();
    const fields = {
      acl: visibility === 'public' ? 'public-read' : 'private',
      'Content-MD5': md5Base64,
      'Content-Type': contentType,
      key,
      'x-amz-algorithm': ALGORITHM,
      'x-amz-credential': this.box.keyId,
      'x-amz-date': now.toISOString().replace(/[-:]|\.\d+/g, ''),
    };
    const conditions = Object.entries(fields).map(([name, value]) => ({ [name]: value }));
    const expiration = new Date(now.getTime() + expiresIn * 1000).toISOString();
    const document = { expiration, conditions: [...conditions, ['content-length-range', length, length]] };
    const policy = Buffer.from(JSON.stringify(document)).toString('base64');
    return {
      url: this.publicUrl.to(OBJECTS_PATH),
      fields: { ...fields, policy, 'x-amz-signature': this.box.mac(policy, FORMS, this.box.keyId)! },
    };
  }

  override async signGet(key: string, { expiresIn, download }: GetTerms): Promise<string> {
    checkTerms(key, { expiresIn });
    const query = { expires: expiryOf(expiresIn), ...(download !== undefined && { download }) };
    return `${this.objectUrl(key)}?${new URLSearchParams(this.signed('GET', key, query)).toString()}`;
  }

  override objectUrl(key: string): string {
    return this.publicUrl.to(`${OBJECTS_PATH}/${encodeKey(key)}`);
  }

  override places(): readonly string[] {
    return [this.publicUrl.to(OBJECTS_PATH).replace(/^https?:\/\//, '')];
  }

  /**
   * What may be written to the key by who brings this query.
   * @throws SignedUrlRefusedError
   */
  openPut(key: string, query: Values): SignedUpload {
    const { length, md5, type } = this.verified('PUT', key, query);
    const md5Base64 = Buffer.from(md5!, 'hex').toString('base64');
    return { key, length: Number(length), md5Base64, contentType: type };
  }

  /**
   * Lets pass who may read the object by this query; tells the name to save it under, if it has one.
   * @throws SignedUrlRefusedError
   */
  openGet(key: string, query: Values): { download: string | undefined } {
    return { download: this.verified('GET', key, query).download };
  }

  /**
   * What may be written by who sends these fields.
   * @throws SignedUrlRefusedError
   */
  openPost(sent: Readonly<Record<string, string>>): SignedUpload {
    const fields = new Map(Object.entries(sent).map(([name, value]) => [name.toLowerCase(), value]));
    const policy = fields.get('policy') ?? '';
    const mac = this.box.mac(policy, FORMS, fields.get('x-amz-credential') ?? '');
    if (!isEqual(fields.get('x-amz-signature') ?? '', mac)) throw notSigned('form');
    const { expiration, conditions } = JSON.parse(Buffer.from(policy, 'base64').toString()) as Policy;
    if (Date.parse(expiration) <= Date.now()) throw expired('form');
    const signed = new Map<string, string>();
    let length = 0;
    for (const condition of conditions) {
      if (isRange(condition)) length = condition[1];
      else for (const [name, value] of Object.entries(condition)) signed.set(name.toLowerCase(), value);
    }
    const names = new Set([...signed.keys(), ...fields.keys()]);
    for (const name of names) {
      if (BESIDE_POLICY.includes(name) || signed.get(name) === fields.get(name)) continue;
      throw new SignedUrlRefusedError(
        `The field ${JSON.stringify(name.slice(0, 50))} of the form is not as it was signed. Send the fields as you got them, and none besides.`,
      );
    }
    const [key, md5Base64] = [signed.get('key')!, signed.get('content-md5')!];
    return { key, length, md5Base64, contentType: signed.get('content-type') };
  }

  private signed(method: string, key: string, query: Record<string, string>): Record<string, string> {
    const { keyId } = this.box;
    return { ...query, keyid: keyId, signature: this.box.mac(text(method, key, query), URLS, keyId)! };
  }

  private verified(method: string, key: string, query: Values): Record<string, string> {
    // A name that comes twice is a list, and not what was signed.
    const texts = Object.entries(query).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    const values = Object.fromEntries(texts);
    const mac = this.box.mac(text(method, key, values), URLS, values['keyid'] ?? '');
    if (!isEqual(values['signature'] ?? '', mac)) throw notSigned('address');
    if (Number(values['expires']) * 1000 <= Date.now()) throw expired('address');
    return values;
  }
}

type LengthRange = readonly ['content-length-range', number, number];
type Condition = Readonly<Record<string, string>> | LengthRange;

/** As S3 has it. */
interface Policy {
  readonly expiration: string;
  readonly conditions: readonly Condition[];
}

function isRange(condition: Condition): condition is LengthRange {
  return Array.isArray(condition);
}

/** What is signed. Each value has its place, so that none can be taken for another. */
function text(method: string, key: string, query: Readonly<Record<string, string>>): string {
  const { expires, length, md5, type, download } = query;
  return JSON.stringify([method, key, expires, length, md5, type, download].map((value) => value ?? null));
}

function expiryOf(expiresIn: number): string {
  return String(Math.floor(Date.now() / 1000) + expiresIn);
}

/** In a time that does not tell how much of it was right. */
function isEqual(given: string, right: string | undefined): boolean {
  if (right === undefined || given.length !== right.length) return false;
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function notSigned(what: string): SignedUrlRefusedError {
  return new SignedUrlRefusedError(
    `The ${what} is not signed, or was changed since, or is signed for something else. Use it as you got it.`,
  );
}

function expired(what: string): SignedUrlRefusedError {
  return new SignedUrlRefusedError(`The ${what} has expired. Ask for a new one.`);
}
