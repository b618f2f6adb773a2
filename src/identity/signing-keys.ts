import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { SecretBox } from '../platform/crypto/secret-box.js';
import { Database } from '../platform/database/database.js';
import { IdentityChanges } from './identity-changes.js';
import { SigningKey } from './signing-key.entity.js';

const MODULUS_BITS = 2048;
/** Tokens with made-up key ids cause no more reads than this. */
const READ_MS = 1_000;

/** The key that signs, and its id. */
export interface Signer {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

/** The keys of tokens. They live in the database, so that all processes sign and verify with the same ones. */
@Injectable()
export class SigningKeys {
  private readonly publicKeys = new Map<string, KeyObject>();
  private signer: Signer | undefined;
  private readAt = -Infinity;
  private reading: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
    changes: IdentityChanges,
  ) {
    changes.onChange(() => this.forget());
  }

  /** The key to sign with. The first call of an installation makes it, which takes about 0.2 s. */
  async current(): Promise<Signer> {
    if (!this.signer) await this.read();
    if (!this.signer) {
      await this.create();
      await this.read();
    }
    return this.signer!;
  }

  /** The public key of a key id, unless it is unknown or retired. */
  async verifier(kid: string): Promise<KeyObject | undefined> {
    if (!this.publicKeys.has(kid) && performance.now() - this.readAt > READ_MS) await this.read();
    return this.publicKeys.get(kid);
  }

  private forget(): void {
    this.publicKeys.clear();
    this.signer = undefined;
    this.readAt = -Infinity;
  }

  private read(): Promise<void> {
    this.reading ??= this.load().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async load(): Promise<void> {
    const startedAt = performance.now();
    const keys = await this.database
      .reader()
      .find(SigningKey, { retiredAt: null }, { orderBy: { activeFrom: 'desc', kid: 'asc' } });
    this.publicKeys.clear();
    for (const { kid, publicPem } of keys) this.publicKeys.set(kid, createPublicKey(publicPem));
    const active = keys.find(({ activeFrom }) => activeFrom.getTime() <= Date.now());
    this.signer = active && {
      kid: active.kid,
      privateKey: createPrivateKey(
        this.box.decrypt(active.encryptedPrivateKey, signingKeyContext(active.kid)),
      ),
    };
    this.readAt = startedAt;
  }

  /** Makes the first key. Of processes that do so at the same time one succeeds, and the others leave it at that. */
  private async create(): Promise<void> {
    const pair = await promisify(generateKeyPair)('rsa', {
      modulusLength: MODULUS_BITS,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const kid = randomBytes(9).toString('base64url');
    await this.database.transaction(async (em) => {
      await this.database.query(`select pg_advisory_xact_lock(hashtext('identity.signing-key'))`);
      if ((await em.count(SigningKey, { retiredAt: null })) > 0) return;
      em.persist(
        em.create(SigningKey, {
          kid,
          publicPem: pair.publicKey,
          encryptedPrivateKey: this.box.encrypt(pair.privateKey, signingKeyContext(kid)),
        }),
      );
    });
  }
}

/** Where the private key of this id belongs; see `SecretBox.encrypt`. */
export function signingKeyContext(kid: string): string {
  return `signing_key:${kid}`;
}
