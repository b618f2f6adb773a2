import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../platform/access/actor.js';
import { Authenticator } from '../../platform/access/authenticator.port.js';
import { PackageTokenMissingError } from '../packages.errors.js';

/** Who is behind a request to a route that the guard does not watch, as clients of the Conductor know their answers. */
@Injectable()
export class PackageCallers {
  constructor(private readonly authenticator: Authenticator) {}

  /** Who asks; nobody where the credentials do not hold. Throws `PackageTokenMissingError` where there are none. */
  async sender(request: FastifyRequest): Promise<Actor | undefined> {
    this.requireSome(request);
    return this.authenticator.recognize(request);
  }

  /** The same, but throws `UnauthenticatedError` where the credentials do not hold. */
  async required(request: FastifyRequest): Promise<Actor> {
    this.requireSome(request);
    return this.authenticator.authenticate(request);
  }

  /** Who asks where nobody may ask too; throws `UnauthenticatedError` where credentials came and do not hold. */
  async visitor(request: FastifyRequest): Promise<Actor | undefined> {
    return this.authenticator.hasCredentials(request) ? this.authenticator.authenticate(request) : undefined;
  }

  /** Who asks; nobody as well where the credentials do not hold. */
  anybody(request: FastifyRequest): Promise<Actor | undefined> {
    return this.authenticator.recognize(request);
  }

  private requireSome(request: FastifyRequest): void {
    if (!this.authenticator.hasCredentials(request)) throw new PackageTokenMissingError();
  }
}
