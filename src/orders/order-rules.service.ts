import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { RuleSettings } from './order-rules.js';
import { OrdersConfig } from './orders.config.js';

/** Rules, and which version of them they are; 0 is the configuration. */
export interface RuleSet {
  readonly version: number;
  readonly settings: RuleSettings;
}

/** The rules that hold now. */
@Injectable()
export class OrderRulesService {
  constructor(
    private readonly database: Database,
    private readonly config: OrdersConfig,
  ) {}

  /** The rules that hold now: the newest version, else those of the configuration. */
  async current(): Promise<RuleSet> {
    const [newest] = await this.database.query<RuleSet>(
      'select version, settings from order_rule_set order by version desc limit 1',
    );
    return newest ?? { version: 0, settings: this.configured() };
  }

  private configured(): RuleSettings {
    const { ALLOWED_AGE, INVALID_STATES, VALIDATORS } = this.config;
    return { allowedAge: ALLOWED_AGE, invalidStates: INVALID_STATES, validators: VALIDATORS };
  }
}
