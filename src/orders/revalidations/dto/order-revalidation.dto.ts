import { ApiProperty } from '@nestjs/swagger';
import { OrdersEnvelopeDto } from '../../dto/envelope.dto.js';
import { OrderErrorDto } from '../../listing/dto/order.dto.js';
import { JOB_STATUSES, type JobStatus } from '../../order-job-status.js';

/** The re-validation has been accepted. */
export class RevalidationStartedDto {
  /** The end of `Location`. */
  @ApiProperty({ format: 'uuid', example: '0199f0de-5f5a-7cc4-8d3e-0123456789ab' })
  job_id!: string;
  /** Whether it only tells what would change. */
  dry_run!: boolean;
}

/** How far a re-validation is, and what it has found so far, in orders. */
export class RevalidationStatusDto {
  @ApiProperty({ enum: JOB_STATUSES })
  status!: JobStatus;
  /**
   * What there is to say of it, in English or Portuguese; why it failed, where it did.
   * @example '1250 orders checked, 17 changed'
   */
  message!: string;
  /** Whether it only tells what would change. */
  dry_run!: boolean;
  /** Version of the rules that it judges by; null until it has begun. */
  @ApiProperty({ type: 'integer', nullable: true, example: 3 })
  rules_version!: number | null;
  /**
   * How many of the orders have been looked at, 0 to 100.
   * @example 100
   */
  percent!: number;
  /** How many orders there were when it began; null until then. */
  @ApiProperty({ type: 'integer', nullable: true, example: 1250 })
  total!: number | null;
  /**
   * Orders looked at.
   * @example 1250
   */
  checked!: number;
  /**
   * Orders that changed, or would; the sum of the next three.
   * @example 17
   */
  changed!: number;
  /**
   * Orders that were invalid and are valid.
   * @example 9
   */
  now_valid!: number;
  /**
   * Orders that were valid and are invalid.
   * @example 5
   */
  now_invalid!: number;
  /**
   * Orders that are as valid as before, but break other rules or have their zipcode cleaned.
   * @example 3
   */
  other!: number;
  /**
   * Orders that were let through because of the order before them in their file. They stay valid: nobody knows their
   * neighbours any more.
   * @example 40
   */
  auto_valid!: number;
}

/** What an order was or is; only what differs. */
export class OrderStateDto {
  @ApiProperty({ required: false, example: true })
  valid?: boolean;
  @ApiProperty({ required: false, example: '05938' })
  zipcode?: string;
  /** The rules that it breaks. */
  @ApiProperty({ type: [OrderErrorDto], required: false })
  errors?: OrderErrorDto[];
}

/** A change of an order that a re-validation made, or would make. */
export class RevalidationChangeDto {
  /** Number of the change, to go on after. */
  @ApiProperty({ type: 'integer', example: 71 })
  id!: number;
  /** Id of the order. */
  @ApiProperty({ type: 'integer', example: 9 })
  order_id!: number;
  before!: OrderStateDto;
  after!: OrderStateDto;
}

export class RevalidationStartedEnvelopeDto extends OrdersEnvelopeDto {
  result!: RevalidationStartedDto;
}

export class RevalidationStatusEnvelopeDto extends OrdersEnvelopeDto {
  result!: RevalidationStatusDto;
}

export class RevalidationChangesEnvelopeDto extends OrdersEnvelopeDto {
  result!: RevalidationChangeDto[];
}
