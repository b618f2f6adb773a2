import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { TokenLifetimeError } from '../identity.errors.js';
import { SigningKeys } from '../signing-keys/signing-keys.js';
import { epochSeconds } from '../timestamps.js';

/** RFC 9068: an access token, so that no other kind of token that we sign can pass for one. */
export const TOKEN_TYPE = 'at+jwt';
export const TOKEN_ALGORITHM = 'RS256';
export const TOKEN_ISSUER = 'signalbox';
export const TOKEN_AUDIENCE = 'signalbox';

/** Throws `TokenLifetimeError` unless it is a whole number of seconds from 1 to `max`. */
export function requireLifetime(seconds: number, max: number): void {
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > max) throw new TokenLifetimeError(max);
}

/** A token and what the audit log may know of it. */
export interface IssuedToken {
  readonly token: string;
  readonly jti: string;
  /** As the token says: never before its owner's tokens count again. */
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** Signs the tokens of users and of clients. None of it is to be called inside a transaction: it may make a key. */
@Injectable()
export class Tokens {
  constructor(private readonly keys: SigningKeys) {}

  /**
   * A token for a user that is good for so many seconds.
   * @param family of the refresh token that comes with it
   */
  async sign(
    user: { userid: string; tokensValidAfter?: Date | null },
    seconds: number,
    family?: string,
  ): Promise<IssuedToken> {
    const { userid } = user; // twice in the token: clients of the originals look for it by its name
    return this.issue(
      { sub: userid, userid, ...(family && { sid: family }) },
      user.tokensValidAfter,
      seconds,
    );
  }

  /** A token for an API client that is good for so many seconds. */
  async signForClient(
    client: { clientId: string; tokensValidAfter: Date | null },
    seconds: number,
  ): Promise<IssuedToken> {
    const { clientId, tokensValidAfter } = client;
    return this.issue({ sub: clientId, client_id: clientId }, tokensValidAfter, seconds);
  }

  private async issue(
    subject: Record<string, string>,
    validAfter: Date | null | undefined,
    seconds: number,
  ): Promise<IssuedToken> {
    const { kid, privateKey } = await this.keys.current();
    const jti = randomUUID();
    const now = epochSeconds(new Date());
    const iat = Math.max(now, validAfter ? epochSeconds(validAfter) : 0);
    const exp = now + seconds;
    const claims = { ...subject, iss: TOKEN_ISSUER, aud: TOKEN_AUDIENCE, jti, iat, exp };
    const header = { alg: TOKEN_ALGORITHM, typ: TOKEN_TYPE, kid };
    const token = jwt.sign(claims, privateKey, { algorithm: TOKEN_ALGORITHM, header });
    return { token, jti, issuedAt: new Date(iat * 1000), expiresAt: new Date(exp * 1000) };
  }
}
