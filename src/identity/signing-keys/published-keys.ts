import { Injectable } from '@nestjs/common';
import { type VersionedDocument, versionedDocument } from '../../platform/http/versioned-document.js';
import { TOKEN_ALGORITHM } from '../tokens/tokens.js';
import type { JwksDto } from './dto/jwks.dto.js';
import { type PublishedKey, SigningKeys } from './signing-keys.js';
import { SigningConfig } from './signing.config.js';

const LONGEST_SECONDS = 900;
/** The key that signs changes without a word: who asks for it wants to know it soon. */
const PEM_SECONDS = 60;

/** A public document with what caches need to know. */
export interface PublishedDocument extends VersionedDocument {
  readonly cacheControl: string;
}

/** The public halves of the signing keys, for whoever verifies our tokens. */
@Injectable()
export class PublishedKeys {
  constructor(
    private readonly keys: SigningKeys,
    private readonly config: SigningConfig,
  ) {}

  /** The key that signs now, as PEM. */
  async pem(): Promise<PublishedDocument> {
    const { publicPem } = await this.keys.currentPublished();
    return document(publicPem, 'text/plain; charset=utf-8', PEM_SECONDS);
  }

  /** All keys, also one that signs later, as a JSON Web Key Set (RFC 7517). Copies are too old before a key begins. */
  async jwks(): Promise<PublishedDocument> {
    const set: JwksDto = { keys: (await this.keys.published()).map(jwk) };
    const seconds = Math.min(LONGEST_SECONDS, Math.floor(this.config.SIGNING_KEY_LEAD_SECONDS / 2));
    return document(JSON.stringify(set), 'application/json; charset=utf-8', seconds);
  }
}

function jwk({ kid, publicKey }: PublishedKey): JwksDto['keys'][number] {
  const { n, e } = publicKey.export({ format: 'jwk' });
  return { kty: 'RSA', kid, alg: TOKEN_ALGORITHM, use: 'sig', n: n!, e: e! };
}

function document(body: string, contentType: string, seconds: number): PublishedDocument {
  return {
    ...versionedDocument(body, contentType),
    cacheControl: seconds > 0 ? `public, max-age=${seconds}` : 'public, no-cache',
  };
}
