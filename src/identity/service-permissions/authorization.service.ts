import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { IdentityAuthenticator } from '../callers/identity.authenticator.js';
import { LiveCredentials } from '../callers/live-credentials.js';
import { User } from '../users/user.entity.js';
import type { AuthorizationDto } from './dto/authorization.dto.js';
import { permissionsOfService, PermissionTokens } from './permission-tokens.js';
import { ServiceGrants } from './service-grants.js';
import { SERVICE_NAME } from './service-permission-layers.js';

/** What gets nothing is told nothing more: an unknown user, a bad token and a bad service look the same. */
const NOTHING: AuthorizationDto = { permissions: {} };

/** Turns what shows who somebody is into a permission token, which shows what he may at one service. */
@Injectable()
export class AuthorizationService {
  constructor(
    private readonly authenticator: IdentityAuthenticator,
    private readonly grants: ServiceGrants,
    private readonly tokens: PermissionTokens,
    private readonly live: LiveCredentials,
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  /** The permissions of the request's user for a service, with a token that says so; none where he has shown nothing. */
  async authorize(request: FastifyRequest, service: unknown): Promise<AuthorizationDto> {
    const actor = await this.authenticator.recognize(request);
    if (!actor || typeof service !== 'string' || !SERVICE_NAME.test(service)) return NOTHING;
    const scope = scopeOf(actor, service);
    if (!scope) return NOTHING;
    const user = await this.database.reader().findOne(User, { id: actor.id });
    if (!user) return NOTHING;
    const { userid } = user;
    const { permissions } = await this.grants.of(userid, service);
    const { token, jti, expiresAt } = await this.tokens.sign({
      userid,
      service,
      permissions,
      ...scope,
      tokensValidAfter: user.tokensValidAfter,
      origin: actor.credential,
    });
    const details = { service, jti, expiresAt: expiresAt.toISOString() };
    return this.database.transaction(async () => {
      if (!(await this.live.hold(actor))) return NOTHING;
      const subject = `user:${user.id}`;
      await this.audit.record({ actor, action: 'permission-token.create', subject, details });
      return { permissions, service, token, userid };
    });
  }
}

/**
 * How far the token reaches; nothing where the actor gets none. A permission token does not turn into another one, and
 * an API key only into one for what it opens itself.
 */
function scopeOf(actor: Actor, service: string): { scope?: string[] } | undefined {
  const { kind } = actor.credential;
  if (kind === 'token' || kind === 'basic') return {};
  const scope = permissionsOfService(service).filter((word) => actor.may(word));
  return kind === 'api-key' && (scope.length > 0 || actor.may('tokens.manage')) ? { scope } : undefined;
}
