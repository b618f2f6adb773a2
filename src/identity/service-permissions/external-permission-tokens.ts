import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { Actor } from '../../platform/access/actor.js';
import { definedPermissions } from '../../platform/access/permissions.js';
import { Database } from '../../platform/database/database.js';
import type { CheckedCredential } from '../callers/checked-credential.js';
import { TokenInvalidError } from '../identity.errors.js';
import { tokenError, tokenHeader } from '../tokens/token-checks.js';
import { TOKEN_ALGORITHM } from '../tokens/tokens.js';
import { AuthServer } from './auth-server.js';
import { permissionsOfService, type ServiceCredential } from './permission-tokens.js';
import { SERVICE_NAME, type ServicePermissions } from './service-permission-layers.js';

/** PyJWT, which the originals sign with, writes it or leaves it out. */
const TYPES: readonly unknown[] = [undefined, 'JWT'];
/** No userid that means something here: nobody's, the program's own, those of clients. */
const USERID = /^(?!system$|anonymous$|client-)[a-z0-9][a-z0-9_-]{0,63}$/i;

interface ExternalClaims {
  readonly userid: string;
  readonly service: string;
  readonly permissions: ServicePermissions;
  readonly exp?: number;
}

/**
 * Permission tokens that the Conductor elsewhere (AUTH_SERVER) signed. They open what any account may do at their
 * service, and nothing else. No account stands behind them, and those of the originals never expire.
 */
@Injectable()
export class ExternalPermissionTokens {
  constructor(
    private readonly server: AuthServer,
    private readonly database: Database,
  ) {}

  /** Whether a credential looks like one: it has neither a type nor a key id of ours. */
  match(credential: string): boolean {
    if (!this.server.configured) return false;
    const { alg, typ, kid } = tokenHeader(credential);
    return alg === TOKEN_ALGORITHM && TYPES.includes(typ) && kid === undefined;
  }

  /** Who is behind the token. Throws `TokenExpiredError`, `TokenInvalidError` and `AuthServerUnavailableError`. */
  async check(credential: string): Promise<CheckedCredential> {
    const claims = await this.verify(credential);
    if (!isWellFormed(claims) || (await this.isDisabled(claims.userid))) throw new TokenInvalidError();
    const { userid, service, permissions, exp } = claims;
    const opened = permissionsOfService(service).filter((word) => definedPermissions().get(word)!.everyone);
    const tokenCredential: ServiceCredential = { kind: 'service', service, permissions };
    const actor = new Actor({
      id: 0,
      userid,
      nickname: userid,
      permissions: new Set(opened),
      credential: tokenCredential,
    });
    return { actor, expiresAt: exp === undefined ? null : new Date(exp * 1000) };
  }

  private async verify(credential: string): Promise<unknown> {
    const key = await this.server.key();
    try {
      return claimsOf(credential, key);
    } catch (error) {
      if (!isSignatureError(error)) throw tokenError(error);
    }
    const newKey = await this.server.newKey(key);
    if (!newKey) throw new TokenInvalidError();
    try {
      return claimsOf(credential, newKey);
    } catch (error) {
      throw tokenError(error);
    }
  }

  /** Whether there is an account of the same userid that nobody is to use. */
  private async isDisabled(userid: string): Promise<boolean> {
    const rows = await this.database.query('select from "user" where userid = $1 and disabled', [userid]);
    return rows.length > 0;
  }
}

/** Checks the signature, and the times where there are any. */
function claimsOf(credential: string, key: KeyObject): unknown {
  return jwt.verify(credential, key, { algorithms: [TOKEN_ALGORITHM] });
}

function isSignatureError(error: unknown): boolean {
  return error instanceof jwt.JsonWebTokenError && error.message === 'invalid signature';
}

function isWellFormed(claims: unknown): claims is ExternalClaims {
  const { userid, service, permissions } = Object(claims) as Record<string, unknown>;
  return (
    typeof userid === 'string' &&
    USERID.test(userid) &&
    typeof service === 'string' &&
    SERVICE_NAME.test(service) &&
    typeof permissions === 'object' &&
    permissions !== null &&
    !Array.isArray(permissions)
  );
}
