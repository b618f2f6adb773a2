import { Injectable } from '@nestjs/common';
import { Actor, type Credential } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { permissionsOf } from '../roles/roles.js';
import { withinScopes } from '../roles/scopes.js';
import type { CheckedCredential } from './checked-credential.js';

/** What a valid token says. */
export interface TokenClaims {
  /** The userid, or the id of an API client. */
  readonly sub: string;
  readonly jti: string;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly exp: number;
  /** The `jti` of the token that this one was made from, if it was. */
  readonly origin?: string | undefined;
  /** The family of tokens that it was refreshed with, or can be. */
  readonly sid?: string | undefined;
  /** Number of the API key that it was made from, if it was. */
  readonly key?: number | undefined;
}

/** A credential that ends with all tokens of its account, or with those of its client. */
interface DatedCredential extends Credential {
  /** Since when tokens counted when it was checked: another time than this says that it has ended. */
  readonly tokensValidAfter: Date | null;
}

/** A password, or what counts as much, as the credential of an actor. */
export interface PasswordCredential extends DatedCredential {
  readonly kind: 'basic';
}

/** The token as the credential of an actor. */
export interface TokenCredential extends DatedCredential {
  readonly kind: 'token';
  readonly id: string;
  readonly expiresAt: Date;
  readonly family: string | undefined;
}

/** An API key as the credential of an actor. */
export interface ApiKeyCredential extends Credential {
  readonly kind: 'api-key';
  /** Number of the key. */
  readonly id: string;
  readonly expiresAt: Date;
}

/** An API client, by a token that it got for its secret. */
export interface ClientCredential extends DatedCredential {
  readonly kind: 'client';
  /** Number of the user who answers for the client. */
  readonly ownerId: number;
}

/** Number of the account that the actor acts for: his own, or that of the owner of the client; 0 where there is none. */
export function ownerId({ id, credential }: Actor): number {
  return credential.kind === 'client' ? (credential as ClientCredential).ownerId : id;
}

/** An account on the point of signing in, with the actor that it is once it has. */
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
  /** Seconds since 1970. */
  tokens_valid_after: number | null;
  roles: string[];
  granted: string[];
}

interface ClientColumns {
  slug: string;
  scopes: string[];
  /** Seconds since 1970. */
  client_valid_after: number | null;
}

const ACCOUNT = `
  u.id, u.userid, u.nickname, u.disabled, u.password_hash,
    extract(epoch from u.tokens_valid_after)::float8 as tokens_valid_after,
    array(select ur.name from user_role ur where ur.user_id = u.id) as roles,
    array(select unnest(r.permissions) from user_role ur join role r on r.name = ur.name where ur.user_id = u.id) as granted`;

const SELECT_ACCOUNT = `select ${ACCOUNT} from "user" u`;

/** Makes actors of accounts: one read with everything that decides what they may. */
@Injectable()
export class Actors {
  constructor(private readonly database: Database) {}

  /**
   * The account behind a token, unless the token was given back, ended with its family, with the API key that it was
   * made from or with all others, or the account is disabled.
   */
  async byToken(claims: TokenClaims): Promise<Actor | undefined> {
    const { sub, iat, jti, exp, origin = jti, sid, key } = claims;
    const [row] = await this.database.prepared<AccountRow>(
      'identity.actor-by-token',
      `${SELECT_ACCOUNT}
       where u.userid = $1 and not u.disabled
         and (u.tokens_valid_after is null or u.tokens_valid_after <= to_timestamp($2::bigint))
         and not exists (select from revoked_token t where t.jti in ($3, $4))
         and ($5::uuid is null or exists (select from token_family f where f.id = $5 and f.revoked_at is null))
         and ($6::integer is null or exists (select from api_key k where k.id = $6 and k.user_id = u.id))`,
      [sub, iat, jti, origin, sid ?? null, key ?? null],
    );
    if (!row) return undefined;
    const credential: TokenCredential = {
      kind: 'token',
      id: jti,
      expiresAt: new Date(exp * 1000),
      family: sid,
      tokensValidAfter: timeOf(row.tokens_valid_after),
    };
    return actorOf(row, credential);
  }

  /**
   * The API client behind a token, unless it is gone, got another secret since, or the account of its owner is
   * disabled.
   */
  async byClientToken({ sub, iat, jti }: TokenClaims): Promise<Actor | undefined> {
    const [row] = await this.database.prepared<AccountRow & ClientColumns>(
      'identity.actor-by-client-token',
      `select ${ACCOUNT}, c.slug, c.scopes,
         extract(epoch from c.tokens_valid_after)::float8 as client_valid_after
       from api_client c join "user" u on u.id = c.owner_id
       where c.client_id = $1 and not u.disabled
         and (c.tokens_valid_after is null or c.tokens_valid_after <= to_timestamp($2::bigint))`,
      [sub, iat],
    );
    if (!row) return undefined;
    const tokensValidAfter = timeOf(row.client_valid_after);
    const credential: ClientCredential = { kind: 'client', id: jti, ownerId: row.id, tokensValidAfter };
    const permissions = withinScopes(permissionsOf(row.roles, row.granted), row.scopes);
    return new Actor({ id: 0, userid: sub, nickname: row.slug, permissions, credential });
  }

  /** The account behind an API key, unless the key is gone or has expired, or the account is disabled. */
  async byApiKey(hash: string): Promise<CheckedCredential | undefined> {
    const [row] = await this.database.prepared<
      AccountRow & { key: number; scopes: string[]; expires: number }
    >(
      'identity.actor-by-api-key',
      `select ${ACCOUNT}, k.id as key, k.scopes, extract(epoch from k.expires_at)::float8 as expires
       from api_key k join "user" u on u.id = k.user_id
       where k.hash = $1 and not u.disabled and k.expires_at > now()`,
      [hash],
    );
    if (!row) return undefined;
    const { id, userid, nickname, roles, granted, key, scopes, expires } = row;
    const permissions = withinScopes(permissionsOf(roles, granted), scopes);
    const expiresAt = new Date(expires * 1000);
    const credential: ApiKeyCredential = { kind: 'api-key', id: String(key), expiresAt };
    return { actor: new Actor({ id, userid, nickname, permissions, credential }), expiresAt };
  }

  /** The account of a nickname, in the form that `normalizeNickname` gives. */
  async byNickname(nickname: string): Promise<LoginAccount | undefined> {
    const [row] = await this.database.prepared<AccountRow>(
      'identity.actor-by-nickname',
      `${SELECT_ACCOUNT} where u.nickname = $1`,
      [nickname],
    );
    return row && loginOf(row);
  }

  /** The account of a number. */
  async byId(id: number): Promise<LoginAccount | undefined> {
    const [row] = await this.database.prepared<AccountRow>(
      'identity.actor-by-id',
      `${SELECT_ACCOUNT} where u.id = $1`,
      [id],
    );
    return row && loginOf(row);
  }
}

function loginOf(row: AccountRow): LoginAccount {
  const credential: PasswordCredential = {
    kind: 'basic',
    tokensValidAfter: timeOf(row.tokens_valid_after),
  };
  return {
    actor: actorOf(row, credential),
    passwordHash: row.password_hash,
    disabled: row.disabled,
  };
}

function actorOf({ id, userid, nickname, roles, granted }: AccountRow, credential: Credential): Actor {
  return new Actor({ id, userid, nickname, permissions: permissionsOf(roles, granted), credential });
}

function timeOf(seconds: number | null): Date | null {
  return seconds === null ? null : new Date(seconds * 1000);
}
