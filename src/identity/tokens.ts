import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { SigningKeys } from './signing-keys.js';
import { epochSeconds } from './timestamps.js';

/** RFC 9068: an access token, so that no other kind of token that we sign can pass for one. */
export const TOKEN_TYPE = 'at+jwt';
export const TOKEN_ALGORITHM = 'RS256';
export const TOKEN_ISSUER = 'signalbox';
export const TOKEN_AUDIENCE = 'signalbox';

/** A token and what the audit log may know of it. */
export interface IssuedToken {
  readonly token: string;
  readonly jti: string;
  readonly expiresAt: Date;
}

/** Signs user tokens. */
@Injectable()
export class Tokens {
  constructor(private readonly keys: SigningKeys) {}

  /** A token for a user that is good for so many seconds. Not to be called inside a transaction: it may make a key. */
  async sign(
    user: { userid: string; tokensValidAfter?: Date | null },
    seconds: number,
  ): Promise<IssuedToken> {
    const { kid, privateKey } = await this.keys.current();
    const jti = randomUUID();
    const now = epochSeconds(new Date());
    const iat = Math.max(now, user.tokensValidAfter ? epochSeconds(user.tokensValidAfter) : 0);
    const exp = now + seconds;
    const claims = { sub: user.userid, iss: TOKEN_ISSUER, aud: TOKEN_AUDIENCE, jti, iat, exp };
    const header = { alg: TOKEN_ALGORITHM, typ: TOKEN_TYPE, kid };
    const token = jwt.sign(claims, privateKey, { algorithm: TOKEN_ALGORITHM, header });
    return { token, jti, expiresAt: new Date(exp * 1000) };
  }
}
