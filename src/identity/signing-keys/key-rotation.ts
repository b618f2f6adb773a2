import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { SecretBox } from '../../platform/crypto/secret-box.js';
import { Database } from '../../platform/database/database.js';
import { IdentityChanges } from '../identity-changes.js';
import { IdentityConfig } from '../identity.config.js';
import { LOCK_SIGNING_KEYS, newKeyPair, type StoredKeyPair } from './key-pair.js';
import { SigningConfig } from './signing.config.js';

/** A key is kept this much longer than the tokens that it signed: clocks differ. */
const MARGIN_SECONDS = 300;

/** Which key signs next. */
export interface Rotation {
  readonly kid: string;
  readonly activeFrom: Date;
  /** When the keys before it verify no more; null where they are gone already. */
  readonly formerUntil: Date | null;
  /** Whether it was made by this call; else it was on its way already. */
  readonly made: boolean;
}

interface NextKey {
  kid: string;
  active_from: Date;
}

/**
 * Replaces the keys that tokens are signed with. A new key is published first and signs later, so that everybody who
 * verifies has it by then; the one before verifies until the last token has expired that it may have signed.
 */
@Injectable()
export class KeyRotation {
  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
    private readonly changes: IdentityChanges,
    private readonly audit: AuditLog,
    private readonly identity: IdentityConfig,
    private readonly config: SigningConfig,
  ) {}

  /** Has a new key take over after SIGNING_KEY_LEAD_SECONDS, unless one is on its way already. */
  async rotate(actor: Actor): Promise<Rotation> {
    actor.require('keys.rotate');
    const pair = await newKeyPair(this.box);
    return this.locked(async () => (await this.onItsWay()) ?? this.add(actor, pair));
  }

  /** As `rotate`, where the youngest key is older than SIGNING_KEY_DAYS; nothing where it is not. */
  async rotateByAge(actor: Actor): Promise<Rotation | undefined> {
    actor.require('keys.rotate');
    if (!(await this.isOld())) return undefined;
    const pair = await newKeyPair(this.box);
    return this.locked(async () => ((await this.isOld()) ? this.add(actor, pair) : undefined));
  }

  /**
   * For when a private key has come into wrong hands: a new key signs from now on, no other one verifies any more,
   * and what refreshes tokens ends too. So everybody signs in again.
   */
  async replace(actor: Actor): Promise<Rotation> {
    actor.require('keys.rotate');
    const pair = await newKeyPair(this.box);
    return this.locked(async () => {
      const retired = await this.database.query<{ kid: string }>(
        `update signing_key set retired_at = now() where retired_at is null or retired_at > now() returning kid`,
      );
      await this.database.execute('update token_family set revoked_at = now() where revoked_at is null');
      const activeFrom = await this.insert(pair, 0);
      await this.audit.record({
        actor,
        action: 'signing-key.replace',
        subject: `signing-key:${pair.kid}`,
        details: { retired: retired.map(({ kid }) => kid) },
      });
      await this.changes.note();
      return { kid: pair.kid, activeFrom, formerUntil: null, made: true };
    });
  }

  /** Deletes the keys that verify no more and returns how many there were. */
  async removeRetired(actor: Actor): Promise<number> {
    actor.require('keys.rotate');
    return this.database.execute('delete from signing_key where retired_at < now()');
  }

  private locked<T>(work: () => Promise<T>): Promise<T> {
    return this.database.transaction(async () => {
      await this.database.query(LOCK_SIGNING_KEYS);
      return work();
    });
  }

  private async isOld(): Promise<boolean> {
    const days = this.config.SIGNING_KEY_DAYS;
    if (days === 0) return false;
    const [row] = await this.database.query<{ old: boolean | null }>(
      `select max(active_from) < now() - make_interval(days => $1) as old from signing_key where retired_at is null`,
      [days],
    );
    return row!.old === true;
  }

  private async onItsWay(): Promise<Rotation | undefined> {
    const [next] = await this.database.query<NextKey & { former_until: Date | null }>(
      `select kid, active_from, (select max(retired_at) from signing_key) as former_until
       from signing_key where retired_at is null and active_from > now()`,
    );
    return (
      next && {
        kid: next.kid,
        activeFrom: new Date(next.active_from),
        formerUntil: next.former_until && new Date(next.former_until),
        made: false,
      }
    );
  }

  private async add(actor: Actor, pair: StoredKeyPair): Promise<Rotation> {
    const lead = this.config.SIGNING_KEY_LEAD_SECONDS;
    const { TOKEN_MAX_SECONDS, CLIENT_TOKEN_SECONDS } = this.identity;
    const life = Math.max(TOKEN_MAX_SECONDS, CLIENT_TOKEN_SECONDS, this.config.PERMISSION_TOKEN_SECONDS);
    const former = await this.database.query<{ kid: string; until: Date }>(
      `update signing_key set retired_at = now() + make_interval(secs => $1)
       where retired_at is null returning kid, retired_at as until`,
      [lead + life + MARGIN_SECONDS],
    );
    const activeFrom = await this.insert(pair, lead);
    const formerUntil = former[0] ? new Date(former[0].until) : null;
    await this.audit.record({
      actor,
      action: 'signing-key.rotate',
      subject: `signing-key:${pair.kid}`,
      details: {
        activeFrom: activeFrom.toISOString(),
        former: former.map(({ kid }) => kid),
        formerUntil: formerUntil?.toISOString() ?? null,
      },
    });
    await this.changes.note();
    return { kid: pair.kid, activeFrom, formerUntil, made: true };
  }

  private async insert({ kid, publicPem, encryptedPrivateKey }: StoredKeyPair, lead: number): Promise<Date> {
    const [row] = await this.database.query<NextKey>(
      `insert into signing_key (kid, public_pem, encrypted_private_key, active_from)
       values ($1, $2, $3, now() + make_interval(secs => $4)) returning kid, active_from`,
      [kid, publicPem, encryptedPrivateKey, lead],
    );
    return new Date(row!.active_from);
  }
}
