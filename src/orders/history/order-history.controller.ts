import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentActor } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { Messages } from '../../platform/i18n/messages.js';
import { OrderHistoryEnvelopeDto } from './dto/order-history.dto.js';
import { OrderHistoryService } from './order-history.service.js';
import {
  ApiEnvelopeError,
  ApiLimit,
  ApiNextPage,
  ApiUuid,
  OrdersRoute,
} from '../listing/orders-api.decorators.js';
import { envelope, ORDERS_PATH } from '../orders-envelope.js';

@ApiTags('Orders')
@Controller(ORDERS_PATH)
export class OrderHistoryController {
  constructor(
    private readonly orders: OrderHistoryService,
    private readonly messages: Messages,
  ) {}

  @Get(':id/history')
  @OrdersRoute('orders.read')
  @ApiOperation({
    summary: 'What happened to an order, newest first',
    description: 'Its changes, and as the oldest event which file brought it, and who imported that.',
  })
  @ApiParam({ name: 'id', schema: { type: 'integer', example: 1 }, description: 'Id of the order.' })
  @ApiLimit()
  @ApiQuery({
    name: 'after',
    required: false,
    schema: { type: 'integer', minimum: 0 },
    description: 'Only changes older than this one: the last `id` of the page before.',
  })
  @ApiUuid()
  @ApiOkResponse({ type: OrderHistoryEnvelopeDto, headers: ApiNextPage })
  @ApiEnvelopeError(400, 'A parameter is not valid; the message names each.')
  @ApiEnvelopeError(404, 'There is no such order.')
  async history(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderHistoryEnvelopeDto> {
    const { events, next } = await this.orders.history(actor, id, query, this.messages.language(request));
    if (next !== undefined) void reply.header('Link', `<${ORDERS_PATH}/${id}/history?${next}>; rel="next"`);
    return envelope(request, events);
  }
}
