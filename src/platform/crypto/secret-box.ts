import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** A stored secret was made with another key, belongs to another place, or was changed. */
export class DecryptionError extends Error {
  override readonly name = 'DecryptionError';
}

/** What is derived from one secret. */
class SecretKeys {
  readonly keyId: string;
  readonly fingerprint: string;
  readonly encryption: Buffer;
  private readonly macKeys = new Map<string, Buffer>();

  constructor(private readonly secret: string) {
    this.encryption = this.derive('encryption at rest', KEY_BYTES);
    this.keyId = this.derive('key id', 4).toString('hex');
    this.fingerprint = this.derive('fingerprint', 16).toString('hex');
  }

  derive(purpose: string, bytes: number): Buffer {
    return Buffer.from(hkdfSync('sha256', this.secret, 'signalbox', purpose, bytes));
  }

  macKey(purpose: string): Buffer {
    let key = this.macKeys.get(purpose);
    if (!key) this.macKeys.set(purpose, (key = this.derive(`mac: ${purpose}`, KEY_BYTES)));
    return key;
  }
}

/**
 * Encryption at rest, by keys derived from the installation's secret. What comes out is text of the form
 * `<key id>.<base64url>`; the key id tells which secret it was made with. While the secret is being changed the former
 * one is known too: it still opens what it closed, and closes nothing more.
 */
export class SecretBox {
  /** Which key this is; tells nothing about it. */
  readonly keyId: string;
  /** Tells two secrets apart, and nothing else about them. */
  readonly fingerprint: string;
  /** The same of the former secret, where there is one. */
  readonly previousFingerprint: string | undefined;
  private readonly current: SecretKeys;
  private readonly known: ReadonlyMap<string, SecretKeys>;

  /**
   * @param secret text of 32 characters or more
   * @param previous the secret before this one, while something is still encrypted with it
   */
  constructor(secret: string, previous?: string) {
    this.current = new SecretKeys(secret);
    const former = previous === undefined ? undefined : new SecretKeys(previous);
    this.known = new Map([former, this.current].flatMap((keys) => (keys ? [[keys.keyId, keys]] : [])));
    this.keyId = this.current.keyId;
    this.fingerprint = this.current.fingerprint;
    this.previousFingerprint = former?.fingerprint;
  }

  /**
   * Encrypts a text. `context` says where it belongs, e.g. `signing_key:<kid>`: only there it can be decrypted, so
   * nobody who can write to the database can move one secret into the place of another.
   */
  encrypt(plain: string, context: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.current.encryption, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(context));
    const sealed = Buffer.concat([iv, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${this.keyId}.${sealed.toString('base64url')}`;
  }

  /** The text that `encrypt` took, given the same context. Throws `DecryptionError`. */
  decrypt(encrypted: string, context: string): string {
    const [keyId = '', text = ''] = encrypted.split('.', 2);
    const keys = this.known.get(keyId);
    if (!keys) throw new DecryptionError(`${context} was encrypted with another secret`);
    const sealed = Buffer.from(text, 'base64url');
    if (sealed.length < IV_BYTES + TAG_BYTES) throw new DecryptionError(`${context} is damaged`);
    const decipher = createDecipheriv(ALGORITHM, keys.encryption, sealed.subarray(0, IV_BYTES), {
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

  /**
   * HMAC-SHA-256 of a text in hexadecimal: whoever does not know the secret cannot make it. Nothing where the key is
   * neither that of the secret nor of the former one.
   * @param purpose has a key of its own, so that no text made for one purpose serves another
   */
  mac(text: string, purpose: string, keyId: string): string | undefined {
    const key = this.known.get(keyId)?.macKey(purpose);
    return key && createHmac('sha256', key).update(text).digest('hex');
  }
}
