import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { definedPermissions } from '../../platform/access/permissions.js';
import { Database } from '../../platform/database/database.js';
import { isUniqueViolation } from '../../platform/database/database-errors.js';
import { ownerId } from '../callers/actors.js';
import { LiveCredentials } from '../callers/live-credentials.js';
import {
  ClientExistsError,
  ClientLimitError,
  ClientNotFoundError,
  ClientSlugInvalidError,
} from '../credentials.errors.js';
import { IdentityChanges } from '../identity-changes.js';
import { UserNotFoundError } from '../identity.errors.js';
import { newSecret, secretHash } from '../random-secret.js';
import { requireHeldScopes, requireKnownScopes, signedIn } from '../roles/scopes.js';
import { normalizeNickname } from '../users/nickname.js';
import { User } from '../users/user.entity.js';
import { ApiClient, CLIENT_SECRET_PREFIX, CLIENT_SLUG, newClientId } from './api-client.entity.js';
import type {
  ClientChangeDto,
  ClientDto,
  ClientListDto,
  ClientsQueryDto,
  ClientWithSecretDto,
  NewClientDto,
  OwnClientDto,
} from './dto/client.dto.js';

const MAX_CLIENTS = 100;

/**
 * Managing API clients. Each belongs to a user, and so to that user's other clients; for everybody else but who holds
 * `clients.manage-all` it does not exist. Nobody gets hold of a client that may more than he himself.
 */
@Injectable()
export class ClientsService {
  constructor(
    private readonly database: Database,
    private readonly live: LiveCredentials,
    private readonly changes: IdentityChanges,
    private readonly audit: AuditLog,
  ) {}

  /** A page of the clients that the actor may see, ordered by slug. */
  async list(actor: Actor, { limit, after }: ClientsQueryDto): Promise<ClientListDto> {
    actor.require('clients.read');
    const rows = await this.database
      .reader()
      .find(
        ApiClient,
        { ...visibleTo(actor), ...(after !== undefined && { slug: { $gt: after } }) },
        { orderBy: { slug: 'asc' }, limit: limit + 1, populate: ['owner'] },
      );
    const page = rows.slice(0, limit);
    return { data: page.map(presentOwn), next: rows.length > limit ? page.at(-1)!.slug : null };
  }

  /** One client. Throws `ClientNotFoundError`. */
  async get(actor: Actor, slug: string): Promise<ClientDto> {
    actor.require('clients.read');
    return present(await this.find(actor, slug));
  }

  /**
   * Makes a client and returns it with its secret, which is stored nowhere. Throws `ClientSlugInvalidError`,
   * `UnknownPermissionError`, `ClientLimitError`, `ClientExistsError` and `CredentialEndedError`.
   */
  async create(actor: Actor, slug: string, input: NewClientDto): Promise<ClientWithSecretDto> {
    actor.require('clients.manage');
    return this.createFor(actor, ownerId(actor), slug, input);
  }

  /** A client for the user of this nickname, as `create`. Throws `UserNotFoundError`. */
  async createForUser(
    actor: Actor,
    nickname: string,
    slug: string,
    input: NewClientDto,
  ): Promise<ClientWithSecretDto> {
    actor.require('clients.manage-all');
    const name = normalizeNickname(nickname);
    const user = name === undefined ? null : await this.database.reader().findOne(User, { nickname: name });
    if (!user) throw new UserNotFoundError();
    return this.createFor(actor, user.id, slug, input);
  }

  /** Changes the title or the scopes, also for tokens in use. Throws `ClientNotFoundError` and `UnknownPermissionError`. */
  async change(actor: Actor, slug: string, input: ClientChangeDto): Promise<OwnClientDto> {
    actor.require('clients.manage');
    const scopes = input.scopes && [...new Set(input.scopes)];
    if (scopes) requireKnownScopes(scopes);
    return this.manage(actor, slug, 'client.change', async (client) => {
      if (scopes) requireHeldScopes(actor, scopes, isOwner(actor, client));
      client.title = input.title ?? client.title;
      client.scopes = scopes ?? client.scopes;
      client.updatedAt = new Date();
      return { result: presentOwn(client), details: { title: client.title, scopes: client.scopes } };
    });
  }

  /** Gives the client another secret; the old one and all its tokens end. Throws `ClientNotFoundError`. */
  async changeSecret(actor: Actor, slug: string): Promise<ClientWithSecretDto> {
    actor.require('clients.manage');
    const secret = newSecret(CLIENT_SECRET_PREFIX);
    return this.manage(actor, slug, 'client.change-secret', async (client) => {
      client.changeSecret(secretHash(secret));
      return { result: { ...present(client), client_secret: secret } };
    });
  }

  /** Removes the client; its secret and its tokens are refused from now on. Throws `ClientNotFoundError`. */
  async delete(actor: Actor, slug: string): Promise<void> {
    actor.require('clients.manage');
    await this.manage(actor, slug, 'client.delete', async (client, em) => {
      em.remove(client);
      return { result: undefined };
    });
  }

  private async createFor(
    actor: Actor,
    owner: number,
    slug: string,
    { title, scopes: wanted }: NewClientDto,
  ): Promise<ClientWithSecretDto> {
    if (!CLIENT_SLUG.test(slug)) throw new ClientSlugInvalidError();
    const scopes = wanted ? [...new Set(wanted)] : defaultScopes(actor);
    requireKnownScopes(scopes);
    requireHeldScopes(actor, scopes, actor.id === owner);
    const secret = newSecret(CLIENT_SECRET_PREFIX);
    const clientId = newClientId();
    try {
      const made = await this.database.transaction(async (em) => {
        // Clients of one user are made in turn, so that together they do not pass the limit.
        await this.database.query('select from "user" where id = $1 for no key update', [owner]);
        await this.live.require(actor);
        if ((await em.count(ApiClient, { owner })) >= MAX_CLIENTS) throw new ClientLimitError(MAX_CLIENTS);
        const client = em.create(ApiClient, {
          clientId,
          slug,
          title,
          owner,
          scopes,
          secretHash: secretHash(secret),
        });
        await em.persist(client).flush();
        const details = { slug, scopes };
        await this.audit.record({ actor, action: 'client.create', subject: `client:${clientId}`, details });
        return client;
      });
      return { ...present(made), client_secret: secret };
    } catch (error) {
      throw isUniqueViolation(error) ? new ClientExistsError() : error;
    }
  }

  /**
   * Changes one client: access, audit and the word to the caches are the same for each change. The client is locked
   * before anything is read of it: who may manage it hangs on its scopes.
   */
  private manage<T>(
    actor: Actor,
    slug: string,
    action: string,
    apply: (client: ApiClient, em: EntityManager) => Promise<{ result: T; details?: object }>,
  ): Promise<T> {
    return this.database.transaction(async (em) => {
      await this.live.require(actor);
      await this.lock(actor, slug);
      const client = await this.find(actor, slug);
      const inPerson = isOwner(actor, client) && signedIn(actor);
      if (!inPerson) requireHeldScopes(actor, client.scopes, false);
      const { result, details } = await apply(client, em);
      await em.flush();
      await this.audit.record({
        actor,
        action,
        subject: `client:${client.clientId}`,
        details: { slug, ...details },
      });
      await this.changes.note();
      return result;
    });
  }

  private async lock(actor: Actor, slug: string): Promise<void> {
    if (!CLIENT_SLUG.test(slug)) return; // `find` refuses it
    await this.database.query(
      'select from api_client where slug = $1 and ($2::integer is null or owner_id = $2) for update',
      [slug, visibleTo(actor).owner ?? null],
    );
  }

  private async find(actor: Actor, slug: string): Promise<ApiClient> {
    const client = CLIENT_SLUG.test(slug)
      ? await this.database
          .reader()
          .findOne(ApiClient, { slug, ...visibleTo(actor) }, { populate: ['owner'] })
      : null;
    if (!client) throw new ClientNotFoundError();
    return client;
  }
}

function isOwner(actor: Actor, client: ApiClient): boolean {
  return actor.id === client.owner.id;
}

function visibleTo(actor: Actor): { owner?: number } {
  return actor.may('clients.manage-all') ? {} : { owner: ownerId(actor) };
}

function defaultScopes(actor: Actor): string[] {
  return [...definedPermissions()]
    .filter(([word, { clients }]) => clients && actor.may(word))
    .map(([word]) => word);
}

function present({ slug, title, clientId }: ApiClient): ClientDto {
  return { slug, title, client_id: clientId };
}

function presentOwn(client: ApiClient): OwnClientDto {
  return {
    ...present(client),
    scopes: client.scopes,
    owner: client.owner.nickname,
    created_at: client.createdAt.toISOString(),
    updated_at: client.updatedAt.toISOString(),
  };
}
