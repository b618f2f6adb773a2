import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AddressGuard } from '../outbound/address-guard.js';
import { configSection } from './config-section.js';
import { bytes, flag, integer, listOf, secret, text, url } from './variables.js';

const origins = listOf('origins such as https://app.example.org, without a path', (item) => {
  const parsed = URL.parse(item);
  return parsed !== null && parsed.origin === item;
});

const PROXY_RANGES = ['loopback', 'linklocal', 'uniquelocal'];
const proxies = listOf(
  `IP addresses, CIDRs or ${PROXY_RANGES.join(', ')}`,
  (item) =>
    PROXY_RANGES.includes(item) ||
    isIP(item) !== 0 ||
    (ipaddr.isValidCIDR(item) && ipaddr.parseCIDR(item)[1] > 0), // everybody is no proxy
);

const outboundHosts = listOf('host names, IP addresses or CIDRs such as 10.0.0.0/8', (item) => {
  try {
    return Boolean(new AddressGuard([item]));
  } catch {
    return false;
  }
});

/** Where the API listens and what it lets in. */
export class HttpConfig extends configSection('HTTP', {
  PORT: integer({ max: 65535 })({ default: 3000, desc: 'port of the API; 0 takes a free one' }),
  HOST: text({ default: '127.0.0.1', desc: 'address the API listens on; 0.0.0.0 for all' }),
  PUBLIC_URL: url(
    'http',
    'https',
  )({ default: undefined, desc: 'base of links and redirects; unset: http://HOST:PORT' }),
  CORS_ORIGINS: origins({
    default: [],
    desc: 'comma list of origins that browsers may call from, with credentials',
  }),
  BODY_LIMIT: bytes({ default: 1024 ** 2, desc: 'largest JSON or form body' }),
  UPLOAD_LIMIT: bytes({ default: 2 * 1024 ** 3, desc: 'largest uploaded file' }),
  HEADER_LIMIT: bytes({ default: 16 * 1024, desc: 'largest request head; beyond it 431' }),
  REQUEST_TIMEOUT: integer({ min: 1 })({
    default: 600,
    desc: 'seconds within which the body of a request must have arrived; uploads to /objects may take longer',
  }),
  UPLOAD_STALL_TIMEOUT: integer({ min: 1 })({
    default: 60,
    desc: 'seconds after which an upload to /objects is cut off that came more slowly than UPLOAD_MIN_RATE meanwhile',
  }),
  UPLOAD_MIN_RATE: bytes({
    default: 8 * 1024,
    desc: 'bytes that must come of an upload to /objects each second, on average',
  }),
  HEADERS_TIMEOUT: integer({ min: 1 })({
    default: 20,
    desc: 'seconds within which the head of a request must have arrived',
  }),
  MAX_CONNECTIONS: integer({ min: 1 })({
    default: 10_000,
    desc: 'open connections; beyond it new ones are closed at once',
  }),
  TRUST_PROXY: proxies({
    default: [],
    desc: 'comma list of proxy addresses whose X-Forwarded-* headers count',
  }),
  IDEMPOTENCY_HOURS: integer({ min: 1, max: 24 * 365 })({
    default: 24,
    desc: 'hours for which the answer to a request with an Idempotency-Key is kept and repeated',
  }),
  SHUTDOWN_TIMEOUT: integer({ min: 1 })({
    default: 25,
    desc: 'seconds that running requests and jobs get to end on SIGTERM',
  }),
}) {}

/** Where the data lives. */
export class DatabaseConfig extends configSection('Database', {
  SIGNALBOX_DATA_DIR: text({
    default: './data',
    desc: 'directory of the embedded database, local objects and keys',
  }),
  DATABASE_URL: url(
    'postgres',
    'postgresql',
  )({ default: undefined, desc: 'PostgreSQL; unset: the embedded database' }),
  DATABASE_POOL_SIZE: integer({ min: 1, max: 500 })({
    default: 10,
    desc: 'connections to PostgreSQL of one process',
  }),
  MIGRATE_ON_START: flag({
    default: undefined,
    desc: 'run migrations at start; unset: true on the embedded database only',
  }),
  SIGNALBOX_SECRET: secret(32)({
    default: undefined,
    desc: 'any text of 32 characters or more that encrypts stored keys and credentials; unset: generated in the data directory; required with DATABASE_URL',
    requiredWhen: (env) => env['DATABASE_URL'] !== undefined,
  }),
  SIGNALBOX_SECRET_PREVIOUS: secret(32)({
    default: undefined,
    desc: 'the former SIGNALBOX_SECRET, while it is being changed: opens what is still encrypted with it',
  }),
}) {}

/** What is logged and where to. */
export class LoggingConfig extends configSection('Logging', {
  LOG_LEVEL: text({
    default: 'info',
    choices: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    desc: 'least severity that is logged',
  }),
  LOG_FORMAT: text({
    default: 'auto',
    choices: ['auto', 'json', 'pretty'],
    desc: 'auto: pretty on a terminal, else JSON',
  }),
  LOG_FILE: text({ default: undefined, desc: 'also log, as JSON, to this file, which rotates' }),
  LOG_FILE_SIZE: bytes({ default: 20 * 1024 ** 2, desc: 'size at which the log file rotates' }),
  LOG_FILE_COUNT: integer({ min: 1 })({ default: 7, desc: 'rotated log files that are kept' }),
  LOG_REQUESTS: flag({ default: true, desc: 'one line per request' }),
}) {}

/** How far user-given URLs may reach. */
export class OutboundConfig extends configSection('Outbound requests', {
  OUTBOUND_ALLOW: outboundHosts({
    default: [],
    desc: 'comma list of hosts or CIDRs that user-given URLs may reach although private or loopback',
  }),
  OUTBOUND_CONNECT_TIMEOUT: integer({ min: 1 })({ default: 5, desc: 'seconds to connect' }),
  OUTBOUND_TIMEOUT: integer({ min: 1 })({ default: 60, desc: 'seconds for a whole outbound request' }),
  OUTBOUND_BODY_LIMIT: bytes({ default: 1024 ** 3, desc: 'largest outbound answer that is read' }),
  OUTBOUND_REDIRECTS: integer({ max: 20 })({ default: 5, desc: 'redirects that are followed' }),
}) {}
