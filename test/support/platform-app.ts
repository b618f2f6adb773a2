import { rmSync } from 'node:fs';
import { MikroORM } from '@mikro-orm/postgresql';
import { Global, Module, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Actor } from '../../src/platform/access/actor.js';
import { Authenticator } from '../../src/platform/access/authenticator.port.js';
import { definePermissions } from '../../src/platform/access/permissions.js';
import { Environment } from '../../src/platform/config/environment.js';
import { UnauthenticatedError } from '../../src/platform/errors/domain-error.js';
import { createHttpApplication } from '../../src/platform/http/http-application.js';
import { PlatformModule } from '../../src/platform/platform.module.js';
import { newDataDirectory } from './database-template.js';

/** The permission that routes of tests name; every caller holds it. */
export const TEST_PERMISSION = 'test.route';
definePermissions({ [TEST_PERMISSION]: { about: 'routes that only tests have' } });

/** Takes the Bearer token for the caller's `userid`. */
class BelievingAuthenticator extends Authenticator {
  hasCredentials({ headers }: Parameters<Authenticator['hasCredentials']>[0]): boolean {
    return headers.authorization !== undefined;
  }

  authenticate({ headers }: Parameters<Authenticator['authenticate']>[0]): Actor {
    const userid = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    if (userid === undefined) throw new UnauthenticatedError('TEST_ANONYMOUS', 'Nobody is asking.');
    const permissions = new Set([TEST_PERMISSION]);
    return new Actor({ id: 1, userid, nickname: userid, permissions, credential: { kind: 'token' } });
  }
}

@Global()
@Module({
  providers: [{ provide: Authenticator, useClass: BelievingAuthenticator }],
  exports: [Authenticator],
})
class BelievingModule {}

/** Floor 0 alone, over HTTP, with routes of the test's own. */
export interface PlatformApp {
  readonly app: NestFastifyApplication;
  /** Base URL without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** `fetch` below the base URL; redirects are not followed. */
  request(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

export interface PlatformAppOptions {
  /** Modules with the routes. One with entities must be declared once: the ORM's module forgets them otherwise. */
  readonly imports: Type[];
  readonly env?: Record<string, string>;
  /** False where another application has made the tables already. */
  readonly createSchema?: boolean;
}

export async function startPlatformApp(options: PlatformAppOptions): Promise<PlatformApp> {
  const { imports, env = {}, createSchema = true } = options;
  const dataDir = await newDataDirectory('signalbox-platform-', env, 'empty');
  const environment = new Environment({
    SIGNALBOX_DATA_DIR: dataDir,
    SIGNALBOX_SECRET: 'a secret of thirty-two characters or more',
    MIGRATE_ON_START: 'false',
    LOG_LEVEL: 'silent',
    ...env,
  });
  @Module({
    imports: [PlatformModule.for(environment, 'api'), BelievingModule, ...imports],
  })
  class TestModule {}
  const app = await createHttpApplication(TestModule, environment);
  if (createSchema) await app.get(MikroORM).schema.create();
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  const url = `http://127.0.0.1:${port}`;
  return {
    app,
    url,
    port,
    request: (path, init) => fetch(url + path, { redirect: 'manual', ...init }),
    async close() {
      await app.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
