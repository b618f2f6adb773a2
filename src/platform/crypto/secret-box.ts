import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** A stored secret was made with another key, belongs to another place, or was changed. */
export class DecryptionError extends Error {
  override readonly name = 'DecryptionError';
}

/**
 * Encryption at rest, by keys derived from the installation's secret. What comes out is text of the form
 * `<key id>.<base64url>`; the key id tells which secret it was made with.
 */
export class SecretBox {
  /** Which key this is; tells nothing about it. */
  readonly keyId: string;
  /** Tells two secrets apart, and nothing else about them. */
  readonly fingerprint: string;
  private readonly key: Buffer;

  /** @param secret text of 32 characters or more. */
  constructor(secret: string) {
    const derive = (purpose: string, bytes: number) =>
      Buffer.from(hkdfSync('sha256', secret, 'signalbox', purpose, bytes));
    this.key = derive('encryption at rest', 32);
    this.keyId = derive('key id', 4).toString('hex');
    this.fingerprint = derive('fingerprint', 16).toString('hex');
  }

  /**
   * Encrypts a text. `context` says where it belongs, e.g. `signing_key:<kid>`: only there it can be decrypted, so
   * nobody who can write to the database can move one secret into the place of another.
   */
  encrypt(plain: string, context: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.key, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(context));
    const sealed = Buffer.concat([iv, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${this.keyId}.${sealed.toString('base64url')}`;
  }

  /** The text that `encrypt` took, given the same context. Throws `DecryptionError`. */
  decrypt(encrypted: string, context: string): string {
    const [keyId, text = ''] = encrypted.split('.', 2);
    if (keyId !== this.keyId) throw new DecryptionError(`${context} was encrypted with another secret`);
    const sealed = Buffer.from(text, 'base64url');
    if (sealed.length < IV_BYTES + TAG_BYTES) throw new DecryptionError(`${context} is damaged`);
    const decipher = createDecipheriv(ALGORITHM, this.key, sealed.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([
        decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)),
        decipher.final(),
      ]).toString('utf8');
    } catch (cause) {
      throw new DecryptionError(`${context} is damaged, or does not belong there`, { cause });
    }
  }
}
