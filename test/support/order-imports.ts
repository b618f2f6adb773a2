import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { v7 as uuidv7 } from 'uuid';
import { IdentityModule } from '../../src/identity/index.js';
import { type Job, JobsModule, JobsService } from '../../src/jobs/index.js';
import { IMPORT_ORDERS } from '../../src/orders/imports/import-orders.job.js';
import type { ImportOptions } from '../../src/orders/imports/order-import-options.js';
import { OrderImport } from '../../src/orders/imports/order-import.entity.js';
import { OrdersModule } from '../../src/orders/index.js';
import { Actor } from '../../src/platform/access/actor.js';
import { Environment } from '../../src/platform/config/environment.js';
import { Database } from '../../src/platform/database/database.js';
import { PlatformModule } from '../../src/platform/platform.module.js';
import { ObjectStore, StorageModule } from '../../src/storage/index.js';
import { newDataDirectory } from './database-template.js';

/** Who imports in these tests. */
export const IMPORTER = new Actor({
  id: 1,
  userid: 'tester',
  nickname: 'tester',
  permissions: new Set(['*']),
  credential: { kind: 'internal' },
});

/** An import that was started, or has ended. */
export interface Submitted {
  readonly jobId: string;
  readonly importId: string;
}

const TABLES = 'orders, order_change, order_rule_set, order_import_error, order_import';
const ORDERS =
  'select id, name, email, state, zipcode, birthday::text, valid, errors from orders order by id';
const ERRORS =
  'select line, "column", value, code, params from order_import_error where import_id = $1 order by line';

function ignore(): void {
  // what goes wrong on purpose need not be read
}

/** The module of the orders and what it stands on, without HTTP. */
export class OrderImports {
  private constructor(
    private readonly app: TestingModule,
    private readonly dataDir: string,
  ) {}

  /** Starts it over an embedded database, or that of DATABASE_URL. */
  static async start(env: Record<string, string> = {}): Promise<OrderImports> {
    const dataDir = await newDataDirectory('signalbox-orders-', env);
    const environment = new Environment({
      SIGNALBOX_DATA_DIR: dataDir,
      SIGNALBOX_SECRET: 'a secret of thirty-two characters or more',
      LOG_LEVEL: 'silent',
      JOB_POLL: '100',
      JOBS_IN_API: 'true',
      MIGRATE_ON_START: 'true',
      SIGNALBOX_ADMIN_PASSWORD: 'a password of the tests',
      ORDERS_MAX_IMPORT_ERRORS: '10',
      ...env,
    });
    const app = await Test.createTestingModule({
      imports: [
        PlatformModule.for(environment, 'api'),
        IdentityModule,
        StorageModule,
        JobsModule.for(environment),
        OrdersModule,
      ],
    })
      .setLogger({ log: ignore, warn: ignore, error: ignore })
      .compile();
    await app.init();
    return new OrderImports(app, dataDir);
  }

  get<T>(token: Type<T> | (abstract new () => T)): T {
    return this.app.get<T>(token);
  }

  get database(): Database {
    return this.get(Database);
  }

  get jobs(): JobsService {
    return this.get(JobsService);
  }

  /** Forgets all orders and imports. */
  async clear(): Promise<void> {
    await this.database.execute(`truncate ${TABLES} cascade`);
  }

  /** Uploads a file behind the API's back and starts its import. */
  async submit(content: string | Buffer, options: Partial<ImportOptions> = {}): Promise<Submitted> {
    const importId = uuidv7();
    const key = `orders/imports/${importId}.csv`;
    const { size } = await this.get(ObjectStore).put(key, Buffer.from(content));
    const sha256 = createHash('sha256').update(content).digest('hex');
    const owner = IMPORTER.userid;
    const jobId = await this.database.transaction(async (em) => {
      const jobId = await this.jobs.enqueue(
        IMPORT_ORDERS,
        {
          ...{ importId, objectKey: key, size, fileName: 'orders.csv' },
          ...{ dryRun: false, onDuplicate: 'skip', map: {}, ...options },
        },
        { owner },
      );
      const file = { id: importId, owner, fileName: 'orders.csv', size, sha256, objectKey: key, jobId };
      em.persist(em.create(OrderImport, file));
      return jobId;
    });
    return { jobId, importId };
  }

  /** Waits until a job has ended. */
  async ended(jobId: string): Promise<Job> {
    for (let tries = 0; tries < 2000; tries++) {
      const job = await this.jobs.get(IMPORTER, jobId);
      if (job.terminal) return job;
      await sleep(20);
    }
    throw new Error('the import did not end within 40 s');
  }

  /** Imports a file. */
  async run(content: string | Buffer, options: Partial<ImportOptions> = {}): Promise<Job & Submitted> {
    const submitted = await this.submit(content, options);
    return Object.assign(await this.ended(submitted.jobId), submitted);
  }

  /** All orders there are, by id. */
  orders(): Promise<Record<string, unknown>[]> {
    return this.database.query(ORDERS);
  }

  /** The rejected lines of an import. */
  errorsOf(importId: string): Promise<Record<string, unknown>[]> {
    return this.database.query(ERRORS, [importId]);
  }

  async close(): Promise<void> {
    await this.app.close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

export const ORDER_FILE_HEADER = 'id|name|email|state|zipcode|birthday\n';

/** A line that breaks no rule, with a zipcode of its own so that no neighbour lets it through. */
export const goodLine = (id: number, name = `Customer ${id}`) =>
  `${id}|${name}|c${id}@example.com|NY|${String(10000 + (id % 90)).padStart(5, '0')}|Feb 27, 1963\n`;
