import type { FastifyRequest } from 'fastify';
import { UnauthenticatedError } from '../errors/domain-error.js';
import type { Actor } from './actor.js';

/** Finds out who is asking. Implemented by the identity module, used by the guard of every route. */
export abstract class Authenticator {
  /** Whether the request brings something to tell who is asking, be it valid or not. Cheap: the guard always asks. */
  abstract hasCredentials(request: FastifyRequest): boolean;

  /**
   * The caller behind the request's credentials. Throws `UnauthenticatedError` where there are none or they do not
   * hold. Answers without a promise when it can: that saves a turn of the event loop per request.
   */
  abstract authenticate(request: FastifyRequest): Actor | Promise<Actor>;

  /** The caller of a route that is open to everybody: nobody where there are no credentials, or they do not hold. */
  async recognize(request: FastifyRequest): Promise<Actor | undefined> {
    try {
      return await this.authenticate(request);
    } catch (error) {
      if (error instanceof UnauthenticatedError) return undefined;
      throw error;
    }
  }
}
