import { PostgresServer } from './postgres.js';
import { RedisServer } from './redis.js';

/**
 * `describe` or `describe.skip` for suites that need a real PostgreSQL, or Redis too. Where a server program is
 * missing it says so in one line; with REQUIRE_SERVICES=1 that is a failure.
 */
export function servicesFound(...services: ('postgres' | 'redis')[]): boolean {
  const missing = services.filter(
    (service) => !(service === 'postgres' ? PostgresServer : RedisServer).available(),
  );
  if (missing.length === 0) return true;
  const line = `scale-out tests left out: no ${missing.join(' and no ')} on this machine`;
  if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(line);
  process.stdout.write(`${line}\n`);
  return false;
}
