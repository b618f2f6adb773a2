import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Matches, Max, Min } from 'class-validator';

/** Which part of the list of users. */
export class UsersQueryDto {
  /**
   * Most users that are answered.
   * @example 100
   */
  @ApiPropertyOptional({ type: 'integer' })
  @Type(() => Number)
  @IsInt({ message: 'limit must be a whole number from 1 to 1000' })
  @Min(1)
  @Max(1000)
  limit: number = 100;

  /**
   * Only users behind this one: `updated_at` and `nickname` of the last user seen, with a comma between.
   * @example 1471004649,ann
   */
  @IsOptional()
  @Matches(/^\d{1,10},[!-~\u00a0-\uffff]{1,128}$/, {
    message: 'after must be updated_at and nickname of a user, like 1471004649,ann',
  })
  after?: string;
}

/** Where to go from a user. */
export class UserLinksDto {
  /** @example /api/v1.0/users/1 */
  self!: string;
  /** @example /api/v1.0/tokens */
  tokens!: string;
  /** @example /api/v1.0/users/1/acls */
  acls!: string;
}

/** An account. Times are seconds since 1970. */
export class UserDto {
  /** @example 1 */
  @ApiProperty({ type: 'integer' })
  id!: number;
  /** @example 1471004649 */
  @ApiProperty({ type: 'integer' })
  created_at!: number;
  /** @example 1471004649 */
  @ApiProperty({ type: 'integer' })
  updated_at!: number;
  /** @example ann */
  nickname!: string;
  /**
   * To the minute.
   * @example 1471004700
   */
  @ApiProperty({ type: 'integer' })
  last_seen_at!: number;
  _links!: UserLinksDto;
}

/** Users, those that changed longest ago first. */
export class UserListDto {
  users!: UserDto[];
}
