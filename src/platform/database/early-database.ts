import { existsSync } from 'node:fs';
import { Environment } from '../config/environment.js';
import { DatabaseConfig } from '../config/platform.config.js';
import { orExplain } from '../process/exit.js';
import { DataDirectory, DataDirectoryInUseError } from './data-directory.js';
import { DatabaseConnection } from './database-connection.js';

let early: Promise<DatabaseConnection> | undefined;

/**
 * Opens the embedded database of a server, for `main.ts` to call before it loads the program: each takes about as long
 * as the other. A second server on the data directory is refused at once. A new directory waits until the whole
 * configuration was found right; what is wrong with that is found later, all of it at once.
 */
export function openDatabaseEarly(): Promise<void> {
  return orExplain(async () => {
    try {
      const config = new DatabaseConfig(Environment.load());
      if (config.DATABASE_URL !== undefined) return;
      const directory = new DataDirectory(config.SIGNALBOX_DATA_DIR);
      directory.assertFree();
      if (!existsSync(directory.file('pg'))) return;
      early = DatabaseConnection.open(config, 'api');
      early.catch(() => undefined); // told when it is taken
    } catch (error) {
      if (error instanceof DataDirectoryInUseError) throw error;
    }
  });
}

/** The database that `openDatabaseEarly` opened, for its one taker. */
export function takeEarlyDatabase(): Promise<DatabaseConnection> | undefined {
  const database = early;
  early = undefined;
  return database;
}
