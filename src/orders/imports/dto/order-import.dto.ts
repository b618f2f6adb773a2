import { ApiProperty } from '@nestjs/swagger';
import { DUPLICATE_POLICIES, type DuplicatePolicy } from '../order-import-options.js';
import { JOB_STATUSES, type JobStatus } from '../../order-job-status.js';
import { OrdersEnvelopeDto } from '../../dto/envelope.dto.js';

/** The import has been accepted; `Location` tells how far it is. */
export class ImportStartedEnvelopeDto extends OrdersEnvelopeDto {
  /** Always empty. */
  @ApiProperty({ type: 'array', items: {}, example: [] })
  result!: never[];
}

/**
 * What became of the lines of a file. The lines that were read are the imported, the updated, the duplicate and the
 * rejected ones, and, until the end, those that wait for a new id. Of a dry run: what would become of them.
 */
export class ImportCountsDto {
  /**
   * Lines read so far.
   * @example 1250
   */
  read!: number;
  /**
   * Lines that became new orders.
   * @example 1200
   */
  imported!: number;
  /**
   * Of these, those that got a new id because theirs was taken.
   * @example 0
   */
  renumbered!: number;
  /**
   * Lines that replaced an order.
   * @example 0
   */
  updated!: number;
  /**
   * Lines that became orders, new or not, which break no rule.
   * @example 700
   */
  valid!: number;
  /**
   * Lines that became orders which break a rule.
   * @example 500
   */
  invalid!: number;
  /**
   * Lines passed over because their id was taken, by an order stored before or by a line above.
   * @example 40
   */
  duplicate!: number;
  /**
   * Lines that became no orders, and are told of.
   * @example 10
   */
  rejected!: number;
}

/** How far an import is. */
export class ImportStatusDto extends ImportCountsDto {
  @ApiProperty({ enum: JOB_STATUSES })
  status!: JobStatus;
  /**
   * Orders stored so far.
   * @example 1200
   */
  current!: number;
  /**
   * What there is to say of it, in English or Portuguese; why it failed, where it did.
   * @example 'csv file succesfully imported'
   */
  message!: string;
  /**
   * Why it failed, for programs; null unless it did. `ORDER_HEADER_INVALID`: say with `map` what the headings mean.
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  error_code!: string | null;
  /**
   * Lines of the file that hold data; null until the file has been read to its end.
   * @example 1250
   */
  @ApiProperty({ type: Number, nullable: true })
  total!: number | null;
  /**
   * How much of the file has been read, 0 to 100.
   * @example 100
   */
  percent!: number;
  /** @example orders.csv */
  file_name!: string;
  /** Whether nothing is stored. */
  dry_run!: boolean;
  /** What becomes of lines whose id is taken. */
  @ApiProperty({ enum: DUPLICATE_POLICIES })
  on_duplicate!: DuplicatePolicy;
}

/** An import there was. */
export class ImportHistoryItemDto extends ImportCountsDto {
  /**
   * The end of the address that `Location` named.
   * @example 0199f0de-5f5a-7cc4-8d3e-0123456789ab
   */
  task_id!: string;
  @ApiProperty({ enum: JOB_STATUSES })
  status!: JobStatus;
  /** @example orders.csv */
  file_name!: string;
  /**
   * Bytes of the file.
   * @example 81920
   */
  size!: number;
  /**
   * Of the file as it was sent.
   * @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
   */
  sha256!: string;
  /**
   * The user who sent it, by the immutable `userid`.
   * @example 5b1b1f5ea7d54a1c8d9a4c0a8a9a1b1c
   */
  owner!: string;
  /** @example 2026-01-31T12:00:00.000Z */
  created_at!: string;
  /** When all of it was imported; null until then. */
  @ApiProperty({ type: String, nullable: true, example: '2026-01-31T12:00:07.000Z' })
  ended_at!: string | null;
  dry_run!: boolean;
  @ApiProperty({ enum: DUPLICATE_POLICIES })
  on_duplicate!: DuplicatePolicy;
  /** Version of the rules that the orders are held against, 0 for the configuration; null before it has begun. */
  @ApiProperty({ type: Number, nullable: true, example: 0 })
  rules_version!: number | null;
}

export class ImportHistoryEnvelopeDto extends OrdersEnvelopeDto {
  result!: ImportHistoryItemDto[];
}

/** A line of the file that became no order, and why. */
export class RejectedLineDto {
  /**
   * Number of the line in the file; the header is line 1.
   * @example 17
   */
  line!: number;
  /** The column at fault; null where it is the line as a whole. */
  @ApiProperty({ type: String, nullable: true, example: 'birthday' })
  column!: string | null;
  /** What stands there, commas read as spaces, 200 characters at most; null where it cannot be shown. */
  @ApiProperty({ type: String, nullable: true, example: 'Feb 30  1980' })
  value!: string | null;
  /** @example BIRTHDAY_INVALID */
  code!: string;
  /**
   * In English or Portuguese, as `Accept-Language` asks.
   * @example 'the birthday is no date such as Feb 27, 1963'
   */
  message!: string;
}

export class RejectedLinesEnvelopeDto extends OrdersEnvelopeDto {
  result!: RejectedLineDto[];
}

export class ImportStatusEnvelopeDto extends OrdersEnvelopeDto {
  result!: ImportStatusDto;
}
