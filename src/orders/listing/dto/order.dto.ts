import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { RULES } from '../../rules/order-rules.js';
import { OrdersEnvelopeDto } from '../../dto/envelope.dto.js';

/** An order in the list. */
export class OrderListItemDto {
  /** @example 9 */
  id!: number;
  /** Whether it breaks no rule, or is valid because the order before it in its file had the same state and zipcode. */
  valid!: boolean;
  /** @example 'Stone Dominguez' */
  name!: string;
}

/** A rule that an order breaks. */
export class OrderErrorDto {
  @ApiProperty({ enum: RULES })
  rule!: string;
  /**
   * In English or Portuguese, as `Accept-Language` asks.
   * @example 'Your zipcode sum is too large'
   */
  message!: string;
}

/** An order. */
export class OrderDto {
  /** @example 9 */
  id!: number;
  valid!: boolean;
  /** @example 'Stone Dominguez' */
  name!: string;
  /** @example ligula.aliquam@example.com */
  email!: string;
  /** @example IA */
  state!: string;
  /** @example 05938 */
  zipcode!: string;
  /** The rules that it breaks. */
  errors!: OrderErrorDto[];
  /** @example 'February 27, 1963' */
  birthday!: string;
}

@ApiExtraModels(OrderListItemDto, OrderDto)
export class OrderListEnvelopeDto extends OrdersEnvelopeDto {
  /** The orders; all fields of each with `fields=all`. */
  @ApiProperty({
    type: 'array',
    items: { anyOf: [OrderDto, OrderListItemDto].map((dto) => ({ $ref: getSchemaPath(dto) })) },
  })
  result!: (OrderListItemDto | OrderDto)[];
}

export class OrderEnvelopeDto extends OrdersEnvelopeDto {
  result!: OrderDto;
}
