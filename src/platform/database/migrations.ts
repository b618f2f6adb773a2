import { MikroORM } from '@mikro-orm/postgresql';
import { Migrator } from '@mikro-orm/migrations';
import { Injectable, Logger } from '@nestjs/common';
import pg from 'pg';
import { DatabaseConnection } from './database-connection.js';

/** Any number that no other program on the same database uses for its advisory locks. */
const LOCK_KEY = 7_446_325_267;

/** One migration and whether it has been executed. */
export interface MigrationState {
  readonly name: string;
  readonly executedAt: Date | null;
}

/**
 * Runs migrations: all pending ones in one transaction, one process at a time. A process killed in the middle
 * leaves nothing behind, and two that start together run them once.
 */
@Injectable()
export class Migrations {
  private readonly logger = new Logger('Migrations');

  constructor(
    private readonly orm: MikroORM,
    private readonly connection: DatabaseConnection,
  ) {}

  /** Executes what is pending and returns the names, in order. */
  async up(): Promise<string[]> {
    return this.exclusively(async (migrator) => names(await migrator.up()));
  }

  /** Reverts the last executed migration and returns its name, or nothing where none is left. */
  async down(): Promise<string[]> {
    return this.exclusively(async (migrator) => names(await migrator.down()));
  }

  /** Every known migration in order. */
  async status(): Promise<MigrationState[]> {
    const migrator = this.migrator();
    const [executed, pending] = [await migrator.getExecuted(), await migrator.getPending()];
    return [
      ...executed.map(({ name, executed_at }) => ({ name, executedAt: executed_at })),
      ...pending.map(({ name }) => ({ name, executedAt: null })),
    ];
  }

  /** Writes a migration from the difference between the entities and the last one; returns its file, if any. */
  async create(name?: string): Promise<string | undefined> {
    const { fileName } = await this.migrator().create(undefined, false, false, name);
    return fileName === '' ? undefined : fileName;
  }

  private async exclusively<T>(work: (migrator: Migrator) => Promise<T>): Promise<T> {
    if (this.connection.embedded) return work(this.migrator()); // whoever holds the data directory is alone
    const client = new pg.Client({ ...this.connection.settings, application_name: 'signalbox migrations' });
    await client.connect();
    try {
      await client.query('select pg_advisory_lock($1)', [LOCK_KEY]);
      return await work(this.migrator());
    } finally {
      await client.end(); // ends the session and with it the lock
    }
  }

  private migrator(): Migrator {
    const migrator = new Migrator(this.orm.em);
    migrator.on('migrated', ({ name }) => this.logger.log(`executed ${name}`));
    migrator.on('reverted', ({ name }) => this.logger.log(`reverted ${name}`));
    return migrator;
  }
}

function names(migrations: readonly { name: string }[]): string[] {
  return migrations.map(({ name }) => name);
}
