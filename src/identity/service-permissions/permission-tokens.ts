import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import type { Credential } from '../../platform/access/actor.js';
import { definedPermissions } from '../../platform/access/permissions.js';
import { SigningKeys } from '../signing-keys/signing-keys.js';
import { SigningConfig } from '../signing-keys/signing.config.js';
import { epochSeconds } from '../timestamps.js';
import { type IssuedToken, TOKEN_ALGORITHM, TOKEN_ISSUER } from '../tokens/tokens.js';
import type { ServicePermissions } from './service-permission-layers.js';

/** What tells a permission token from the tokens of users: none can pass for the other. */
export const PERMISSION_TOKEN_TYPE = 'permission+jwt';

/** A permission token as the credential of an actor: it opens one service. */
export interface ServiceCredential extends Credential {
  readonly kind: 'service';
  readonly service: string;
  /** What the service lets the user do, e.g. `{"datapackage-upload": true}`. */
  readonly permissions: ServicePermissions;
}

/** What a permission token is to say. */
export interface PermissionTokenContent {
  readonly userid: string;
  readonly service: string;
  readonly permissions: ServicePermissions;
  /** The declared permissions that it opens here at most; not given: whatever its user may at the service. */
  readonly scope?: readonly string[] | undefined;
  readonly tokensValidAfter?: Date | null | undefined;
  /** The credential that it is made from: it ends no later, and where that is a token or an API key it ends with it. */
  readonly origin: Credential & { readonly expiresAt?: Date | null; readonly family?: string | undefined };
}

/** Signs permission tokens. No `aud`: the verifiers of the originals refuse one that they were not told of (ADR 0013). */
@Injectable()
export class PermissionTokens {
  constructor(
    private readonly keys: SigningKeys,
    private readonly config: SigningConfig,
  ) {}

  /** A permission token that is good for PERMISSION_TOKEN_SECONDS at most. */
  async sign({ userid, service, permissions, scope, ...rest }: PermissionTokenContent): Promise<IssuedToken> {
    const { kid, privateKey } = await this.keys.current();
    const { tokensValidAfter, origin } = rest;
    const now = epochSeconds(new Date());
    const longest = now + this.config.PERMISSION_TOKEN_SECONDS;
    const exp = origin.expiresAt ? Math.min(longest, epochSeconds(origin.expiresAt)) : longest;
    const jti = randomUUID();
    const iat = Math.max(now, tokensValidAfter ? epochSeconds(tokensValidAfter) : 0);
    const claims = {
      userid,
      permissions,
      service,
      ...(scope && { scope: scope.join(' ') }),
      sub: userid,
      iss: TOKEN_ISSUER,
      jti,
      ...(origin.kind === 'token' && { origin: origin.id }),
      ...(origin.kind === 'api-key' && { key: Number(origin.id) }),
      ...(origin.family !== undefined && { sid: origin.family }),
      iat,
      exp,
    };
    const header = { alg: TOKEN_ALGORITHM, typ: PERMISSION_TOKEN_TYPE, kid };
    const token = jwt.sign(claims, privateKey, { algorithm: TOKEN_ALGORITHM, header });
    return { token, jti, issuedAt: new Date(iat * 1000), expiresAt: new Date(exp * 1000) };
  }
}

/** The declared permissions that tokens for a service open. */
export function permissionsOfService(service: string): string[] {
  return [...definedPermissions()]
    .filter(([, { services = [] }]) => services.includes(service))
    .map(([word]) => word);
}
