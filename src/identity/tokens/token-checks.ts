import type { KeyObject } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import jwt from 'jsonwebtoken';
import type { Strategy, StrategyOptionsWithoutRequest } from 'passport-jwt';
import type { TokenClaims } from '../callers/actors.js';
import type { RequestCredentials } from '../callers/request-credentials.js';
import { runStrategy } from '../callers/run-strategy.js';
import { TokenExpiredError, TokenInvalidError } from '../identity.errors.js';
import type { SigningKeys } from '../signing-keys/signing-keys.js';
import { TOKEN_ALGORITHM, TOKEN_ISSUER } from './tokens.js';

const ID = /^[\w-]{1,64}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** The year 5138, in seconds: what is later is no time that the database knows. */
const MAX_TIME = 1e11;

/** How passport-jwt checks tokens of one type that we signed, whatever they say about how they want to be checked. */
export function ownTokens(
  type: string,
  keys: SigningKeys,
  credentials: RequestCredentials,
): StrategyOptionsWithoutRequest {
  return {
    jwtFromRequest: (request: FastifyRequest) => credentials.find(request)?.value ?? null,
    // jsonwebtoken takes a key object; the types of passport-jwt know only text
    secretOrKeyProvider: (_request: unknown, token: string, done: (error: unknown, key?: never) => void) => {
      keyOf(token, type, keys).then((key) => done(null, key as never), done);
    },
    algorithms: [TOKEN_ALGORITHM],
    issuer: TOKEN_ISSUER,
  };
}

/** Runs a strategy on the request's token. Throws `TokenExpiredError` or `TokenInvalidError`. */
export async function checkToken<T>(strategy: Strategy, request: FastifyRequest): Promise<T> {
  try {
    return await runStrategy<T>(strategy, request);
  } catch (error) {
    throw tokenError(error);
  }
}

/** What jsonwebtoken finds wrong with a token, in our words; other errors as they are. */
export function tokenError(error: unknown): unknown {
  if (error instanceof jwt.TokenExpiredError) return new TokenExpiredError();
  if (error instanceof jwt.JsonWebTokenError || error instanceof SyntaxError) return new TokenInvalidError();
  return error;
}

/** The header of a token; empty where it cannot be read. */
export function tokenHeader(token: string): Readonly<Record<string, unknown>> {
  const [encoded = ''] = token.split('.', 1);
  try {
    return Object(JSON.parse(Buffer.from(encoded, 'base64url').toString())) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Whether the claims that all our tokens have are there, in a form that the database takes. */
export function areComplete({ sub, jti, iat, exp, sid }: TokenClaims): boolean {
  return [sub, jti].every(isId) && [iat, exp].every(isTime) && (sid === undefined || isUuid(sid));
}

/** Whether a value can be the id of something. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}

function isUuid(value: unknown): boolean {
  return typeof value === 'string' && UUID.test(value);
}

function isTime(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_TIME;
}

async function keyOf(token: string, type: string, keys: SigningKeys): Promise<KeyObject> {
  const { kid, typ, alg } = tokenHeader(token);
  const ours = typ === type && alg === TOKEN_ALGORITHM && isId(kid);
  const key = ours ? await keys.verifier(kid) : undefined;
  if (!key) throw new TokenInvalidError();
  return key;
}
