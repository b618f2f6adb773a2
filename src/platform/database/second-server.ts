import { Environment } from '../config/environment.js';
import { DatabaseConfig } from '../config/platform.config.js';
import { orExplain } from '../process/exit.js';
import { DataDirectory, DataDirectoryInUseError } from './data-directory.js';

/**
 * Refuses a second server on a data directory, for `main.ts` to call before it loads the program, which takes several
 * times as long as to look. What else is wrong with the configuration is found later, all of it at once.
 */
export function refuseSecondServer(): Promise<void> {
  return orExplain(async () => {
    try {
      const { DATABASE_URL, SIGNALBOX_DATA_DIR } = new DatabaseConfig(Environment.load());
      if (DATABASE_URL === undefined) new DataDirectory(SIGNALBOX_DATA_DIR).assertFree();
    } catch (error) {
      if (error instanceof DataDirectoryInUseError) throw error;
    }
  });
}
