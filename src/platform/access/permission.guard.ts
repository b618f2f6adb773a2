import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Actor } from './actor.js';
import { AnonymousAccess } from './anonymous-access.js';
import { Authenticator } from './authenticator.port.js';

/** Metadata key of the permission that a route names. */
export const PERMISSION = 'signalbox:permission';
/** The permission of routes that ask nothing. */
export const PUBLIC = 'public';

/**
 * Lets a request pass whose caller holds the permission that the route names, or who need not say who it is. Credentials
 * that are sent must hold all the same: whoever thinks to be signed in is not to act as nobody.
 */
@Injectable()
export class PermissionGuard implements CanActivate {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly anonymous: AnonymousAccess,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest & { actor?: Actor }>();
    const permission = Reflect.getMetadata(PERMISSION, context.getHandler()) as string;
    const admit = (actor: Actor) => {
      actor.require(permission);
      request.actor = actor;
      return true;
    };
    if (!this.authenticator.hasCredentials(request)) {
      const nobody = this.anonymous.actor(permission);
      if (nobody) return admit(nobody);
    }
    const actor = this.authenticator.authenticate(request);
    return actor instanceof Promise ? actor.then(admit) : admit(actor);
  }
}
