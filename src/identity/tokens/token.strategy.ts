import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-jwt';
import type { Actor } from '../../platform/access/actor.js';
import { Actors, type TokenClaims } from '../callers/actors.js';
import type { CheckedCredential } from '../callers/checked-credential.js';
import { RequestCredentials } from '../callers/request-credentials.js';
import { CLIENT_ID } from '../clients/api-client.entity.js';
import { TokenInvalidError } from '../identity.errors.js';
import { SigningKeys } from '../signing-keys/signing-keys.js';
import { areComplete, checkToken, ownTokens } from './token-checks.js';
import { TOKEN_AUDIENCE, TOKEN_TYPE } from './tokens.js';

/** Bearer tokens of users and of API clients. */
@Injectable()
export class TokenStrategy extends PassportStrategy(Strategy, 'signalbox-token') {
  constructor(
    keys: SigningKeys,
    credentials: RequestCredentials,
    private readonly actors: Actors,
  ) {
    super({ ...ownTokens(TOKEN_TYPE, keys, credentials), audience: TOKEN_AUDIENCE });
  }

  /** The caller behind the request's token. Throws `TokenExpiredError` or `TokenInvalidError`. */
  check(request: FastifyRequest): Promise<CheckedCredential> {
    return checkToken<CheckedCredential>(this, request);
  }

  /** Called by passport once signature, issuer, audience and times are right. */
  async validate(claims: TokenClaims): Promise<CheckedCredential> {
    const actor = areComplete(claims) ? await this.actorOf(claims) : undefined;
    if (!actor) throw new TokenInvalidError();
    return { actor, expiresAt: new Date(claims.exp * 1000) };
  }

  private actorOf(claims: TokenClaims): Promise<Actor | undefined> {
    return CLIENT_ID.test(claims.sub) ? this.actors.byClientToken(claims) : this.actors.byToken(claims);
  }
}
