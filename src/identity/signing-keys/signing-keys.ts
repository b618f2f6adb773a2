import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import { SecretBox } from '../../platform/crypto/secret-box.js';
import { Database } from '../../platform/database/database.js';
import { IdentityChanges } from '../identity-changes.js';
import { systemActor } from '../system-actor.js';
import { keyContext, LOCK_SIGNING_KEYS, newKeyPair } from './key-pair.js';

/** Tokens with made-up key ids cause no more reads than this. */
const READ_MS = 1_000;

/** The key that signs, and its id. */
export interface Signer {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

/** A key that tokens are verified with, or will be. */
export interface PublishedKey {
  readonly kid: string;
  readonly publicPem: string;
  readonly publicKey: KeyObject;
}

interface KeyRow {
  readonly kid: string;
  readonly public_pem: string;
  readonly encrypted_private_key: string;
  /** Epoch milliseconds. */
  readonly active_from: number;
  readonly retired_at: number | null;
}

interface LoadedKey extends PublishedKey {
  /** Epoch milliseconds. */
  readonly activeFrom: number;
  readonly retiredAt: number;
  readonly encryptedPrivateKey: string;
  privateKey?: KeyObject;
}

/**
 * The keys of tokens. They live in the database, so that all processes sign and verify with the same ones. The clock
 * decides between those that were read: a process need not hear when a key takes over.
 */
@Injectable()
export class SigningKeys {
  /** Youngest first; those that are retired at a later time are still among them. */
  private keys: LoadedKey[] | undefined;
  private readAt = -Infinity;
  private reading: Promise<void> | undefined;
  /** Rises on every change: what was read before must not be kept after. */
  private generation = 0;

  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
    private readonly changes: IdentityChanges,
    private readonly audit: AuditLog,
  ) {
    changes.onChange(() => this.forget());
  }

  /** The key to sign with. The first call of an installation makes it, which takes about 0.2 s. */
  async current(): Promise<Signer> {
    const key = await this.signing();
    key.privateKey ??= createPrivateKey(this.box.decrypt(key.encryptedPrivateKey, keyContext(key.kid)));
    return { kid: key.kid, privateKey: key.privateKey };
  }

  /** The public key of a key id, unless it is unknown or retired. */
  async verifier(kid: string): Promise<KeyObject | undefined> {
    if (!this.find(kid) && performance.now() - this.readAt > READ_MS) await this.read();
    await this.all();
    return this.find(kid)?.publicKey;
  }

  /** The key that signs now, for those who verify with one key. */
  async currentPublished(): Promise<PublishedKey> {
    await this.changes.ensureFresh();
    return this.signing();
  }

  /** All keys that are not retired, those to come included: whoever keeps a copy knows them in time. */
  async published(): Promise<readonly PublishedKey[]> {
    await this.currentPublished(); // there is one at least
    return (await this.all()).filter(holds);
  }

  private forget(): void {
    this.generation++;
    this.keys = undefined;
    this.readAt = -Infinity;
  }

  private find(kid: string): LoadedKey | undefined {
    return this.keys?.find((key) => key.kid === kid && holds(key));
  }

  private async signing(): Promise<LoadedKey> {
    for (;;) {
      const keys = (await this.all()).filter(holds);
      // Where none has begun, our clock is behind the database's, and the oldest was made just now.
      const key = keys.find(({ activeFrom }) => activeFrom <= Date.now()) ?? keys.at(-1);
      if (key) return key;
      await this.create();
      await this.read();
    }
  }

  private async all(): Promise<readonly LoadedKey[]> {
    while (!this.keys) await this.read();
    return this.keys;
  }

  private read(): Promise<void> {
    this.reading ??= this.load().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async load(): Promise<void> {
    const startedAt = performance.now();
    const { generation } = this;
    const rows = await this.database.query<KeyRow>(
      `select kid, public_pem, encrypted_private_key, extract(epoch from active_from)::float8 * 1000 as active_from,
         extract(epoch from retired_at)::float8 * 1000 as retired_at
       from signing_key where retired_at is null or retired_at > now() order by active_from desc, kid`,
    );
    if (generation !== this.generation) return; // the next one to ask reads again
    const former = this.keys;
    this.keys = rows.map((row) =>
      loaded(
        row,
        former?.find(({ kid }) => kid === row.kid),
      ),
    );
    this.readAt = startedAt;
  }

  /** Makes the first key. Of processes that do so at the same time one succeeds, and the others leave it at that. */
  private async create(): Promise<void> {
    const pair = await newKeyPair(this.box);
    await this.database.transaction(async () => {
      await this.database.query(LOCK_SIGNING_KEYS);
      const made = await this.database.execute(
        `insert into signing_key (kid, public_pem, encrypted_private_key)
         select $1, $2, $3 where not exists (select from signing_key where retired_at is null)`,
        [pair.kid, pair.publicPem, pair.encryptedPrivateKey],
      );
      if (made === 0) return;
      const subject = `signing-key:${pair.kid}`;
      await this.audit.record({ actor: systemActor(), action: 'signing-key.create', subject });
    });
  }
}

function holds({ retiredAt }: LoadedKey): boolean {
  return retiredAt > Date.now();
}

function loaded(row: KeyRow, former: LoadedKey | undefined): LoadedKey {
  return {
    kid: row.kid,
    publicPem: row.public_pem,
    encryptedPrivateKey: row.encrypted_private_key,
    activeFrom: row.active_from,
    retiredAt: row.retired_at ?? Infinity,
    publicKey: former?.publicKey ?? createPublicKey(row.public_pem),
    ...(former?.privateKey && { privateKey: former.privateKey }),
  };
}
