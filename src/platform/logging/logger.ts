import type { EventEmitter } from 'node:events';
import { isatty } from 'node:tty';
import type { LoggerService } from '@nestjs/common';
import pino, { type DestinationStream, type Logger } from 'pino';
import pinoPretty from 'pino-pretty';
import pinoRoll from 'pino-roll';
import { ConfigError } from '../config/config-section.js';
import type { LoggingConfig } from '../config/platform.config.js';
import { RequestLog } from './request-log.js';

const STANDARD_OUTPUT = 1;
/** Lines are collected for this long, or up to this many characters, before they are written at once. */
const FLUSH_MS = 100;
const FLUSH_LENGTH = 4096;
/** Characters that wait for a reader or a disk that does not take them; beyond it lines are lost, not memory. */
const MAX_WAITING = 16 * 1024 ** 2;

/** Fields that never reach a log, wherever in the first three levels a caller put them. */
const SECRET_FIELDS = [
  'password',
  'passwordHash',
  'token',
  'accessToken',
  'refreshToken',
  'jwt',
  'secret',
  'clientSecret',
  'apiKey',
  'authorization',
  'Authorization',
  'cookie',
  '["set-cookie"]',
  '["auth-token"]',
  '["Auth-Token"]',
  '["api-key"]',
  '["API-Key"]',
];
const SECRET_PATHS = SECRET_FIELDS.flatMap((field) => {
  const below = field.startsWith('[') ? field : `.${field}`;
  return [field, `*${below}`, `*.*${below}`];
});

/** What a process logs with; both write to the same places. */
export interface Loggers {
  /** For everything but the line per request. Secret fields are redacted. */
  readonly logger: Logger;
  /** Not there where requests are not logged. */
  readonly requests: RequestLog | undefined;
}

/**
 * Builds the loggers: JSON or pretty on standard output, and JSON to a rotating file when asked.
 * Throws `ConfigError` where the file cannot be written.
 */
export async function createLoggers(config: LoggingConfig, fd = STANDARD_OUTPUT): Promise<Loggers> {
  const pretty = config.LOG_FORMAT === 'pretty' || (config.LOG_FORMAT === 'auto' && isatty(fd));
  const output = pretty
    ? pinoPretty({ destination: fd, ignore: 'pid,hostname', sync: true })
    : standardOutput(fd);
  const destination =
    config.LOG_FILE === undefined ? output : both(output, await rotatingFile(config.LOG_FILE, config));
  const redact = { paths: SECRET_PATHS, censor: '[redacted]' };
  const logger = pino({ level: config.LOG_LEVEL, base: { pid: process.pid }, redact }, destination);
  const logged = config.LOG_REQUESTS && logger.isLevelEnabled('info');
  return { logger, requests: logged ? new RequestLog(destination) : undefined };
}

/** The logger for everything but requests; see `createLoggers`. */
export async function createLogger(config: LoggingConfig): Promise<Logger> {
  return (await createLoggers(config)).logger;
}

function standardOutput(fd: number): DestinationStream {
  const stream = pino.destination({
    fd,
    sync: false,
    minLength: FLUSH_LENGTH,
    periodicFlush: FLUSH_MS,
    maxLength: MAX_WAITING,
  });
  complainOnce(stream, 'the log on standard output');
  return stream;
}

function both(first: DestinationStream, second: DestinationStream): DestinationStream {
  return {
    write(line) {
      first.write(line);
      second.write(line);
    },
  };
}

async function rotatingFile(file: string, config: LoggingConfig): Promise<DestinationStream> {
  try {
    const stream = await pinoRoll({
      file,
      size: `${Math.max(1, Math.round(config.LOG_FILE_SIZE / 1024))}k`,
      limit: { count: config.LOG_FILE_COUNT, removeOtherLogFiles: true },
      mkdir: true,
      maxLength: MAX_WAITING,
      sync: true, // what was logged is in the file, however the process ends
    });
    complainOnce(stream, `the log file ${file}`);
    return { write: (line) => stream.write(line) }; // without the stream's own flush, which never ends on a full disk
  } catch (error) {
    throw new ConfigError(`LOG_FILE: ${JSON.stringify(file)} cannot be written: ${(error as Error).message}`);
  }
}

/** A log that cannot be written is no reason to stop serving. */
function complainOnce(stream: EventEmitter, what: string): void {
  let complained = false;
  stream.on('error', (error: Error) => {
    if (!complained) process.stderr.write(`${what} cannot be written at the moment: ${error.message}\n`);
    complained = true;
  });
}

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/**
 * Nest's own logger interface on pino. Nest passes the context as the last argument; a text before it is the message
 * of an object or error, else a stack.
 */
export class PinoLoggerService implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write(isFramework(rest) ? 'debug' : 'info', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    // What stops the boot is thrown as well, and told by whoever catches it.
    this.write(rest.at(-1) === 'ExceptionHandler' ? 'debug' : 'error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  private write(level: Level, message: unknown, rest: unknown[]): void {
    if (!this.logger.isLevelEnabled(level)) return;
    const context = rest.at(-1);
    const text = rest.slice(0, -1).find((part) => typeof part === 'string');
    const fields = typeof context === 'string' ? { context } : {};
    if (typeof message === 'string') {
      this.logger[level](text === undefined ? fields : { ...fields, stack: text }, message);
    } else {
      const object = message instanceof Error ? { err: message } : (message as object | null);
      this.logger[level]({ ...fields, ...object }, text);
    }
  }
}

/** Nest's own account of its boot: some fifty lines that hide the few that matter. */
const FRAMEWORK = new Set<unknown>([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

function isFramework(rest: readonly unknown[]): boolean {
  return FRAMEWORK.has(rest.at(-1));
}
