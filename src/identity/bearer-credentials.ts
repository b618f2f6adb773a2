import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Actors } from './actors.js';
import { API_KEY_PREFIX, isApiKey } from './api-key.entity.js';
import type { CheckedCredential } from './checked-credential.js';
import { ApiKeyInvalidError } from './credentials.errors.js';
import { secretHash } from './random-secret.js';
import { TokenStrategy } from './token.strategy.js';

/** Whatever comes as Bearer: finds out what it is, and who is behind it. */
@Injectable()
export class BearerCredentials {
  constructor(
    private readonly tokens: TokenStrategy,
    private readonly actors: Actors,
  ) {}

  /** Throws `TokenInvalidError`, `TokenExpiredError` and `ApiKeyInvalidError`. */
  check(credential: string, request: FastifyRequest): Promise<CheckedCredential> {
    return credential.startsWith(API_KEY_PREFIX) ? this.checkKey(credential) : this.tokens.check(request);
  }

  private async checkKey(key: string): Promise<CheckedCredential> {
    const holder = isApiKey(key) ? await this.actors.byApiKey(secretHash(key)) : undefined;
    if (!holder) throw new ApiKeyInvalidError();
    return holder;
  }
}
