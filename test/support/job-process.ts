import { rmSync } from 'node:fs';
import { MikroORM } from '@mikro-orm/postgresql';
import { type Abstract, Global, Module, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AuditModule } from '../../src/audit/index.js';
import { JobsModule, JobsService } from '../../src/jobs/index.js';
import { Actor } from '../../src/platform/access/actor.js';
import { Authenticator } from '../../src/platform/access/authenticator.port.js';
import { Environment } from '../../src/platform/config/environment.js';
import { Database } from '../../src/platform/database/database.js';
import { PlatformModule } from '../../src/platform/platform.module.js';
import type { ProcessRole } from '../../src/platform/process/process-role.js';
import { newDataDirectory } from './database-template.js';

/** Somebody who may do everything. */
export const OMNIPOTENT = new Actor({
  id: 1,
  userid: 'tester',
  nickname: 'tester',
  permissions: new Set(['*']),
  credential: { kind: 'internal' },
});

/** Somebody who may see and manage his own jobs only. */
export function ordinaryUser(userid: string): Actor {
  return new Actor({
    id: 2,
    userid,
    nickname: userid,
    permissions: new Set(['jobs.read', 'jobs.manage']),
    credential: { kind: 'internal' },
  });
}

@Global()
@Module({
  providers: [{ provide: Authenticator, useValue: { authenticate: () => OMNIPOTENT } }],
  exports: [Authenticator],
})
class EverybodyMayModule {}

/** A process's worth of platform and jobs, with the given handlers, without HTTP. */
export interface JobProcess {
  readonly jobs: JobsService;
  readonly database: Database;
  get<T>(token: Type<T> | Abstract<T>): T;
  /** May be called again. */
  close(): Promise<void>;
}

export interface JobProcessOptions {
  readonly handlers: Type[];
  readonly imports?: Type[];
  /** A data directory that is named here outlives the process. */
  readonly env?: Record<string, string>;
  /** On the embedded database only the API runs jobs. */
  readonly role?: ProcessRole;
  /** False where another process has made the tables. */
  readonly createSchema?: boolean;
}

export async function startJobProcess({
  handlers,
  imports = [],
  env = {},
  role = 'worker',
  createSchema = true,
}: JobProcessOptions): Promise<JobProcess> {
  const dataDir = env['SIGNALBOX_DATA_DIR'] ?? (await newDataDirectory('signalbox-jobs-', env, 'empty'));
  const embedded = env['DATABASE_URL'] === undefined;
  const environment = new Environment({
    SIGNALBOX_DATA_DIR: dataDir,
    LOG_LEVEL: 'silent',
    MIGRATE_ON_START: 'false',
    SIGNALBOX_SECRET: 'a secret of thirty-two characters or more',
    JOB_POLL: '200',
    JOB_LEASE: '2',
    ...env,
  });
  const testing = await Test.createTestingModule({
    imports: [
      PlatformModule.for(environment, embedded ? 'api' : role),
      EverybodyMayModule,
      AuditModule,
      JobsModule.for(environment),
      ...imports,
    ],
    providers: handlers,
  })
    .setLogger({ log: ignore, warn: ignore, error: ignore })
    .compile();
  if (createSchema) await testing.get(MikroORM).schema.create();
  await testing.init();
  let closing: Promise<void> | undefined;
  return {
    jobs: testing.get(JobsService),
    database: testing.get(Database),
    get: (token) => testing.get(token, { strict: false }),
    async close() {
      await (closing ??= testing.close());
      if (env['SIGNALBOX_DATA_DIR'] === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function ignore(): void {
  // what goes wrong on purpose need not be read
}
