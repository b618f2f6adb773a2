import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { SecretBox } from '../../platform/crypto/secret-box.js';

const MODULUS_BITS = 2048;

/** Makers of the first key and of the next one wait for each other. For the start of their transactions. */
export const LOCK_SIGNING_KEYS = `select pg_advisory_xact_lock(hashtext('identity.signing-key'))`;

/** A key pair as it is stored. */
export interface StoredKeyPair {
  readonly kid: string;
  readonly publicPem: string;
  readonly encryptedPrivateKey: string;
}

/** Makes an RSA key pair, which takes about 0.2 s: not within a transaction. */
export async function newKeyPair(box: SecretBox): Promise<StoredKeyPair> {
  const pair = await promisify(generateKeyPair)('rsa', {
    modulusLength: MODULUS_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const kid = randomBytes(9).toString('base64url');
  return {
    kid,
    publicPem: pair.publicKey,
    encryptedPrivateKey: box.encrypt(pair.privateKey, keyContext(kid)),
  };
}

/** Where an encrypted private key belongs. */
export function keyContext(kid: string): string {
  return `signing_key:${kid}`;
}
