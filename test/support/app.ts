import { rmSync } from 'node:fs';
import type { DynamicModule, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../src/app.module.js';
import { Environment } from '../../src/platform/config/environment.js';
import { createHttpApplication } from '../../src/platform/http/http-application.js';
import { newDataDirectory } from './database-template.js';

export const ADMIN_PASSWORD = 'correct-horse-battery-staple';

/** The whole program on a free port, over an embedded database of its own unless `env` names another. */
export interface TestApp {
  readonly app: NestFastifyApplication;
  /** Base URL without a trailing slash. */
  readonly url: string;
  readonly dataDir: string;
  /** `fetch` below the base URL; a Bearer token is added where given, JSON bodies are encoded. */
  request(path: string, options?: TestRequest): Promise<Response>;
  /** A Bearer token of the admin. */
  adminToken(): Promise<string>;
  close(): Promise<void>;
}

export interface TestRequest {
  method?: string;
  token?: string | undefined;
  basic?: [name: string, password: string];
  json?: unknown;
  body?: FormData | Buffer | string | ReadableStream;
  headers?: Record<string, string>;
}

/** @param modules more modules than the program has, with routes of the test's own */
export async function startApp(
  env: Record<string, string> = {},
  modules: readonly Type[] = [],
): Promise<TestApp> {
  const dataDir = env['SIGNALBOX_DATA_DIR'] ?? (await newDataDirectory('signalbox-test-', env));
  const environment = new Environment({
    SIGNALBOX_DATA_DIR: dataDir,
    SIGNALBOX_ADMIN_PASSWORD: ADMIN_PASSWORD,
    LOG_LEVEL: 'fatal',
    PORT: '0',
    ...(env['DATABASE_URL'] && {
      SIGNALBOX_SECRET: 'a secret of thirty-two characters or more',
      MIGRATE_ON_START: 'true',
    }),
    ...env,
  });
  const app = await createHttpApplication(withModules(AppModule.for(environment), modules), environment);
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  const request = (path: string, options: TestRequest = {}) => send(url + path, options);
  let token: string | undefined;
  return {
    app,
    url,
    dataDir,
    request,
    async adminToken() {
      token ??= (
        (await (
          await request('/api/v1.0/tokens?expiration=86400', {
            method: 'POST',
            basic: ['admin', ADMIN_PASSWORD],
          })
        ).json()) as { token: string }
      ).token;
      return token;
    },
    async close() {
      await app.close();
      if (env['SIGNALBOX_DATA_DIR'] === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function withModules(program: DynamicModule, modules: readonly Type[]): DynamicModule {
  return { ...program, imports: [...(program.imports ?? []), ...modules] };
}

/** One request with the usual conveniences. */
export function send(
  url: string,
  { method, token, basic, json, body, headers = {} }: TestRequest,
): Promise<Response> {
  return fetch(url, {
    method: method ?? (json === undefined ? 'GET' : 'POST'),
    redirect: 'manual',
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(basic && { authorization: `Basic ${Buffer.from(basic.join(':')).toString('base64')}` }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json !== undefined ? { body: JSON.stringify(json) } : body !== undefined ? { body } : {}),
  });
}
