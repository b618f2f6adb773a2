import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Messages } from '../platform/i18n/messages.js';
import { OrderEnvelopeDto, OrderListEnvelopeDto } from './dto/order.dto.js';
import { ApiEnvelopeError, ApiUuid, OrdersRoute } from './orders-api.decorators.js';
import { envelope, ORDERS_PREFIX } from './orders-envelope.js';
import { isNoId, OrdersService } from './orders.service.js';

const LIST = `${ORDERS_PREFIX}/api/v1/orders`;

@ApiTags('Orders')
@Controller(LIST)
export class OrdersController {
  constructor(
    private readonly orders: OrdersService,
    private readonly messages: Messages,
  ) {}

  @Get()
  @OrdersRoute('orders.read')
  @ApiOperation({ summary: 'List orders, by id' })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 0 },
    example: 50,
    description:
      'How many at most; 0 or none: as many as one answer may hold (1000, unless configured otherwise).',
  })
  @ApiQuery({
    name: 'offset',
    required: false,
    schema: { type: 'integer', minimum: 0 },
    example: 0,
    description: 'How many to pass over. Slow when it is large: `after` is not.',
  })
  @ApiQuery({
    name: 'after',
    required: false,
    schema: { type: 'integer' },
    description: 'Only orders with a greater id: the last id of the page before.',
  })
  @ApiQuery({
    name: 'valid',
    required: false,
    schema: { type: 'boolean' },
    description: '`true`, `false`, `1` or `0`.',
  })
  @ApiQuery({
    name: 'state',
    required: false,
    schema: { type: 'string', pattern: '^[A-Za-z]{2}$' },
    example: 'NY',
    description: 'Only orders of this state, upper and lower case told apart.',
  })
  @ApiUuid()
  @ApiOkResponse({
    type: OrderListEnvelopeDto,
    headers: {
      Link: {
        description: 'The next page (`rel="next"`), where this one is full.',
        schema: { type: 'string' },
      },
    },
  })
  @ApiEnvelopeError(400, 'A parameter is not valid; the message names each.')
  async list(
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderListEnvelopeDto> {
    const { orders, next } = await this.orders.list(query);
    if (next !== undefined) void reply.header('Link', `<${LIST}?${next}>; rel="next"`);
    return envelope(request, orders);
  }

  @Get(':id')
  @OrdersRoute('orders.read')
  @ApiOperation({ summary: 'One order, with the rules that it breaks' })
  @ApiParam({
    name: 'id',
    schema: { type: 'integer' },
    example: 1,
    description: 'Id of the order. 0 lists the orders instead.',
  })
  @ApiUuid()
  @ApiOkResponse({ type: OrderEnvelopeDto })
  @ApiEnvelopeError(404, 'There is no such order.')
  async get(
    @Param('id') id: string,
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderEnvelopeDto | OrderListEnvelopeDto> {
    if (isNoId(id)) return this.list(query, request, reply);
    return envelope(request, await this.orders.get(id, () => this.messages.language(request)));
  }
}
