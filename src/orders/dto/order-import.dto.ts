import { ApiProperty } from '@nestjs/swagger';
import { OrdersEnvelopeDto } from './envelope.dto.js';

/** The states of an import, named as the original names them. */
export const IMPORT_STATUSES = ['PENDING', 'PROGRESS', 'SUCCESS', 'FAILURE'] as const;

/** The import has been accepted; `Location` tells how far it is. */
export class ImportStartedEnvelopeDto extends OrdersEnvelopeDto {
  /** Always empty. */
  @ApiProperty({ type: 'array', items: {}, example: [] })
  result!: never[];
}

/** How far an import is. The lines that were read are the imported, the duplicate and the rejected ones. */
export class ImportStatusDto {
  @ApiProperty({ enum: IMPORT_STATUSES })
  status!: (typeof IMPORT_STATUSES)[number];
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
  /**
   * Lines read so far.
   * @example 1250
   */
  read!: number;
  /**
   * Orders stored so far; the same as `current`.
   * @example 1200
   */
  imported!: number;
  /**
   * Stored orders that break no rule.
   * @example 700
   */
  valid!: number;
  /**
   * Stored orders that break a rule.
   * @example 500
   */
  invalid!: number;
  /**
   * Lines whose id was taken: by an order stored before, or by a line above. The first one is kept.
   * @example 40
   */
  duplicate!: number;
  /**
   * Lines that could not be read as an order.
   * @example 10
   */
  rejected!: number;
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
