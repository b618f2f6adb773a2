import pino, { type DestinationStream } from 'pino';
import pinoPretty from 'pino-pretty';
import { Environment } from '../config/environment.js';
import { LoggingConfig } from '../config/platform.config.js';
import { PinoLoggerService } from '../logging/logger.js';

const STDERR = 2;

/** The log of a command: warnings and errors unless LOG_LEVEL says otherwise, never on standard output. */
export function cliLogger(environment: Environment): PinoLoggerService {
  const { LOG_LEVEL, LOG_FORMAT } = new LoggingConfig(
    new Environment({ LOG_LEVEL: 'warn', ...environment.variables }),
  );
  const json = LOG_FORMAT === 'json' || (LOG_FORMAT === 'auto' && !process.stderr.isTTY);
  const stream: DestinationStream = json
    ? pino.destination({ dest: STDERR, sync: true })
    : pinoPretty({ destination: STDERR, ignore: 'pid,hostname', sync: true });
  return new PinoLoggerService(pino({ level: LOG_LEVEL }, stream));
}
