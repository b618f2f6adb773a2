import { describe, expect, it } from '@jest/globals';
import { servicesFound } from '../../test/support/services.js';
import { PostgresServer } from '../../test/support/postgres.js';
import { RedisServer } from '../../test/support/redis.js';
import { Environment } from '../platform/config/environment.js';
import { BullJobQueue } from './bull.job-queue.js';
import { jobQueueContract } from './job-queue.contract.js';
import { JobQueue } from './job-queue.port.js';
import { JobsModule } from './jobs.module.js';
import { PostgresJobQueue } from './postgres.job-queue.js';

describe('the choice of the queue', () => {
  it.each([
    ['the database', {}, PostgresJobQueue],
    ['Bull', { REDIS_URL: 'redis://127.0.0.1:6379' }, BullJobQueue],
  ])('is %s for %j', (_, variables, queue) => {
    const { providers } = JobsModule.for(new Environment(variables));
    expect(providers).toEqual([{ provide: JobQueue, useClass: queue }]);
  });
});

if (servicesFound('postgres', 'redis')) {
  jobQueueContract('jobs on PostgreSQL and Redis', true, async () => {
    const [postgres, redis] = [await PostgresServer.start(), await RedisServer.start()];
    return {
      env: { DATABASE_URL: await postgres.createDatabase(), REDIS_URL: redis.url },
      async close() {
        await postgres.stop();
        await redis.stop();
      },
    };
  });
}
