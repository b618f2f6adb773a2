import { Injectable } from '@nestjs/common';
import { User } from '../../identity/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { type Language, Messages } from '../../platform/i18n/messages.js';
import type { OrderRuleDto, OrderRulesDto, RulesVersionDto } from './dto/order-rules.dto.js';
import { differences, parametersOf } from './order-rule-parameters.js';
import { type BrokenRule, brokenEnding, type CompleteSettings, type RuleName, RULES } from './order-rules.js';
import { OrderRulesService, type RuleVersion } from './order-rules.service.js';
import { OrdersConfig } from '../orders.config.js';
import { parsePageQuery } from '../page-query.js';

/** A page of the history of the rules. */
export interface RulesVersionPage {
  readonly versions: RulesVersionDto[];
  /** Query of the page after it; absent where the page is not full. */
  readonly next?: string;
}

/** The rules as people read them. */
@Injectable()
export class OrderRulesViews {
  constructor(
    private readonly rules: OrderRulesService,
    private readonly messages: Messages,
    private readonly database: Database,
    private readonly config: OrdersConfig,
  ) {}

  /** The rules that hold now. */
  async current(actor: Actor, language: Language): Promise<OrderRulesDto> {
    return this.present(seenBy(actor, await this.rules.newest()), language);
  }

  /** A version of the rules, each rule with what an order that breaks it is told. */
  async present(version: RuleVersion, language: Language): Promise<OrderRulesDto> {
    const { settings } = version;
    const { validators } = settings;
    const ordered = [...validators, ...RULES.filter((rule) => !validators.includes(rule))];
    return {
      ...head(version, await this.namesOf([version])),
      rules: ordered.map((rule, index): OrderRuleDto => {
        const active = index < validators.length;
        return {
          name: rule,
          active,
          position: active ? index + 1 : null,
          parameters: parametersOf(rule, settings),
          message: this.message(rule, settings, language),
        };
      }),
    };
  }

  /**
   * A page of the versions, newest first, each with what differs from the one before it.
   * @param parameters those of the address; `limit` and `after` count
   * @throws OrderQueryError if a parameter is not valid
   */
  async history(actor: Actor, parameters: Readonly<Record<string, unknown>>): Promise<RulesVersionPage> {
    const { limit, after } = parsePageQuery(parameters, this.config.ORDERS_MAX_PAGE);
    const found = (await this.rules.versions(limit, after)).map((version) => seenBy(actor, version));
    const names = await this.namesOf(found);
    const versions = found.slice(0, limit).map((version, index) => {
      const before = found[index + 1];
      const changes = before ? differences(before.settings, version.settings) : [];
      return { ...head(version, names), changes };
    });
    return versions.length === limit
      ? { versions, next: `limit=${limit}&after=${versions.at(-1)!.version}` }
      : { versions };
  }

  private message(rule: RuleName, settings: CompleteSettings, language: Language): string {
    return examples(rule, settings)
      .map(({ params }) => this.messages.translate(language, `orders.${rule}_error_msg`, params))
      .join('; ');
  }

  /** Nicknames by userid. */
  private async namesOf(versions: readonly RuleVersion[]): Promise<ReadonlyMap<string, string>> {
    const userids = new Set(versions.flatMap(({ actor }) => (actor === null ? [] : [actor])));
    if (userids.size === 0) return new Map();
    const users = await this.database.reader().find(User, { userid: { $in: [...userids] } });
    return new Map(users.map(({ userid, nickname }) => [userid, nickname]));
  }
}

/** A version as an actor may see it: nobody is told who set it, and why. */
function seenBy(actor: Actor, version: RuleVersion): RuleVersion {
  return actor.isNobody ? { ...version, actor: null, note: null } : version;
}

function head({ version, actor, note, createdAt }: RuleVersion, names: ReadonlyMap<string, string>) {
  return {
    version,
    set_by: actor === null ? null : (names.get(actor) ?? actor),
    set_at: createdAt,
    note,
  };
}

/** What orders can be told by a rule, all states in one; nothing where the rule cannot be broken. */
function examples(rule: RuleName, settings: CompleteSettings): BrokenRule[] {
  const { invalidStates, allowedAge, emailEndings } = settings;
  switch (rule) {
    case 'allowed_state':
      return invalidStates.length === 0 ? [] : [{ rule, params: { state: invalidStates.join(', ') } }];
    case 'allowed_age':
      return [{ rule, params: { age: allowedAge } }];
    case 'email_state':
      return Object.entries(emailEndings).flatMap(([state, endings]) =>
        endings.map((ending) => brokenEnding(state, ending)),
      );
    default:
      return [{ rule }];
  }
}
