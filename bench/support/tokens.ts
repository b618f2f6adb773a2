import { NestFactory } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { AppModule } from '../../src/app.module.js';
import { Authenticator } from '../../src/platform/access/authenticator.port.js';
import { Environment } from '../../src/platform/config/environment.js';

const CALLS = 1_000_000;

/** Microseconds per verification of a token that is used again and again, the first and slow one included. */
export async function measureTokenVerification(token: string, env: Record<string, string>): Promise<number> {
  const environment = new Environment({ ...env, LOG_LEVEL: 'silent' });
  const app = await NestFactory.createApplicationContext(AppModule.for(environment), { logger: false });
  const authenticator = app.get(Authenticator);
  const request = {
    headers: { authorization: `Bearer ${token}` },
    ip: '127.0.0.1',
    url: '/api/v1.0/users',
    routeOptions: { url: '/api/v1.0/users' },
  } as unknown as FastifyRequest;
  const started = performance.now();
  for (let call = 0; call < CALLS; call++) {
    const actor = authenticator.authenticate(request);
    if (actor instanceof Promise) await actor;
  }
  const microseconds = ((performance.now() - started) * 1000) / CALLS;
  await app.close();
  return microseconds;
}
