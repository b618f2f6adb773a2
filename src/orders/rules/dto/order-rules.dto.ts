import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { RULES, type RuleName } from '../order-rules.js';
import { MAX_NOTE } from '../order-rules-input.js';
import { OrdersEnvelopeDto } from '../../dto/envelope.dto.js';

const PARAMETERS_EXAMPLE = {
  allowed_age: { age: 18 },
  allowed_state: { states: ['NJ', 'PA'] },
  zipcode_sum: { max: 20 },
  zipcode_length: { lengths: [5, 9] },
  email_state: { endings: { NY: ['.net'] } },
};
const WHATS = ['validators', ...RULES] as const;
/** What differs between versions: parameters of a rule, or which rules are active. */
const PARAMETERS_OR_NAMES = [
  { type: 'object', additionalProperties: true },
  { type: 'array', items: { type: 'string' } },
];

/** A rule that orders are held against. */
export class OrderRuleDto {
  @ApiProperty({ enum: RULES, example: 'allowed_age' })
  name!: RuleName;
  /** Whether orders are held against it. */
  active!: boolean;
  /** Its place among the active rules, from 1: the order in which broken rules are reported. Null where it is not active. */
  @ApiProperty({ type: 'integer', nullable: true, example: 6 })
  position!: number | null;
  /** What it goes by; empty for a rule without parameters. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: { age: 21 } })
  parameters!: Record<string, unknown>;
  /**
   * What is said of an order that breaks it, in English or Portuguese; empty where no order can.
   * @example 'customers must be at least 21 years old to order alcohol'
   */
  message!: string;
}

/** Rules, and who set them. */
export class OrderRulesDto {
  /** 0 is the configuration; each change makes the next version. */
  @ApiProperty({ type: 'integer', example: 3 })
  version!: number;
  /** Nickname of who set them; null for the configuration. */
  @ApiProperty({ type: String, nullable: true, example: 'admin' })
  set_by!: string | null;
  /** ISO 8601; null for the configuration. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-11-23T10:00:00.000Z' })
  set_at!: string | null;
  /** What whoever set them said about it. */
  @ApiProperty({ type: String, nullable: true, example: 'the law has changed' })
  note!: string | null;
  /** All rules: the active ones in their order, then the others. */
  rules!: OrderRuleDto[];
}

/** What to do about the version, and why; all of it may be absent. */
export class RestoreRulesDto {
  /** Why. */
  @ApiProperty({ type: String, nullable: true, required: false, maxLength: MAX_NOTE, example: 'a mistake' })
  note?: string | null;
  /** The version that holds now. If another one does, nothing happens and the answer is 409. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false })
  version?: number;
}

/** What is to change of the rules; whatever is absent stays as it is. */
export class ChangeRulesDto {
  /** The active rules, in the order in which broken ones are reported. All others are switched off. */
  @ApiProperty({ enum: RULES, isArray: true, required: false, example: RULES })
  validators?: RuleName[];
  /**
   * By rule: `allowed_age.age` (years, 0 to 150), `allowed_state.states` (nothing is shipped to them),
   * `zipcode_sum.max` (0 to 108), `zipcode_length.lengths` (of 1 to 12 characters),
   * `email_state.endings` (by state, the ends of e-mail addresses that are not taken from there).
   */
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'object' },
    example: PARAMETERS_EXAMPLE,
  })
  parameters?: Record<string, Record<string, unknown>>;
  /** Why. */
  @ApiProperty({
    type: String,
    nullable: true,
    required: false,
    maxLength: MAX_NOTE,
    example: 'the law has changed',
  })
  note?: string | null;
  /** The version that the change was made from. If another one holds now, nothing changes and the answer is 409. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false })
  version?: number;
}

/** Something that differs from the version before. */
export class RuleDifferenceDto {
  /** The rule whose parameters differ, or `validators`: which rules are active, in which order. */
  @ApiProperty({ enum: WHATS, example: 'allowed_age' })
  what!: (typeof WHATS)[number];
  /** Parameters of the rule, or names of the active rules. */
  @ApiProperty({ oneOf: PARAMETERS_OR_NAMES, example: { age: 21 } })
  before!: unknown;
  @ApiProperty({ oneOf: PARAMETERS_OR_NAMES, example: { age: 18 } })
  after!: unknown;
}

/** A version of the rules in their history. */
export class RulesVersionDto {
  /** 0 is the configuration, as it is now. */
  @ApiProperty({ type: 'integer', example: 3 })
  version!: number;
  /** Nickname of who set them; null for the configuration. */
  @ApiProperty({ type: String, nullable: true, example: 'admin' })
  set_by!: string | null;
  /** ISO 8601; null for the configuration. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-11-23T10:00:00.000Z' })
  set_at!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'the law has changed' })
  note!: string | null;
  /** What differs from the version before. */
  changes!: RuleDifferenceDto[];
}

export class OrderRulesEnvelopeDto extends OrdersEnvelopeDto {
  result!: OrderRulesDto;
}

export class RulesVersionsEnvelopeDto extends OrdersEnvelopeDto {
  result!: RulesVersionDto[];
}
