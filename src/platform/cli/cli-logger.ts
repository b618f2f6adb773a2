import { Environment } from '../config/environment.js';
import { LoggingConfig } from '../config/platform.config.js';
import { createLoggers, PinoLoggerService } from '../logging/logger.js';

const STANDARD_ERROR = 2;

/**
 * The log of a command: warnings and errors unless LOG_LEVEL says otherwise, never on standard output, nor in the
 * log file: it is the server's, who rotates it.
 */
export async function cliLogger(environment: Environment): Promise<PinoLoggerService> {
  const variables = { LOG_LEVEL: 'warn', ...environment.variables, LOG_FILE: undefined };
  const { logger } = await createLoggers(new LoggingConfig(new Environment(variables)), STANDARD_ERROR);
  return new PinoLoggerService(logger);
}
