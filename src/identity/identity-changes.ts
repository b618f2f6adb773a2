import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { DatabaseNotifier } from '../platform/database/database-notifier.js';

const TOPIC = 'identity.changed';
const SETTING = 'identity.version';
/** How often the counter is looked at while requests come. */
const LOOK_MS = 1_000;
/** A look may take this much longer before requests wait for it. */
const GRACE_MS = 500;

/**
 * Tells when something changed that decides who may what: roles, passwords, revoked tokens. Every process caches
 * that. The process that changes it hears at once, before its answer goes out; others by a hint, and where a hint
 * cannot reach them or is lost, by a counter in the database that they look at while they serve requests.
 */
@Injectable()
export class IdentityChanges {
  private readonly listeners: (() => void)[] = [];
  private version: string | undefined;
  private lookedAt = -Infinity;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly notifier: DatabaseNotifier,
  ) {
    notifier.on(TOPIC, () => this.tell());
  }

  /** Calls `listener` on every change; it must forget what it cached. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /**
   * Notes a change, as the last statement of the transaction that makes it: the counter's row is locked from here
   * to the commit.
   */
  async note(): Promise<void> {
    await this.database.execute(
      `insert into setting (key, value) values ($1, '1')
       on conflict (key) do update set value = to_jsonb(setting.value::bigint + 1)`,
      [SETTING],
    );
    this.database.afterCommit(() => this.notifier.notify(TOPIC));
  }

  /** Whether caches may be used as they are. Starts a look in the background when one is due. */
  get fresh(): boolean {
    const age = performance.now() - this.lookedAt;
    if (age > LOOK_MS) this.look().catch(() => undefined); // whoever needs it waits for it, and sees the error
    return age <= LOOK_MS + GRACE_MS;
  }

  /** Resolves when caches may be used. Throws where the database does not answer. */
  async ensureFresh(): Promise<void> {
    if (!this.fresh) await this.look();
  }

  private look(): Promise<void> {
    this.looking ??= this.compare().finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async compare(): Promise<void> {
    const startedAt = performance.now();
    const [row] = await this.database.prepared<{ version: string }>(
      'identity.version',
      'select value::text as version from setting where key = $1',
      [SETTING],
    );
    const version = row?.version ?? '0';
    if (this.version !== undefined && this.version !== version) this.tell();
    this.version = version;
    this.lookedAt = startedAt;
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
