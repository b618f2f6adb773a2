import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { AclsExceededError } from '../escalation.errors.js';
import { IdentityChanges } from '../identity-changes.js';
import { AclPattern } from './acl-pattern.js';
import { AclPatternSyntaxError } from './acl-pattern-parser.js';

/** Steps of patterns that are kept, over all users: some 50 MB at most, and a few bytes as a rule. */
const CACHE_STEPS = 500_000;
/** How long others wait at most while a long list is checked. */
const TURN_MS = 10;

interface CompiledAcl {
  readonly minions: AclPattern;
  readonly functions: AclPattern;
}

/**
 * Who may run which function on which machine. Nobody may, but for what an ACL of his account says: one whose patterns
 * fit the whole name of the machine and of the function. Whoever may everything needs none, because he could give
 * himself any; a key of his that may only some things is held to his ACLs.
 */
@Injectable()
export class Acls {
  private readonly logger = new Logger(Acls.name);
  private readonly cache = new LRUCache<number, readonly CompiledAcl[]>({
    maxSize: CACHE_STEPS,
    sizeCalculation: (acls) => acls.reduce((sum, acl) => sum + acl.minions.size + acl.functions.size, 1),
  });
  /** Rises whenever the cache is emptied: what was read before must not be put into it after. */
  private generation = 0;

  constructor(
    private readonly database: Database,
    private readonly changes: IdentityChanges,
  ) {
    changes.onChange(() => {
      this.generation++;
      this.cache.clear();
    });
  }

  /** Whether the actor may run the function on the machine. */
  async may(actor: Actor, machine: string, fn: string): Promise<boolean> {
    return (await this.filter(actor, [machine], fn)).length > 0;
  }

  /** Those of the machines that the actor may run the function on, in their order. */
  async filter(actor: Actor, machines: readonly string[], fn: string): Promise<string[]> {
    if (actor.may('*')) return [...machines];
    const patterns = (await this.of(actor.id))
      .filter(({ functions }) => functions.matches(fn))
      .map(({ minions }) => minions);
    const allowed: string[] = [];
    let turnEnds = performance.now() + TURN_MS;
    for (const machine of machines) {
      if (patterns.some((pattern) => pattern.matches(machine))) allowed.push(machine);
      if (performance.now() < turnEnds) continue;
      await nextTurn();
      turnEnds = performance.now() + TURN_MS;
    }
    return allowed;
  }

  /**
   * Throws `AclsExceededError` where the other user may run what the actor may not. Patterns are compared as texts: of two
   * that differ nobody can say quickly which of them means more.
   */
  async requireNoLess(actor: Actor, otherId: number): Promise<void> {
    if (actor.may('acls.manage')) return; // he could give himself the same
    const [more] = await this.database.query(
      `select from acl o where o.user_id = $1 and not exists (
         select from acl a where a.user_id = $2 and a.minions = o.minions and a.functions = o.functions) limit 1`,
      [otherId, actor.id],
    );
    if (more) throw new AclsExceededError();
  }

  private async of(userId: number): Promise<readonly CompiledAcl[]> {
    await this.changes.ensureFresh();
    const known = this.cache.get(userId);
    if (known) return known;
    const { generation } = this;
    const rows = await this.database.prepared<{ id: number; minions: string; functions: string }>(
      'identity.acls',
      'select id, minions, functions from acl where user_id = $1 order by id',
      [userId],
    );
    const acls = rows.flatMap(({ id, minions, functions }) => this.compile(id, minions, functions));
    if (generation === this.generation) this.cache.set(userId, acls);
    return acls;
  }

  /** What cannot be read allows nothing: it was not written here. */
  private compile(id: number, minions: string, functions: string): CompiledAcl[] {
    try {
      return [{ minions: new AclPattern(minions), functions: new AclPattern(functions) }];
    } catch (error) {
      if (!(error instanceof AclPatternSyntaxError)) throw error;
      this.logger.warn(`the ACL ${id} is not used, its pattern ${error.message}`);
      return [];
    }
  }
}
