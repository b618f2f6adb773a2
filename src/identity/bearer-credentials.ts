import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../platform/access/actor.js';
import { TokenStrategy } from './token.strategy.js';

/** A credential that holds. */
export interface CheckedCredential {
  readonly actor: Actor;
  /** Until when at most; null: until it is taken back. */
  readonly expiresAt: Date | null;
}

/** Whatever comes as Bearer: finds out what it is, and who is behind it. */
@Injectable()
export class BearerCredentials {
  constructor(private readonly tokens: TokenStrategy) {}

  /** Throws `TokenInvalidError` and `TokenExpiredError`. */
  check(_credential: string, request: FastifyRequest): Promise<CheckedCredential> {
    return this.tokens.check(request);
  }
}
