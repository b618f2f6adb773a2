import { Injectable } from '@nestjs/common';
import { Actor, type Credential } from '../platform/access/actor.js';
import { Database } from '../platform/database/database.js';
import { permissionsOf } from './roles.js';

/** What a valid token says. */
export interface TokenClaims {
  /** The userid. */
  readonly sub: string;
  readonly jti: string;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly exp: number;
  /** The `jti` of the token that this one was made from, if it was. */
  readonly origin?: string | undefined;
}

/** The token as the credential of an actor. */
export interface TokenCredential extends Credential {
  readonly kind: 'token';
  readonly id: string;
  readonly expiresAt: Date;
}

/** An account on the point of signing in. */
export interface LoginAccount {
  readonly actor: Actor;
  readonly passwordHash: string | null;
  readonly disabled: boolean;
}

interface AccountRow {
  id: number;
  userid: string;
  nickname: string;
  disabled: boolean;
  password_hash: string | null;
  roles: string[];
  granted: string[];
}

const SELECT_ACCOUNT = `
  select u.id, u.userid, u.nickname, u.disabled, u.password_hash,
    array(select ur.name from user_role ur where ur.user_id = u.id) as roles,
    array(select unnest(r.permissions) from user_role ur join role r on r.name = ur.name where ur.user_id = u.id) as granted
  from "user" u`;

/** Makes actors of accounts: one read with everything that decides what they may. */
@Injectable()
export class Actors {
  constructor(private readonly database: Database) {}

  /** The account behind a token, unless the token was given back, ended with all others, or the account is disabled. */
  async byToken(claims: TokenClaims): Promise<Actor | undefined> {
    const [row] = await this.database.prepared<AccountRow>(
      'identity.actor-by-token',
      `${SELECT_ACCOUNT}
       where u.userid = $1 and not u.disabled
         and (u.tokens_valid_after is null or u.tokens_valid_after <= to_timestamp($2::bigint))
         and not exists (select from revoked_token t where t.jti in ($3, $4))`,
      [claims.sub, claims.iat, claims.jti, claims.origin ?? claims.jti],
    );
    if (!row) return undefined;
    const credential: TokenCredential = {
      kind: 'token',
      id: claims.jti,
      expiresAt: new Date(claims.exp * 1000),
    };
    return actorOf(row, credential);
  }

  /** The account of a nickname, in the form that `normalizeNickname` gives. */
  async byNickname(nickname: string): Promise<LoginAccount | undefined> {
    const [row] = await this.database.prepared<AccountRow>(
      'identity.actor-by-nickname',
      `${SELECT_ACCOUNT} where u.nickname = $1`,
      [nickname],
    );
    return row && loginAccountOf(row);
  }

  /** The account of a number, for those who manage it. */
  async byId(id: number): Promise<LoginAccount | undefined> {
    const [row] = await this.database.prepared<AccountRow>(
      'identity.actor-by-id',
      `${SELECT_ACCOUNT} where u.id = $1`,
      [id],
    );
    return row && loginAccountOf(row);
  }
}

function loginAccountOf(row: AccountRow): LoginAccount {
  return {
    actor: actorOf(row, { kind: 'basic' }),
    passwordHash: row.password_hash,
    disabled: row.disabled,
  };
}

function actorOf({ id, userid, nickname, roles, granted }: AccountRow, credential: Credential): Actor {
  return new Actor({ id, userid, nickname, permissions: permissionsOf(roles, granted), credential });
}
