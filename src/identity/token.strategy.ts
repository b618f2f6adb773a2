import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import jwt from 'jsonwebtoken';
import { Strategy } from 'passport-jwt';
import type { Actor } from '../platform/access/actor.js';
import { Actors, type TokenClaims } from './actors.js';
import { CLIENT_ID } from './api-client.entity.js';
import type { CheckedCredential } from './checked-credential.js';
import { TokenExpiredError, TokenInvalidError } from './identity.errors.js';
import { RequestCredentials } from './request-credentials.js';
import { runStrategy } from './run-strategy.js';
import { SigningKeys } from './signing-keys.js';
import { TOKEN_ALGORITHM, TOKEN_AUDIENCE, TOKEN_ISSUER, TOKEN_TYPE } from './tokens.js';

const ID = /^[\w-]{1,64}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** The year 5138, in seconds: what is later is no time that the database knows. */
const MAX_TIME = 1e11;

/** Bearer tokens: RS256 with one of our keys, whatever the token itself says about how it wants to be checked. */
@Injectable()
export class TokenStrategy extends PassportStrategy(Strategy, 'signalbox-token') {
  constructor(
    keys: SigningKeys,
    credentials: RequestCredentials,
    private readonly actors: Actors,
  ) {
    super({
      jwtFromRequest: (request: FastifyRequest) => credentials.find(request)?.value ?? null,
      // jsonwebtoken takes a key object; the types of passport-jwt know only text
      secretOrKeyProvider: (
        _request: unknown,
        token: string,
        done: (error: unknown, key?: never) => void,
      ) => {
        keyOf(token, keys).then((key) => done(null, key as never), done);
      },
      algorithms: [TOKEN_ALGORITHM],
      issuer: TOKEN_ISSUER,
      audience: TOKEN_AUDIENCE,
    });
  }

  /** The caller behind the request's token. Throws `TokenExpiredError` or `TokenInvalidError`. */
  async check(request: FastifyRequest): Promise<CheckedCredential> {
    try {
      return await runStrategy<CheckedCredential>(this, request);
    } catch (error) {
      if (error instanceof jwt.TokenExpiredError) throw new TokenExpiredError();
      if (error instanceof jwt.JsonWebTokenError || error instanceof SyntaxError)
        throw new TokenInvalidError();
      throw error;
    }
  }

  /** Called by passport once signature, issuer, audience and times are right. */
  async validate(claims: TokenClaims): Promise<CheckedCredential> {
    const { sub, jti, iat, exp, sid } = claims;
    const complete = [sub, jti].every(isId) && [iat, exp].every(isTime) && (sid === undefined || isUuid(sid));
    const actor = complete ? await this.actorOf(claims) : undefined;
    if (!actor) throw new TokenInvalidError();
    return { actor, expiresAt: new Date(exp * 1000) };
  }

  private actorOf(claims: TokenClaims): Promise<Actor | undefined> {
    return CLIENT_ID.test(claims.sub) ? this.actors.byClientToken(claims) : this.actors.byToken(claims);
  }
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}

function isUuid(value: unknown): boolean {
  return typeof value === 'string' && UUID.test(value);
}

function isTime(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_TIME;
}

async function keyOf(token: string, keys: SigningKeys): Promise<KeyObject> {
  const { kid, typ, alg } = headerOf(token);
  const ours = typ === TOKEN_TYPE && alg === TOKEN_ALGORITHM && isId(kid);
  const key = ours ? await keys.verifier(kid) : undefined;
  if (!key) throw new TokenInvalidError();
  return key;
}

function headerOf(token: string): Record<string, unknown> {
  const [encoded = ''] = token.split('.', 1);
  try {
    return Object(JSON.parse(Buffer.from(encoded, 'base64url').toString())) as Record<string, unknown>;
  } catch {
    throw new TokenInvalidError();
  }
}
