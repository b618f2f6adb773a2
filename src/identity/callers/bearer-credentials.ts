import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { API_KEY_PREFIX, isApiKey } from '../api-keys/api-key.entity.js';
import { ApiKeyInvalidError } from '../credentials.errors.js';
import { secretHash } from '../random-secret.js';
import { ExternalPermissionTokens } from '../service-permissions/external-permission-tokens.js';
import { PermissionTokenStrategy } from '../service-permissions/permission-token.strategy.js';
import { PERMISSION_TOKEN_TYPE } from '../service-permissions/permission-tokens.js';
import { tokenHeader } from '../tokens/token-checks.js';
import { TokenStrategy } from '../tokens/token.strategy.js';
import { Actors } from './actors.js';
import type { CheckedCredential } from './checked-credential.js';

/** Whatever comes as Bearer: finds out what it is, and who is behind it. */
@Injectable()
export class BearerCredentials {
  constructor(
    private readonly tokens: TokenStrategy,
    private readonly permissionTokens: PermissionTokenStrategy,
    private readonly externalTokens: ExternalPermissionTokens,
    private readonly actors: Actors,
  ) {}

  /** Throws `TokenInvalidError`, `TokenExpiredError`, `ApiKeyInvalidError` and `AuthServerUnavailableError`. */
  async check(credential: string, request: FastifyRequest): Promise<CheckedCredential> {
    if (credential.startsWith(API_KEY_PREFIX)) return this.checkKey(credential);
    if (tokenHeader(credential)['typ'] === PERMISSION_TOKEN_TYPE) return this.permissionTokens.check(request);
    if (this.externalTokens.match(credential)) return this.externalTokens.check(credential);
    return this.tokens.check(request);
  }

  private async checkKey(key: string): Promise<CheckedCredential> {
    const holder = isApiKey(key) ? await this.actors.byApiKey(secretHash(key)) : undefined;
    if (!holder) throw new ApiKeyInvalidError();
    return holder;
  }
}
