import { ConfigError } from '../config/config-section.js';
import type { DatabaseConfig } from '../config/platform.config.js';
import type { ProcessRole } from '../process/process-role.js';
import { DataDirectory, DataDirectoryInUseError } from './data-directory.js';
import { EmbeddedDatabase } from './embedded-database.js';

/** What a PostgreSQL client needs to connect. */
export interface ConnectionSettings {
  readonly connectionString?: string;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly database?: string;
  readonly ssl?: boolean;
}

/** The one place that knows whether the database is embedded. Nothing above `platform/database` asks. */
export class DatabaseConnection {
  private constructor(
    readonly settings: ConnectionSettings,
    readonly embedded: boolean,
    readonly directory: DataDirectory,
    private readonly database?: EmbeddedDatabase,
  ) {}

  /**
   * Opens what the configuration says. On the embedded database the API owns the data directory; the CLI uses a
   * running API's database through its socket, or starts the database for a moment where none runs.
   * Throws `DataDirectoryInUseError` when a second API wants the directory.
   */
  static async open(config: DatabaseConfig, role: ProcessRole): Promise<DatabaseConnection> {
    const directory = new DataDirectory(config.SIGNALBOX_DATA_DIR);
    if (config.DATABASE_URL !== undefined) {
      return new DatabaseConnection({ connectionString: config.DATABASE_URL }, false, directory);
    }
    if (role === 'worker') {
      throw new ConfigError(
        'DATABASE_URL is required by a worker: on the embedded database the API runs the jobs itself',
      );
    }
    try {
      directory.acquire();
    } catch (error) {
      const endpoint = error instanceof DataDirectoryInUseError ? error.holder?.endpoint : undefined;
      if (role !== 'cli' || !endpoint) throw error;
      return new DatabaseConnection(embeddedSettings(endpoint), true, directory);
    }
    const database = await EmbeddedDatabase.start(directory);
    return new DatabaseConnection(embeddedSettings(database.endpoint), true, directory, database);
  }

  /** Stops the embedded database, where this process started it, and gives the data directory back. */
  async close(): Promise<void> {
    await this.database?.stop();
    this.directory.release();
  }
}

function embeddedSettings(endpoint: { host: string; port: number }): ConnectionSettings {
  return { ...endpoint, user: 'postgres', database: 'postgres', ssl: false };
}
