import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { Actors, type PasswordCredential } from '../callers/actors.js';
import { IdentityAuthenticator } from '../callers/identity.authenticator.js';
import { LiveCredentials } from '../callers/live-credentials.js';
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
    private readonly actors: Actors,
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
    const account = (await this.actors.byId(actor.id))?.actor;
    if (!account) return NOTHING;
    const reach = reachOf(actor, account, service);
    if (!reach) return NOTHING;
    const { userid } = account;
    const { permissions } = await this.grants.of(userid, service);
    const { token, jti, expiresAt } = await this.tokens.sign({
      userid,
      service,
      permissions,
      ...reach,
      tokensValidAfter: (account.credential as PasswordCredential).tokensValidAfter,
      origin: actor.credential,
    });
    const details = { service, jti, expiresAt: expiresAt.toISOString() };
    return this.database.transaction(async () => {
      if (!(await this.live.hold(actor))) return NOTHING;
      const subject = `user:${account.id}`;
      await this.audit.record({ actor, action: 'permission-token.create', subject, details });
      return { permissions, service, token, userid };
    });
  }
}

/**
 * How far the token reaches here; nothing where the actor gets none. A permission token does not turn into another one.
 * An API key turns into one only where it opens all that its user may at the service: elsewhere the token speaks for the
 * user, without the limits of the key. A service that is not one of ours may trust it with anything, so such a key has
 * to open all that the user may.
 */
function reachOf(actor: Actor, account: Actor, service: string): { scope?: string[] } | undefined {
  const { kind } = actor.credential;
  if (kind === 'token' || kind === 'basic') return {};
  if (kind !== 'api-key') return undefined;
  const words = permissionsOfService(service);
  const held = words.filter((word) => account.may(word));
  const needed = held.length > 0 ? held : account.permissions;
  return [...needed].every((word) => actor.may(word)) ? { scope: held } : undefined;
}
