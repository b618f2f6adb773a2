import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { type Language, Messages } from '../../platform/i18n/messages.js';
import { differences } from './order-rule-parameters.js';
import {
  OrderRulesConflictError,
  OrderRulesInvalidError,
  OrderRulesVersionNotFoundError,
} from './order-rules.errors.js';
import { readRulesChange, type RulesChange } from './order-rules-input.js';
import { type CompleteSettings, completeSettings, type RuleSettings } from './order-rules.js';
import { OrdersConfig } from '../orders.config.js';
import { OrderAddressError } from '../orders.errors.js';

/** Rules, and which version of them they are; 0 is the configuration. */
export interface RuleSet {
  readonly version: number;
  readonly settings: CompleteSettings;
}

/** Rules, and who set them; nobody where they are the configuration. */
export interface RuleVersion extends RuleSet {
  /** Userid. */
  readonly actor: string | null;
  readonly note: string | null;
  /** ISO 8601. */
  readonly createdAt: string | null;
}

interface StoredVersion extends Omit<RuleVersion, 'settings'> {
  readonly settings: RuleSettings;
}

const SELECT = `
  select version, settings, actor, note, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt"
  from order_rule_set`;
const INSERT = `
  insert into order_rule_set (version, settings, actor, note, created_at)
  values ($1, $2::jsonb, $3, $4, clock_timestamp())`;
/** Changes of the rules take turns. */
const LOCK = `select pg_advisory_xact_lock(hashtext('orders.rules'))`;
const MAX_VERSION = 2 ** 31 - 1;
/** More faults than these are not told at once. */
const MAX_FAULTS = 20;

/** The rules that hold now, those that held before, and changing them. */
@Injectable()
export class OrderRulesService {
  constructor(
    private readonly database: Database,
    private readonly config: OrdersConfig,
    private readonly messages: Messages,
    private readonly audit: AuditLog,
  ) {}

  /** The rules that hold now: the newest version, else those of the configuration. */
  async current(): Promise<RuleSet> {
    const { version, settings } = await this.newest();
    return { version, settings };
  }

  /** The rules that hold now, with who set them. */
  async newest(): Promise<RuleVersion> {
    const [newest] = await this.database.query<StoredVersion>(`${SELECT} order by version desc limit 1`);
    return newest ? complete(newest) : this.configured();
  }

  /**
   * Versions, newest first, the configuration at last; one more than `limit` where there is one, to compare with.
   * @param after only versions below this one
   */
  async versions(limit: number, after = Infinity): Promise<RuleVersion[]> {
    const below = Math.min(after, Number.MAX_SAFE_INTEGER);
    const stored = await this.database.query<StoredVersion>(
      `${SELECT} where version < $1::bigint order by version desc limit $2`,
      [below, limit + 1],
    );
    const versions = stored.map(complete);
    return below > 0 && versions.length <= limit ? [...versions, this.configured()] : versions;
  }

  /**
   * Makes the next version of the rules: those that hold now, with what is to change. Where nothing changes there is
   * no next version.
   * @param body what came, in any shape
   * @throws OrderRulesInvalidError in the language, OrderRulesConflictError
   */
  async change(actor: Actor, body: unknown, language: Language): Promise<RuleVersion> {
    const change = this.read(body, language);
    return this.replace(actor, change, 'order-rules.change', (now) =>
      Promise.resolve({ ...now, ...change.settings }),
    );
  }

  /**
   * Makes the next version of the rules out of an old one; of the configuration where that is 0.
   * @param version as it stands in the address
   * @param body a note, and the version that is taken to hold now; it may be absent
   * @throws what `change` throws, OrderRulesVersionNotFoundError, OrderAddressError if the version is no number
   */
  async restore(actor: Actor, version: string, body: unknown, language: Language): Promise<RuleVersion> {
    if (!/^\d+$/.test(version)) throw new OrderAddressError();
    const change = this.read(body ?? {}, language, ['version', 'note']);
    return this.replace(actor, change, 'order-rules.restore', () => this.settingsOf(version));
  }

  private async replace(
    actor: Actor,
    { version, note }: RulesChange,
    action: string,
    next: (now: CompleteSettings) => Promise<CompleteSettings>,
  ): Promise<RuleVersion> {
    return this.database.transaction(async () => {
      await this.database.query(LOCK);
      const now = await this.current();
      if (version !== undefined && version !== now.version)
        throw new OrderRulesConflictError(version, now.version);
      const settings = await next(now.settings);
      const changes = differences(now.settings, settings);
      if (changes.length > 0) {
        const made = now.version + 1;
        await this.database.execute(INSERT, [made, JSON.stringify(settings), actor.userid, note]);
        await this.audit.record({
          actor,
          action,
          subject: `order-rules:${made}`,
          details: { from: now.version, changes, note },
        });
      }
      return this.newest();
    });
  }

  private async settingsOf(version: string): Promise<CompleteSettings> {
    const number = Number(version);
    if (number === 0) return this.configured().settings;
    const [stored] =
      number <= MAX_VERSION
        ? await this.database.query<StoredVersion>(`${SELECT} where version = $1`, [number])
        : [];
    if (!stored) throw new OrderRulesVersionNotFoundError(version);
    return complete(stored).settings;
  }

  private read(body: unknown, language: Language, fields?: readonly string[]): RulesChange {
    const { change, faults } = readRulesChange(body, fields);
    if (faults.length > 0) {
      const told = faults.slice(0, MAX_FAULTS).map(({ path, code, params }) => ({
        path,
        message: this.messages.translate(language, `orders.rules_${code}`, { path, ...params }),
      }));
      throw new OrderRulesInvalidError(told);
    }
    return change;
  }

  private configured(): RuleVersion {
    const { ALLOWED_AGE, INVALID_STATES, VALIDATORS } = this.config;
    const settings = completeSettings({
      allowedAge: ALLOWED_AGE,
      invalidStates: INVALID_STATES,
      validators: VALIDATORS,
    });
    return { version: 0, settings, actor: null, note: null, createdAt: null };
  }
}

function complete(stored: StoredVersion): RuleVersion {
  return { ...stored, settings: completeSettings(stored.settings) };
}
