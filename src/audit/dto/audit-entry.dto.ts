import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

/** The embedded database drops the connection over a parameter with NUL in it; PostgreSQL refuses it. */
const NO_NUL = /^[^\0]*$/;
const ENTRY_ID = /^[1-9]\d{0,17}$/;
const TIME = /^(19|2\d)\d\d-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;
const TIME_FORM = 'must be a day or a time with its offset, like 2026-11-23 or 2026-11-23T08:00:00Z';

/** Something that somebody did. */
export class AuditEntryDto {
  /** @example 1204 */
  @ApiProperty({ type: 'integer' })
  id!: number;
  /**
   * When; ISO 8601.
   * @example 2026-11-23T08:00:00.123Z
   */
  at!: string;
  /**
   * Who: a `userid`, `system` for the program and its operator, or `anonymous`.
   * @example 5f0a1c2b3d4e5f60718293a4b5c6d7e8
   */
  actor!: string;
  /**
   * What, as `noun.verb`.
   * @example role.grant
   */
  action!: string;
  /**
   * What it was done to, as `kind:id`.
   * @example user:7
   */
  subject!: string;
  /**
   * The request that it was done with, if any.
   * @example 0199f0de-5f5a-7cc4-8d3e-0123456789ab
   */
  @ApiProperty({ type: String, nullable: true })
  requestId!: string | null;
  /**
   * What else is known; depends on the action. `credential` is what the actor came with, where he came with one: its
   * kind, and its number or `jti`.
   * @example { "role": "admin", "credential": { "kind": "api-key", "id": "3" } }
   */
  @ApiProperty({ type: Object, nullable: true })
  details!: Record<string, unknown> | null;
}

/** A page of the audit log, newest first. */
export class AuditPageDto {
  entries!: AuditEntryDto[];
  /**
   * Give it as `before` for the next page; null on the last one.
   * @example 1155
   */
  @ApiProperty({ type: 'integer', nullable: true })
  next!: number | null;
}

/** Which entries to show. */
export class AuditQueryDto {
  /**
   * Only what this user did (`userid`).
   * @example 5f0a1c2b3d4e5f60718293a4b5c6d7e8
   */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  @Matches(NO_NUL, { message: 'actor must not hold a NUL character' })
  actor?: string;

  /**
   * Only this action, or with a star at the end all that begin so.
   * @example token.*
   */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  @Matches(/^[^\0*]+\*?$/, {
    message: 'action must be like role.grant or token.*, with a star only at its end',
  })
  action?: string;

  /**
   * Only what was done to this.
   * @example user:7
   */
  @IsOptional()
  @IsString()
  @MaxLength(300)
  @Matches(NO_NUL, { message: 'subject must not hold a NUL character' })
  subject?: string;

  /** Only what was done with the request of this id. */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  @Matches(NO_NUL, { message: 'request must not hold a NUL character' })
  request?: string;

  /**
   * Only from this day or time on.
   * @example 2026-11-23T08:00:00Z
   */
  @IsOptional()
  @Matches(TIME, { message: `from ${TIME_FORM}` })
  from?: string;

  /**
   * Only before this day or time.
   * @example 2026-11-24
   */
  @IsOptional()
  @Matches(TIME, { message: `to ${TIME_FORM}` })
  to?: string;

  /** Only entries older than the one of this id: the `next` of the page before. */
  @IsOptional()
  @Matches(ENTRY_ID, { message: 'before must be the id of an entry' })
  @ApiProperty({ type: 'integer', required: false })
  before?: string;

  /** Only entries newer than the one of this id, those next to it. */
  @IsOptional()
  @Matches(ENTRY_ID, { message: 'after must be the id of an entry' })
  @ApiProperty({ type: 'integer', required: false })
  after?: string;

  /** How many at most. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit: number = 100;
}
