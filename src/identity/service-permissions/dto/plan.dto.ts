import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Matches, Max, Min, ValidateIf } from 'class-validator';
import { PLAN_NAME } from '../plan.entity.js';

const MAX = 2 ** 31 - 1;

/** How much the users of a plan may keep. A megabyte is a million bytes. */
export class PlanLimitsDto {
  /** @example 100 */
  @ApiProperty({ type: 'integer', minimum: 0, maximum: MAX })
  @IsInt()
  @Min(0)
  @Max(MAX)
  max_private_storage_mb!: number;

  /** @example 100 */
  @ApiProperty({ type: 'integer', minimum: 0, maximum: MAX })
  @IsInt()
  @Min(0)
  @Max(MAX)
  max_public_storage_mb!: number;

  /** @example 100 */
  @ApiProperty({ type: 'integer', minimum: 0, maximum: MAX })
  @IsInt()
  @Min(0)
  @Max(MAX)
  max_dataset_num!: number;
}

/** A plan. `default` is that of users who were given none. */
export class PlanDto {
  /** @example default */
  name!: string;
  /** @example 100 */
  @ApiProperty({ type: 'integer' })
  max_private_storage_mb!: number;
  /** @example 100 */
  @ApiProperty({ type: 'integer' })
  max_public_storage_mb!: number;
  /** @example 100 */
  @ApiProperty({ type: 'integer' })
  max_dataset_num!: number;
}

/** Which part of the list of plans. */
export class PlansQueryDto {
  /**
   * How many at most.
   * @example 100
   */
  @ApiPropertyOptional({ type: 'integer' })
  @Type(() => Number)
  @IsInt({ message: 'limit must be a whole number from 1 to 1000' })
  @Min(1)
  @Max(1000)
  limit: number = 100;

  /**
   * The `next` of the page before.
   * @example default
   */
  @IsOptional()
  @Matches(PLAN_NAME, { message: 'after must be the name of a plan' })
  after?: string;
}

/** A page of plans, by name. */
export class PlanListDto {
  plans!: PlanDto[];
  /**
   * Give it as `after` for the next page; null on the last one.
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  next!: string | null;
}

/** The plan of a user. */
export class UserPlanDto {
  /**
   * The name of a plan; null gives him none of his own.
   * @example default
   */
  @ApiProperty({ type: String, nullable: true })
  @ValidateIf(({ plan }: UserPlanDto) => plan !== null)
  @Matches(PLAN_NAME, { message: 'plan must be the name of a plan, or null' })
  plan!: string | null;
}
