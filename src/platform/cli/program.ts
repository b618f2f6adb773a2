import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Actor } from '../access/actor.js';
import { validateConfiguration } from '../config/config-section.js';
import { Environment } from '../config/environment.js';
import { DatabaseConfig } from '../config/platform.config.js';
import { Database } from '../database/database.js';
import { DatabaseConnection } from '../database/database-connection.js';
import { Migrations } from '../database/migrations.js';
import type { DomainError } from '../errors/domain-error.js';
import type { ProcessRole } from '../process/process-role.js';
import { SchemaMissingError, SchemaOutdatedError } from './cli.errors.js';
import { cliLogger } from './cli-logger.js';
import { waitForStartingServer } from './starting-server.js';

const SCHEMA_TRIES = 20;
const SCHEMA_PAUSE_MS = 250;

/** The root module of the program over an environment, in the role that the process plays. */
export type ModuleFor = (environment: Environment, role: ProcessRole) => DynamicModule;

/**
 * The whole program, as a command uses it. It starts when a command first asks for a part of it: help, a mistyped
 * command and `config` must not wait for a database, nor need one.
 */
export class Program {
  private context: Promise<INestApplicationContext> | undefined;
  private schema: Promise<void> | undefined;

  /** @param operator who acts at the command line. */
  constructor(
    readonly moduleFor: ModuleFor,
    readonly environment: Environment,
    readonly operator: Actor,
  ) {}

  /**
   * A provider of the program, over a database whose tables are there. Throws `ConfigError` on a bad configuration,
   * `SchemaMissingError` and `SchemaOutdatedError`.
   */
  async get<T>(token: Type<T>): Promise<T> {
    const context = await this.start();
    this.schema ??= ensureSchema(context);
    await this.schema;
    return context.get(token, { strict: false });
  }

  /** The program whatever the state of its tables, for the commands that make them. Throws `ConfigError`. */
  start(): Promise<INestApplicationContext> {
    this.context ??= this.boot();
    return this.context;
  }

  /** Runs `work` with the program on an empty database that is gone afterwards. Touches nothing of the installation. */
  async onEmptyDatabase<T>(work: (context: INestApplicationContext) => Promise<T>): Promise<T> {
    const directory = mkdtempSync(join(tmpdir(), 'signalbox-'));
    const program = new Program(
      this.moduleFor,
      new Environment({ SIGNALBOX_DATA_DIR: directory }),
      this.operator,
    );
    try {
      return await work(await program.start());
    } finally {
      await program.close();
      rmSync(directory, { recursive: true, force: true });
    }
  }

  /** Ends what was started. */
  async close(): Promise<void> {
    const context = await this.context?.catch(() => undefined); // why it failed is known to who started it
    await context?.close();
  }

  private async boot(): Promise<INestApplicationContext> {
    validateConfiguration(this.environment);
    await waitForStartingServer(new DatabaseConfig(this.environment));
    return NestFactory.createApplicationContext(this.moduleFor(this.environment, 'cli'), {
      logger: await cliLogger(this.environment),
      abortOnError: false,
    });
  }
}

/** The server migrates its embedded database when it starts; so does the CLI where it stands in for the server. */
async function ensureSchema(context: INestApplicationContext): Promise<void> {
  const connection = context.get(DatabaseConnection, { strict: false });
  const migrations = context.get(Migrations, { strict: false });
  const migrates = context.get(DatabaseConfig, { strict: false }).MIGRATE_ON_START ?? true;
  if (startedHere(connection) && migrates) {
    await migrations.up();
    return;
  }
  const database = context.get(Database, { strict: false });
  for (let tries = 1; ; tries++) {
    const lack = await whatSchemaLacks(database, migrations);
    if (!lack) return;
    if (!connection.embedded || tries >= SCHEMA_TRIES) throw lack;
    await sleep(SCHEMA_PAUSE_MS); // a server that has just started is about to migrate
  }
}

async function whatSchemaLacks(database: Database, migrations: Migrations): Promise<DomainError | undefined> {
  const [row] = await database.query<{ found: boolean }>(
    `select to_regclass('setting') is not null as found`,
  );
  if (!row!.found) return new SchemaMissingError();
  const pending = (await migrations.status()).filter(({ executedAt }) => executedAt === null);
  return pending.length > 0 ? new SchemaOutdatedError(pending.length) : undefined;
}

/** Whether no server runs on the embedded database, so that this process started it. */
export function startedHere({ embedded, directory }: DatabaseConnection): boolean {
  return embedded && directory.holder()?.pid === process.pid;
}
