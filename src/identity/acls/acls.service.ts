import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { Actors } from '../callers/actors.js';
import { IdentityChanges } from '../identity-changes.js';
import { UserNotFoundError } from '../identity.errors.js';
import { normalizeNickname } from '../users/nickname.js';
import { AclPattern } from './acl-pattern.js';
import { AclPatternSyntaxError } from './acl-pattern-parser.js';
import { Acl } from './acl.entity.js';
import { AclExistsError, AclNotFoundError, AclPatternInvalidError, TooManyAclsError } from './acls.errors.js';
import type { AclDto, ChangeAclDto, NewAclDto } from './dto/acl.dto.js';

/** Bounds the list, which is answered as a whole, and the work of a check. */
const MAX_ACLS = 1_000;

/** The ACLs of users: seeing and changing them. `Acls` says what they allow. */
@Injectable()
export class AclsService {
  constructor(
    private readonly database: Database,
    private readonly actors: Actors,
    private readonly changes: IdentityChanges,
    private readonly audit: AuditLog,
  ) {}

  /** The ACLs of a user, for himself and for who manages ACLs. Throws `UserNotFoundError`. */
  async list(actor: Actor, userId: number): Promise<AclDto[]> {
    requireOwnOrManaged(actor, userId);
    const em = this.database.reader();
    const acls = await em.find(Acl, { user: userId }, { orderBy: { id: 'asc' } });
    if (acls.length === 0) await this.requireUser(userId);
    return acls.map(present);
  }

  /** One ACL of a user. Throws `AclNotFoundError` also where the ACL is another user's. */
  async get(actor: Actor, userId: number, id: number): Promise<AclDto> {
    requireOwnOrManaged(actor, userId);
    const acl = await this.database.reader().findOne(Acl, { id, user: userId });
    if (!acl) throw new AclNotFoundError();
    return present(acl);
  }

  /**
   * Lets a user run functions on machines and returns the number of the ACL. Throws `AclPatternInvalidError`,
   * `UserNotFoundError`, `AclExistsError` and `TooManyAclsError`.
   */
  async create(actor: Actor, userId: number, { minions, functions }: NewAclDto): Promise<number> {
    actor.require('acls.manage');
    requirePatterns({ minions, functions });
    return this.database.transaction(async () => {
      if (!(await this.takeTurn(userId))) throw new UserNotFoundError();
      const same = await this.find(userId, minions, functions);
      if (same !== undefined) throw new AclExistsError(same);
      const [made] = await this.database.query<{ id: number }>(
        `insert into acl (user_id, minions, functions)
         select $1, $2, $3 where (select count(*) from acl where user_id = $1) < $4 returning id`,
        [userId, minions, functions, MAX_ACLS],
      );
      if (!made) throw new TooManyAclsError(MAX_ACLS);
      await this.record(actor, 'acl.create', userId, { id: made.id, minions, functions });
      return made.id;
    });
  }

  /** As `create`, for an account known by its nickname. */
  async createFor(actor: Actor, nickname: string, acl: NewAclDto): Promise<number> {
    actor.require('acls.manage');
    const name = normalizeNickname(nickname);
    const account = name === undefined ? undefined : await this.actors.byNickname(name);
    if (!account) throw new UserNotFoundError();
    return this.create(actor, account.actor.id, acl);
  }

  /** Changes what is given of an ACL. Throws `AclNotFoundError` and what `create` throws. */
  async change(actor: Actor, userId: number, id: number, change: ChangeAclDto): Promise<void> {
    actor.require('acls.manage');
    requirePatterns(change);
    await this.database.transaction(async (em) => {
      const acl = (await this.takeTurn(userId)) ? await em.findOne(Acl, { id, user: userId }) : null;
      if (!acl) throw new AclNotFoundError();
      acl.minions = change.minions ?? acl.minions;
      acl.functions = change.functions ?? acl.functions;
      const { minions, functions } = acl;
      const same = await this.find(userId, minions, functions);
      if (same === id) return; // nothing changes
      if (same !== undefined) throw new AclExistsError(same);
      await em.flush();
      await this.record(actor, 'acl.change', userId, { id, minions, functions });
    });
  }

  /** Takes an ACL away. Throws `AclNotFoundError`. */
  async remove(actor: Actor, userId: number, id: number): Promise<void> {
    actor.require('acls.manage');
    await this.database.transaction(async (em) => {
      const acl = (await this.takeTurn(userId)) ? await em.findOne(Acl, { id, user: userId }) : null;
      if (!acl) throw new AclNotFoundError();
      const { minions, functions } = acl;
      await em.remove(acl).flush();
      await this.record(actor, 'acl.delete', userId, { id, minions, functions });
    });
  }

  /**
   * Changes of one user's ACLs take turns: whoever looks for an equal one finds it, and they stay within bounds. False
   * where there is no such user.
   */
  private async takeTurn(userId: number): Promise<boolean> {
    const found = await this.database.query('select id from "user" where id = $1 for no key update', [
      userId,
    ]);
    return found.length > 0;
  }

  private async requireUser(id: number): Promise<void> {
    const [user] = await this.database.query('select id from "user" where id = $1', [id]);
    if (!user) throw new UserNotFoundError();
  }

  private async find(userId: number, minions: string, functions: string): Promise<number | undefined> {
    const [row] = await this.database.query<{ id: number }>(
      'select id from acl where user_id = $1 and minions = $2 and functions = $3',
      [userId, minions, functions],
    );
    return row?.id;
  }

  private async record(
    actor: Actor,
    action: string,
    userId: number,
    details: Record<string, unknown>,
  ): Promise<void> {
    await this.audit.record({ actor, action, subject: `user:${userId}`, details });
    await this.changes.note();
  }
}

function requireOwnOrManaged(actor: Actor, userId: number): void {
  if (actor.id !== userId) actor.require('acls.manage');
}

function requirePatterns(patterns: ChangeAclDto): void {
  for (const field of ['minions', 'functions'] as const) {
    const text = patterns[field];
    try {
      if (text !== undefined) new AclPattern(text);
    } catch (error) {
      throw error instanceof AclPatternSyntaxError ? new AclPatternInvalidError(field, error.message) : error;
    }
  }
}

function present({ id, minions, functions, user }: Acl): AclDto {
  const owner = `/api/v1.0/users/${user.id}`;
  return { id, minions, functions, user_id: user.id, _links: { self: `${owner}/acls/${id}`, user: owner } };
}
