import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Actor } from '../platform/access/actor.js';
import { SecretBox } from '../platform/crypto/secret-box.js';
import { SecretCheck } from '../platform/crypto/secret-check.js';
import { Database } from '../platform/database/database.js';
import { databaseErrorCode } from '../platform/database/database-errors.js';
import { PROCESS_ROLE, type ProcessRole } from '../platform/process/process-role.js';
import { AuditBatches, BEFORE_ALL, type SealableEntry, type StoredSeal } from './audit-batches.js';
import { AuditConfig } from './audit.config.js';
import { AuditLog } from './audit-log.js';
import { MAC_PURPOSE, macText, NO_HASH, SealHash } from './seal-chain.js';

/** How long those who write to the log may be held up, in milliseconds. */
const LOCK_MS = 200;
const LOCK_NOT_AVAILABLE = '55P03';
/** How long the end of the process may be held up, in milliseconds. */
const LAST_MS = 3_000;

/**
 * Seals the entries of the audit log: every minute, and when the process ends. By the clock of the process and not a
 * job, since jobs are on the same floor; no harm is done where several processes are at it.
 *
 * Ids are given before transactions commit, so that a low one may appear after a higher one. Therefore the table is
 * locked for a moment: who has an id has the table too, so when we get it every id up to the highest has been
 * committed or will never be. Where somebody keeps it for longer, the entries wait for the next time.
 */
@Injectable()
export class AuditSealing implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<number> | undefined;
  private stopAt = Infinity;

  constructor(
    private readonly database: Database,
    private readonly batches: AuditBatches,
    private readonly box: SecretBox,
    private readonly secretCheck: SecretCheck,
    private readonly audit: AuditLog,
    private readonly config: AuditConfig,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.role === 'cli') return;
    await this.secretCheck.pass();
    this.timer = setInterval(() => void this.runSafely(), this.config.AUDIT_SEAL_SECONDS * 1000).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.stopAt = performance.now() + LAST_MS;
    const before = this.running?.catch(() => undefined); // it may have begun before the last entry was made
    const last = Promise.resolve(before).then(() => this.runSafely());
    await Promise.race([last, sleep(LAST_MS, undefined, { ref: false })]);
  }

  /** Seals what there is, and returns how many seals that took; 0 also where it has to wait for the next time. */
  run(): Promise<number> {
    this.running ??= this.sealAll().finally(() => (this.running = undefined));
    return this.running;
  }

  /** The last seal that there is. */
  async last(actor: Actor): Promise<StoredSeal | undefined> {
    actor.require('audit.read');
    return this.batches.lastSeal();
  }

  private async runSafely(): Promise<void> {
    try {
      await this.run();
    } catch (error) {
      this.logger.warn(`the audit log was not sealed: ${(error as Error).message}`);
    }
  }

  private async sealAll(): Promise<number> {
    const last = await this.batches.lastSeal();
    if (last && last.keyId !== this.box.keyId) await this.noteNewSecret();
    const upTo = await this.settled(last?.lastId ?? BEFORE_ALL);
    let seals = 0;
    while (upTo !== undefined && performance.now() < this.stopAt && (await this.sealBatch(upTo))) seals++;
    return seals;
  }

  /**
   * The seals of a former secret can be vouched for only by one of the new secret behind them. So there has to be one,
   * and something to seal.
   */
  private async noteNewSecret(): Promise<void> {
    const entry = { action: 'secret.change', subject: `secret:${this.box.keyId}` };
    await this.inTurn(async (last) => {
      const noted = await this.database.query(
        'select from audit_entry where id > $1 and action = $2 and subject = $3 limit 1',
        [last?.lastId ?? BEFORE_ALL, entry.action, entry.subject],
      );
      if (noted.length === 0) await this.audit.record({ actor: { userid: 'system' }, ...entry });
    });
  }

  /** The highest id up to which nothing will be added any more, if there is something to seal and the table is free. */
  private async settled(sealedUpTo: string): Promise<string | undefined> {
    const some = await this.database.query('select from audit_entry where id > $1 limit 1', [sealedUpTo]);
    if (some.length === 0) return undefined;
    try {
      return await this.database.transaction(async () => {
        await this.database.execute(`set local lock_timeout = ${LOCK_MS}`);
        await this.database.execute('lock table audit_entry in share mode');
        const [row] = await this.database.query<{ id: string }>(
          'select max(id)::text as id from audit_entry',
        );
        return row!.id;
      });
    } catch (error) {
      if (databaseErrorCode(error) === LOCK_NOT_AVAILABLE) return undefined;
      throw error;
    }
  }

  /** Seals the next entries; false where there are none, or another process is at it. */
  private async sealBatch(upTo: string): Promise<boolean> {
    const made = await this.inTurn(async (last) => {
      const entries = await this.batches.entries(last?.lastId ?? BEFORE_ALL, upTo);
      return entries.length === 0 ? undefined : this.seal(entries, last);
    });
    if (!made) return false;
    // In the log too, which is often kept elsewhere: who cuts off the end of the table cannot cut it off there.
    this.logger.log(`seal ${made.id}: ${made.entries} entries up to ${made.lastId}, hash ${made.hash}`);
    return true;
  }

  private async seal(entries: readonly SealableEntry[], last: StoredSeal | undefined): Promise<StoredSeal> {
    const { keyId } = this.box;
    const facts = {
      keyId,
      id: (last?.id ?? 0) + 1,
      firstId: entries[0]!.id,
      lastId: entries.at(-1)!.id,
      entries: entries.length,
      sealedAt: await this.batches.now(),
    };
    const previousHash = last?.hash ?? NO_HASH;
    const sealHash = new SealHash(previousHash, facts);
    for (const entry of entries) sealHash.add(entry);
    const hash = sealHash.digest();
    const mac = this.box.mac(macText(previousHash, facts, hash), MAC_PURPOSE, keyId)!;
    const seal = { ...facts, hash, mac };
    await this.batches.addSeal(seal);
    return seal;
  }

  /** Runs `work` in a transaction, unless another process is at it; and no other is meanwhile. */
  private inTurn<T>(work: (last: StoredSeal | undefined) => Promise<T>): Promise<T | undefined> {
    return this.database.transaction(async () => {
      const [lock] = await this.database.query<{ taken: boolean }>(
        `select pg_try_advisory_xact_lock(hashtext('audit.seal')) as taken`,
      );
      return lock!.taken ? work(await this.batches.lastSeal()) : undefined;
    });
  }
}
