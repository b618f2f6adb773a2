import { expect, it } from '@jest/globals';
import { startPlatformApp } from '../../../test/support/platform-app.js';
import { PostgresServer } from '../../../test/support/postgres.js';
import { servicesFound } from '../../../test/support/services.js';
import { Database } from './database.js';

(servicesFound('postgres') ? it : it.skip)(
  'closes while connections are being made, and tells those who asked for them',
  async () => {
    const postgres = await PostgresServer.start();
    try {
      const env = { DATABASE_URL: await postgres.createDatabase() };
      const app = await startPlatformApp({ imports: [], env });
      const database = app.app.get(Database);
      // More than the connections that are open by now.
      const late = Promise.allSettled(Array.from({ length: 5 }, () => database.query('select 1')));
      await app.close();
      for (const result of await late) {
        if (result.status === 'rejected')
          expect(result.reason).toEqual(new Error('the database is being closed'));
      }
    } finally {
      await postgres.stop();
    }
  },
  20_000,
);
