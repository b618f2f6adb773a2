import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MikroORM, PostgreSqlDriver, defineConfig } from '@mikro-orm/postgresql';
import { Migrator } from '@mikro-orm/migrations';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import {
  Global,
  Inject,
  Logger,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ConfigError, provideConfig } from '../config/config-section.js';
import { DatabaseConfig } from '../config/platform.config.js';
import { Database } from './database.js';
import { PROCESS_ROLE, type ProcessRole } from '../process/process-role.js';
import { DatabaseConnection } from './database-connection.js';
import { DatabaseNotifier } from './database-notifier.js';
import { takeEarlyDatabase } from './early-database.js';
import { EmbeddedVacuum } from './embedded-vacuum.js';
import { Migrations } from './migrations.js';
import { PooledClient, releaseLateConnections } from './pooled-client.js';

/** The compiled program lies in `dist`, its sources beside `package.json`; migrations are in both. */
const PACKAGE_ROOT = findPackageRoot(import.meta.dirname);
const BUILD_ROOT = join(import.meta.dirname, '../../..');

@Global()
@Module({
  providers: [
    provideConfig(DatabaseConfig),
    {
      provide: DatabaseConnection,
      inject: [DatabaseConfig, PROCESS_ROLE],
      useFactory: (config: DatabaseConfig, role: ProcessRole) =>
        takeEarlyDatabase() ?? DatabaseConnection.open(config, role),
    },
  ],
  exports: [DatabaseConnection, DatabaseConfig],
})
class ConnectionModule {}

/** The database for the whole program: connection, ORM, migrations, notifications. */
@Global()
@Module({
  imports: [
    ConnectionModule,
    MikroOrmModule.forRootAsync({
      driver: PostgreSqlDriver,
      imports: [ConnectionModule],
      inject: [DatabaseConnection, DatabaseConfig],
      useFactory: ormOptions,
    }),
  ],
  providers: [Database, DatabaseNotifier, EmbeddedVacuum, Migrations],
  exports: [Database, DatabaseNotifier, Migrations],
})
export class DatabaseModule implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Database');

  constructor(
    private readonly orm: MikroORM,
    private readonly connection: DatabaseConnection,
    private readonly config: DatabaseConfig,
    private readonly migrations: Migrations,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
  ) {}

  async onModuleInit(): Promise<void> {
    if (this.role === 'cli') return;
    if (this.connection.embedded) {
      this.logger.log(
        `embedded database in ${this.connection.directory.path}: survives a crash of the process, not a power cut; ` +
          'set DATABASE_URL to a PostgreSQL server for data that matters',
      );
    }
    if (this.config.MIGRATE_ON_START ?? this.connection.embedded) await this.migrations.up();
    else if (this.config.MIGRATE_ON_START === undefined) await this.refuseOldTables();
  }

  /** Tables of an older version would fail each statement that expects the new ones: say it once, and what to do. */
  private async refuseOldTables(): Promise<void> {
    const states = await this.migrations.status();
    const pending = states.filter(({ executedAt }) => executedAt === null).length;
    if (pending === 0 || pending === states.length) return; // an empty database is SecretCheck's to tell of
    throw new ConfigError(
      `DATABASE_URL: the database lacks ${pending} of ${states.length} migrations; run \`npm run cli -- migrate up\`, or set MIGRATE_ON_START=true`,
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.orm.close(true);
    await this.connection.close();
  }
}

function ormOptions(connection: DatabaseConnection, config: DatabaseConfig) {
  const compiled = import.meta.filename.endsWith('.js');
  const options = defineConfig({
    driver: PostgreSqlDriver,
    // The driver wants a name although the settings hold it already.
    dbName: connection.settings.database ?? new URL(connection.settings.connectionString!).pathname.slice(1),
    driverOptions: {
      ...connection.settings,
      Client: PooledClient,
      max: connection.embedded ? 1 : config.DATABASE_POOL_SIZE,
      idleTimeoutMillis: connection.embedded ? 0 : 30_000,
      // The embedded database's clients take turns, and a turn may be a vacuum.
      connectionTimeoutMillis: connection.embedded ? 30_000 : 5_000,
      keepAlive: true,
      pipeline: !connection.embedded, // its socket server takes one message at a time
      application_name: 'signalbox',
      onPoolCreated: releaseLateConnections,
    },
    ensureDatabase: false,
    extensions: [Migrator],
    baseDir: PACKAGE_ROOT,
    preferTs: !compiled,
    migrations: {
      tableName: 'migration',
      path: join(BUILD_ROOT, 'migrations'),
      pathTs: join(PACKAGE_ROOT, 'migrations'),
      glob: '!(*.d).{js,ts}',
      snapshot: true,
      snapshotName: '.snapshot',
      snapshotOnMigrate: false,
      silent: true,
      allOrNothing: true,
    },
  });
  return { ...options, autoLoadEntities: true, registerRequestContext: false };
}

function findPackageRoot(start: string): string {
  let folder = start;
  while (!existsSync(join(folder, 'package.json'))) folder = join(folder, '..');
  return folder;
}
