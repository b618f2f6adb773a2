import { ApiProperty } from '@nestjs/swagger';
import { OrdersEnvelopeDto } from '../../dto/envelope.dto.js';
import { OrderErrorDto } from '../../listing/dto/order.dto.js';

/** What may have happened to an order. */
export const EVENT_CAUSES = ['created', 'import', 'renumber', 'revalidation'] as const;

/** What an order held: only what an event changed. */
export class OrderFieldsDto {
  /** @example 9 */
  id?: number;
  /** @example 'Stone Dominguez' */
  name?: string;
  /** @example ligula.aliquam@example.com */
  email?: string;
  /** @example IA */
  state?: string;
  /** @example 05938 */
  zipcode?: string;
  /**
   * As YYYY-MM-DD.
   * @example 1963-02-27
   */
  birthday?: string;
  valid?: boolean;
  /** The rules that it broke. */
  errors?: OrderErrorDto[];
}

/** Something that happened to an order. */
export class OrderEventDto {
  /** Number of the change, greater than those of older changes; null where the order was created. */
  @ApiProperty({ type: Number, nullable: true, example: 17 })
  id!: number | null;
  /**
   * `created`: it was imported for the first time. `import`: a later file replaced it. `renumber`: its id was taken, so
   * that it got another one. `revalidation`: it was held against the rules once more.
   */
  @ApiProperty({ enum: EVENT_CAUSES })
  cause!: (typeof EVENT_CAUSES)[number];
  /**
   * When, as ISO 8601 in UTC.
   * @example 2026-11-23T10:00:00.000Z
   */
  at!: string;
  /** The userid of who asked for it; null where nobody did, or it is not known. */
  @ApiProperty({ type: String, nullable: true, example: '5f2b8c1e9d3a4f60' })
  actor!: string | null;
  /** Id of the task that did it. */
  @ApiProperty({ type: String, nullable: true, example: '0199f0de-5f5a-7cc4-8d3e-0123456789ab' })
  task_id!: string | null;
  /** Name of the file, where an import did it. */
  @ApiProperty({ type: String, nullable: true, example: 'orders.csv' })
  file_name!: string | null;
  /** What it held before of what was changed; null where there was no order before. */
  @ApiProperty({ type: OrderFieldsDto, nullable: true })
  before!: OrderFieldsDto | null;
  /** What it has held since; null where it was created. */
  @ApiProperty({ type: OrderFieldsDto, nullable: true })
  after!: OrderFieldsDto | null;
}

export class OrderHistoryEnvelopeDto extends OrdersEnvelopeDto {
  result!: OrderEventDto[];
}
