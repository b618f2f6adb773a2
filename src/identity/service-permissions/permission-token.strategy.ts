import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-jwt';
import { Actor } from '../../platform/access/actor.js';
import { Actors, type TokenClaims } from '../callers/actors.js';
import type { CheckedCredential } from '../callers/checked-credential.js';
import { RequestCredentials } from '../callers/request-credentials.js';
import { TokenInvalidError } from '../identity.errors.js';
import { SigningKeys } from '../signing-keys/signing-keys.js';
import { areComplete, checkToken, isId, ownTokens } from '../tokens/token-checks.js';
import { PERMISSION_TOKEN_TYPE, permissionsOfService, type ServiceCredential } from './permission-tokens.js';
import { ServiceGrants } from './service-grants.js';
import { SERVICE_NAME } from './service-permission-layers.js';

interface PermissionClaims extends TokenClaims {
  readonly userid: string;
  readonly service: string;
  /** Words with spaces between: what it opens at most, where it was made from an API key. */
  readonly scope?: string;
}

/**
 * Permission tokens that we signed: they act for their user, at one service. What the service lets him do is looked up
 * and not read from the token, so that a change counts at once.
 */
@Injectable()
export class PermissionTokenStrategy extends PassportStrategy(Strategy, 'signalbox-permission-token') {
  constructor(
    keys: SigningKeys,
    credentials: RequestCredentials,
    private readonly actors: Actors,
    private readonly grants: ServiceGrants,
  ) {
    super(ownTokens(PERMISSION_TOKEN_TYPE, keys, credentials));
  }

  /** The caller behind the request's token. Throws `TokenExpiredError` or `TokenInvalidError`. */
  check(request: FastifyRequest): Promise<CheckedCredential> {
    return checkToken<CheckedCredential>(this, request);
  }

  /** Called by passport once signature, issuer and times are right. */
  async validate(claims: PermissionClaims): Promise<CheckedCredential> {
    const user = isWellFormed(claims) ? await this.actors.byToken(claims) : undefined;
    if (!user) throw new TokenInvalidError();
    const { service, jti } = claims;
    const { permissions } = await this.grants.of(user.userid, service);
    const scope = claims.scope?.split(' ');
    const within = (word: string) => !scope || scope.includes(word);
    const opened = permissionsOfService(service).filter((word) => within(word) && user.may(word));
    const credential: ServiceCredential = { kind: 'service', id: jti, service, permissions };
    const actor = new Actor({ ...user, permissions: new Set(opened), credential });
    return { actor, expiresAt: new Date(claims.exp * 1000) };
  }
}

function isWellFormed(claims: PermissionClaims): boolean {
  const { sub, userid, service, scope, origin, key } = claims;
  return (
    areComplete(claims) &&
    userid === sub &&
    typeof service === 'string' &&
    SERVICE_NAME.test(service) &&
    (scope === undefined || typeof scope === 'string') &&
    (origin === undefined || isId(origin)) &&
    (key === undefined || Number.isInteger(key))
  );
}
