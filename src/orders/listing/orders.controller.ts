import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Messages } from '../../platform/i18n/messages.js';
import { OrderEnvelopeDto, OrderListEnvelopeDto } from './dto/order.dto.js';
import {
  ApiEnvelopeError,
  ApiNextPage,
  ApiOrderQuery,
  ApiUuid,
  OrdersRoute,
} from './orders-api.decorators.js';
import { envelope, ORDERS_PATH } from '../orders-envelope.js';
import { isNoId, OrdersService } from './orders.service.js';

@ApiTags('Orders')
@Controller(ORDERS_PATH)
export class OrdersController {
  constructor(
    private readonly orders: OrdersService,
    private readonly messages: Messages,
  ) {}

  @Get()
  @OrdersRoute('orders.read')
  @ApiOperation({
    summary: 'List orders, by id or as sorted',
    description:
      'Filters hold all at once, and those that are not known are ignored. While there may be more orders, `Link` names ' +
      'the next page; orders that are alike in what is sorted by come by id.',
  })
  @ApiOrderQuery()
  @ApiOkResponse({ type: OrderListEnvelopeDto, headers: ApiNextPage })
  @ApiEnvelopeError(400, 'A parameter is not valid; the message names each.')
  async list(
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderListEnvelopeDto> {
    const { orders, next } = await this.orders.list(query, () => this.messages.language(request));
    if (next !== undefined) void reply.header('Link', `<${ORDERS_PATH}?${next}>; rel="next"`);
    return envelope(request, orders);
  }

  @Get(':id')
  @OrdersRoute('orders.read')
  @ApiOperation({ summary: 'One order, with the rules that it breaks' })
  @ApiUuid()
  @ApiParam({
    name: 'id',
    schema: { type: 'integer', example: 1 },
    description: 'Id of the order. 0 lists the orders instead, with the parameters of the list.',
  })
  @ApiExtraModels(OrderEnvelopeDto, OrderListEnvelopeDto)
  @ApiOkResponse({
    schema: { anyOf: [OrderEnvelopeDto, OrderListEnvelopeDto].map((dto) => ({ $ref: getSchemaPath(dto) })) },
  })
  @ApiEnvelopeError(400, 'The id is 0 and a parameter of the list is not valid.')
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
