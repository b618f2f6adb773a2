import { ConfigError } from '../config/config-section.js';
import { databaseErrorCode, isDatabaseUnavailable } from '../database/database-errors.js';

/** Exit code of a process whose configuration is wrong: EX_CONFIG of sysexits.h. */
export const EXIT_CONFIG = 78;
const EXIT_FAILURE = 1;

/** Runs `start`; an error that an operator can mend becomes one line and an exit code, others pass. */
export async function orExplain(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    if (error instanceof ConfigError) exitWith(error.message, EXIT_CONFIG);
    if (databaseErrorCode(error) === 'EADDRINUSE') {
      exitWith('PORT: another program listens there already; stop it, or choose another port', EXIT_FAILURE);
    }
    if (isDatabaseUnavailable(error)) {
      exitWith(`DATABASE_URL: the database does not answer (${(error as Error).message})`, EXIT_FAILURE);
    }
    throw error;
  }
}

function exitWith(line: string, code: number): never {
  process.stderr.write(`${line}\n`);
  process.exit(code);
}
