import type { LoggerService } from '@nestjs/common';
import pino, { type DestinationStream, type Logger, type StreamEntry } from 'pino';
import pinoPretty from 'pino-pretty';
import pinoRoll from 'pino-roll';
import type { LoggingConfig } from '../config/platform.config.js';

/** What never reaches a log, wherever a caller put it. */
const REDACTED = [
  'password',
  'token',
  'secret',
  'authorization',
  'jwt',
  '*.password',
  '*.token',
  '*.secret',
  '*.authorization',
  '*.jwt',
  'headers.authorization',
  'headers.cookie',
  'headers["auth-token"]',
  'headers["api-key"]',
];

/** Builds the logger: JSON or pretty on standard output, and JSON to a rotating file when asked. */
export async function createLogger(config: LoggingConfig): Promise<Logger> {
  const pretty = config.LOG_FORMAT === 'pretty' || (config.LOG_FORMAT === 'auto' && process.stdout.isTTY);
  const level = config.LOG_LEVEL;
  const streams: StreamEntry[] = [
    { level: 'trace', stream: pretty ? pinoPretty({ ignore: 'pid,hostname', sync: true }) : pino.destination({ sync: false, minLength: 0 }) },
  ];
  if (config.LOG_FILE !== undefined) {
    streams.push({ level: 'trace', stream: await rotatingFile(config.LOG_FILE, config) });
  }
  return pino(
    { level, redact: { paths: REDACTED, censor: '[redacted]' }, base: { pid: process.pid } },
    streams.length === 1 ? streams[0]!.stream : pino.multistream(streams),
  );
}

async function rotatingFile(file: string, config: LoggingConfig): Promise<DestinationStream> {
  return pinoRoll({
    file,
    size: `${Math.max(1, Math.round(config.LOG_FILE_SIZE / 1024))}k`,
    limit: { count: config.LOG_FILE_COUNT },
    mkdir: true,
  });
}

/** Nest's own logger interface on pino. Nest passes the context as the last argument. */
export class PinoLoggerService implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
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

  private write(level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal', message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    const text = rest.find((part, index) => typeof part === 'string' && index < rest.length - 1) as string | undefined;
    const fields = message instanceof Error ? { err: message } : typeof message === 'object' && message !== null ? message : {};
    this.logger[level]({ ...(typeof context === 'string' && { context }), ...fields }, typeof message === 'string' ? message : text);
  }
}
