import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ConfigError } from '../config/config-section.js';
import { Database } from '../database/database.js';
import { PROCESS_ROLE, type ProcessRole } from '../process/process-role.js';
import { SecretBox } from './secret-box.js';

const SETTING = 'secret.fingerprint';

/**
 * Stops the boot of a process whose secret is not the one that the database was first used with: it could read none
 * of the stored keys, and would write others that nobody else can read. A secret that is being changed is right where
 * the process knows the former one too.
 */
@Injectable()
export class SecretCheck implements OnApplicationBootstrap {
  private readonly logger = new Logger('Secret');
  private passed: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
  ) {}

  onApplicationBootstrap(): Promise<void> {
    return this.pass();
  }

  /** Resolves when the secret is the right one; for whoever uses the database in a boot hook. Throws `ConfigError`. */
  pass(): Promise<void> {
    this.passed ??= this.check();
    return this.passed;
  }

  private async check(): Promise<void> {
    if (await this.hasTables()) return this.compare();
    if (this.role === 'cli') return; // it may be here to run the migrations
    throw new ConfigError(
      'MIGRATE_ON_START: the database has no tables yet; run the migrations, or set it to true to have them run at start',
    );
  }

  private async hasTables(): Promise<boolean> {
    const [row] = await this.database.query<{ found: boolean }>(
      `select to_regclass('setting') is not null as found`,
    );
    return row!.found;
  }

  private async compare(): Promise<void> {
    await this.database.execute(
      'insert into setting (key, value) values ($1, to_jsonb($2::text)) on conflict (key) do nothing',
      [SETTING, this.box.fingerprint],
    );
    const [row] = await this.database.query<{ value: string }>(
      `select value #>> '{}' as value from setting where key = $1`,
      [SETTING],
    );
    const known = row!.value;
    if (known === this.box.fingerprint) return;
    if (known === this.box.previousFingerprint) return this.replace(known);
    throw new ConfigError(
      'SIGNALBOX_SECRET is not the secret that this database was set up with, so its stored keys cannot be read; ' +
        'set the former value (where it was not set before: the text in the file "secret" of the data directory), ' +
        'or, to change the secret, set the former value as SIGNALBOX_SECRET_PREVIOUS',
    );
  }

  /** From now on a process must know the new secret. That is not for a command to decide: the server may run on. */
  private async replace(former: string): Promise<void> {
    if (this.role === 'cli') return;
    const changed = await this.database.execute(
      'update setting set value = to_jsonb($2::text) where key = $1 and value = to_jsonb($3::text)',
      [SETTING, this.box.fingerprint, former],
    );
    if (changed > 0)
      this.logger.log('SIGNALBOX_SECRET was changed; the former one still opens what it closed');
  }
}
