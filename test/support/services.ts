import { describe } from '@jest/globals';
import { PostgresServer } from './postgres.js';
import { RedisServer } from './redis.js';
import { S3Server } from './s3.js';

const SERVERS = { postgres: PostgresServer, redis: RedisServer, s3: S3Server };

/**
 * Whether this machine has the servers that a suite needs. Where one is missing it says so in one line; with
 * REQUIRE_SERVICES=1, as CI has it, that is a failure, so that nothing is left out unseen there.
 */
export function servicesFound(...services: (keyof typeof SERVERS)[]): boolean {
  const missing = services.filter((service) => !SERVERS[service].available());
  if (missing.length === 0) return true;
  const line = `scale-out tests left out: no ${missing.join(' and no ')} on this machine`;
  if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(line);
  process.stdout.write(`${line}\n`);
  return false;
}

/** `describe` for a suite that needs these servers: left out where one is missing, which `servicesFound` tells of. */
export function describeWith(...services: (keyof typeof SERVERS)[]): typeof describe | typeof describe.skip {
  return servicesFound(...services) ? describe : describe.skip;
}
