import { servicesFound } from '../../test/support/services.js';
import { PostgresServer } from '../../test/support/postgres.js';
import { jobQueueContract } from './job-queue.contract.js';

jobQueueContract('jobs on the embedded database', false, async () => ({
  env: {},
  close: async () => undefined,
}));

if (servicesFound('postgres')) {
  jobQueueContract('jobs on PostgreSQL', true, async () => {
    const postgres = await PostgresServer.start();
    return { env: { DATABASE_URL: await postgres.createDatabase() }, close: () => postgres.stop() };
  });
}
