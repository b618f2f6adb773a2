import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { SCOPE, SCOPES_MAX, TITLE, TITLE_MESSAGE } from '../../roles/scopes.js';

/** An API key to make; at most one of the two that say when it ends. */
export class NewApiKeyDto {
  /**
   * What it is for; each key of a user has another name.
   * @example 'nightly import'
   */
  @Matches(TITLE, { message: `name ${TITLE_MESSAGE}` })
  name!: string;

  /**
   * Permissions that its user holds himself; `*` stands for all of them, now and later.
   * @example ["orders.read", "orders.import"]
   */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(SCOPES_MAX)
  @Matches(SCOPE, { each: true, message: 'scopes must be permissions, or *' })
  scopes!: string[];

  /** When it ends, in seconds since 1970. */
  @ApiPropertyOptional({ type: 'integer' })
  @IsOptional()
  @IsInt({ message: 'expires_at must be a whole number of seconds since 1970' })
  @Min(0)
  @Max(99_999_999_999)
  expires_at?: number;

  /** Instead of `expires_at`: how many days it is good. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, default: 90, example: 30 })
  @IsOptional()
  @IsInt({ message: 'expires_in_days must be a whole number of days' })
  @Min(1)
  @Max(36_500)
  expires_in_days?: number;
}

/** Where to go from an API key. */
export class ApiKeyLinksDto {
  /** @example /api/v1.0/users/1/api-keys/1 */
  self!: string;
  /** @example /api/v1.0/users/1 */
  user!: string;
}

/** An API key, without the key itself. Times are seconds since 1970. */
export class ApiKeyDto {
  /** @example 1 */
  @ApiProperty({ type: 'integer' })
  id!: number;
  /** @example 'nightly import' */
  name!: string;
  /**
   * How the key begins.
   * @example sbx_0a1B2c3D
   */
  prefix!: string;
  /** @example ["orders.read", "orders.import"] */
  scopes!: string[];
  /** @example 1471004649 */
  @ApiProperty({ type: 'integer' })
  created_at!: number;
  /** @example 4102444800 */
  @ApiProperty({ type: 'integer' })
  expires_at!: number;
  /**
   * To the minute; null: never.
   * @example 1471004700
   */
  @ApiProperty({ type: 'integer', nullable: true })
  last_used_at!: number | null;
  /** @example 1 */
  @ApiProperty({ type: 'integer' })
  user_id!: number;
  _links!: ApiKeyLinksDto;
}

/** A new API key. */
export class NewApiKeyAnswerDto extends ApiKeyDto {
  /**
   * The key. It is shown only this once.
   * @example sbx_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0uA
   */
  key!: string;
}
