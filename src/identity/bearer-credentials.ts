import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { CheckedCredential } from './checked-credential.js';
import { ExternalPermissionTokens } from './external-permission-tokens.js';
import { PermissionTokenStrategy } from './permission-token.strategy.js';
import { PERMISSION_TOKEN_TYPE } from './permission-tokens.js';
import { tokenHeader } from './token-checks.js';
import { TokenStrategy } from './token.strategy.js';

/** Whatever comes as Bearer: finds out what it is, and who is behind it. */
@Injectable()
export class BearerCredentials {
  constructor(
    private readonly tokens: TokenStrategy,
    private readonly permissionTokens: PermissionTokenStrategy,
    private readonly externalTokens: ExternalPermissionTokens,
  ) {}

  /** Throws `TokenInvalidError`, `TokenExpiredError` and `AuthServerUnavailableError`. */
  check(credential: string, request: FastifyRequest): Promise<CheckedCredential> {
    if (tokenHeader(credential)['typ'] === PERMISSION_TOKEN_TYPE) return this.permissionTokens.check(request);
    if (this.externalTokens.match(credential)) return this.externalTokens.check(credential);
    return this.tokens.check(request);
  }
}
