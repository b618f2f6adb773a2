import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, IsUUID, Matches, Max, MaxLength, Min } from 'class-validator';
import { JOB_STATES, type JobState } from '../job-state.js';

/** How far a job is. */
export class JobProgressDto {
  /** @example 120000 */
  current!: number;
  /**
   * Null while nobody knows it.
   * @example 200000
   */
  @ApiProperty({ type: Number, nullable: true })
  total!: number | null;
  /** @example rows */
  @ApiProperty({ type: String, nullable: true })
  unit!: string | null;
  @ApiProperty({ type: String, nullable: true })
  message!: string | null;
}

/** Why a job failed. */
export class JobErrorDto {
  /** @example INTERNAL_ERROR */
  code!: string;
  /** @example internal */
  kind!: string;
  /** The HTTP status that its poller gets. */
  status!: number;
  message!: string;
}

/** Where to go on from a job. */
export class JobLinksDto {
  /** @example /api/v1.0/jobs/0199f0de-5f5a-7cc4-8d3e-0123456789ab */
  self!: string;
  /** Poll this: 202 until the job has ended, then its result. */
  status!: string;
  /** Server-sent events. */
  events!: string;
}

/** One piece of long work. Times are ISO 8601. */
export class JobDto {
  /** @example 0199f0de-5f5a-7cc4-8d3e-0123456789ab */
  id!: string;
  /** @example orders.import */
  kind!: string;
  @ApiProperty({ type: String, nullable: true })
  owner!: string | null;
  @ApiProperty({ enum: JOB_STATES, enumName: 'JobState' })
  state!: JobState;
  progress!: JobProgressDto;
  /** How often it was started. */
  attempts!: number;
  maxAttempts!: number;
  /** Whether its owner asked it to stop. */
  cancelRequested!: boolean;
  createdAt!: string;
  /** When it is, or was, due. */
  runAt!: string;
  @ApiProperty({ type: String, nullable: true })
  startedAt!: string | null;
  updatedAt!: string;
  @ApiProperty({ type: String, nullable: true })
  finishedAt!: string | null;
  @ApiProperty({ type: JobErrorDto, nullable: true })
  error!: JobErrorDto | null;
  /** What the job produced; depends on its kind. */
  @ApiProperty({ type: Object, nullable: true })
  result!: unknown;
  @ApiProperty({ type: String, nullable: true })
  requestId!: string | null;
  _links!: JobLinksDto;
}

/** A page of jobs, newest first. */
export class JobPageDto {
  jobs!: JobDto[];
  /** Give it as `after` for the next page; null on the last one. */
  @ApiProperty({ type: String, nullable: true })
  next!: string | null;
}

/** The embedded database drops the connection over a parameter with NUL in it; PostgreSQL refuses it. */
const NO_NUL = /^[^\0]*$/;

/** Which jobs to list. */
export class JobListQueryDto {
  /** Only jobs in this state. */
  @IsOptional()
  @IsIn(JOB_STATES)
  @ApiProperty({ enum: JOB_STATES, enumName: 'JobState', required: false })
  state?: JobState;

  /**
   * Only jobs of this kind.
   * @example orders.import
   */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  @Matches(NO_NUL, { message: 'kind must not hold a NUL character' })
  kind?: string;

  /** Only jobs of this user (`userid`); for callers with `jobs.all`. */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  @Matches(NO_NUL, { message: 'owner must not hold a NUL character' })
  owner?: string;

  /** How many at most. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit: number = 50;

  /** The `next` of the page before. */
  @IsOptional()
  @IsUUID()
  after?: string;
}
