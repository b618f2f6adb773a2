import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ForbiddenError, UnauthenticatedError } from '../errors/domain-error.js';
import { Actor, ANONYMOUS } from './actor.js';
import { AnonymousAccess } from './anonymous-access.js';
import { Authenticator } from './authenticator.port.js';
import { PERMISSION, PermissionGuard } from './permission.guard.js';

const ann = new Actor({
  id: 7,
  userid: 'a7',
  nickname: 'ann',
  permissions: new Set(['things.read']),
  credential: { kind: 'token' },
});

/** Knows the token `ann`, in a promise where it is `late ann`. */
class OneToken extends Authenticator {
  hasCredentials({ headers }: FastifyRequest): boolean {
    return headers.authorization !== undefined;
  }

  authenticate({ headers }: FastifyRequest): Actor | Promise<Actor> {
    if (headers.authorization === 'ann') return ann;
    if (headers.authorization === 'late ann') return Promise.resolve(ann);
    throw new UnauthenticatedError('REFUSED', 'No.');
  }
}

let anonymous: AnonymousAccess;
let guard: PermissionGuard;

beforeEach(() => {
  anonymous = new AnonymousAccess();
  guard = new PermissionGuard(new OneToken(), anonymous);
});

/** Sends a request to a route of a permission; returns who acts there. */
async function enter(permission: string, authorization?: string): Promise<Actor | undefined> {
  const handler = () => undefined;
  Reflect.defineMetadata(PERMISSION, permission, handler);
  const request: { headers: object; actor?: Actor } = { headers: { authorization } };
  const context = { switchToHttp: () => ({ getRequest: () => request }), getHandler: () => handler };
  expect(await guard.canActivate(context as unknown as ExecutionContext)).toBe(true);
  return request.actor;
}

describe('the guard', () => {
  it.each(['ann', 'late ann'])('lets %s do what ann may, and nothing else', async (credentials) => {
    expect(await enter('things.read', credentials)).toBe(ann);
    await expect(enter('things.write', credentials)).rejects.toThrow(ForbiddenError);
  });

  it('lets nobody in without credentials', async () => {
    await expect(enter('things.read')).rejects.toThrow(UnauthenticatedError);
  });
});

describe('the guard of permissions that are open', () => {
  beforeEach(() => {
    anonymous.grant('things.read');
    anonymous.grant('things.write');
  });

  it('lets nobody in, who owns what nobody made and may do no more than is open', async () => {
    const nobody = (await enter('things.read'))!;
    expect(nobody).toMatchObject({ userid: ANONYMOUS, credential: { kind: 'none' } });
    expect([...nobody.permissions]).toEqual(['things.read', 'things.write']);
    expect(nobody.owns(ann.userid)).toBe(false);
    expect([nobody.owns(ANONYMOUS), ann.owns(ANONYMOUS)]).toEqual([true, true]);
    expect(await enter('things.write')).toBe(nobody);
  });

  it('asks for credentials everywhere else', async () => {
    await expect(enter('things.delete')).rejects.toThrow(UnauthenticatedError);
  });

  it('still lets those act whose credentials came, and refuses wrong ones', async () => {
    expect(await enter('things.read', 'ann')).toBe(ann);
    await expect(enter('things.write', 'ann')).rejects.toThrow(ForbiddenError);
    for (const wrong of ['', 'bob']) await expect(enter('things.read', wrong)).rejects.toThrow('No.');
  });
});
