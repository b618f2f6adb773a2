import type { Readable } from 'node:stream';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OrderExportService } from './order-export.service.js';
import { ApiEnvelopeError, ApiOrderSearch, ApiUuid, OrdersRoute } from './orders-api.decorators.js';
import { ORDERS_PATH } from '../orders-envelope.js';

@ApiTags('Orders')
@Controller(`${ORDERS_PATH}/export`)
export class OrderExportController {
  constructor(private readonly orders: OrderExportService) {}

  @Get()
  @OrdersRoute('orders.read')
  @ApiOperation({
    summary: 'Download orders as CSV, or as JSON line by line',
    description:
      'All orders that the filters leave, in the sort of the list; it has no pages. The columns are ' +
      '`id,name,email,state,zipcode,birthday,valid,errors`: birthdays as YYYY-MM-DD, errors as the names of the broken ' +
      'rules with spaces between. In CSV, a text that a spreadsheet would take for a formula has an apostrophe in front; ' +
      'JSON has texts as they are. A download that breaks off is not whole: its connection is cut.',
  })
  @ApiOrderSearch()
  @ApiQuery({
    name: 'format',
    required: false,
    schema: { type: 'string', enum: ['csv', 'json'], default: 'csv' },
    description: '`json` gives one order as JSON per line.',
  })
  @ApiUuid()
  @ApiOkResponse({
    description: 'The orders.',
    headers: {
      'Content-Disposition': {
        description: 'The name of the file.',
        schema: { type: 'string', example: 'attachment; filename="orders.csv"' },
      },
    },
    content: {
      'text/csv': {
        schema: { type: 'string' },
        example:
          'id,name,email,state,zipcode,birthday,valid,errors\r\n3,Ines Duarte,ines@example.com,NJ,07030,1981-03-21,false,allowed_state\r\n',
      },
      'application/x-ndjson': {
        schema: { type: 'string' },
        example:
          '{"id":3,"name":"Ines Duarte","email":"ines@example.com","state":"NJ","zipcode":"07030","birthday":"1981-03-21","valid":false,"errors":["allowed_state"]}\n',
      },
    },
  })
  @ApiEnvelopeError(400, 'A parameter is not valid; the message names each.')
  async export(
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable> {
    const { contentType, fileName, content } = await this.orders.export(query, request.method === 'HEAD');
    void reply.header('Content-Type', contentType);
    void reply.header('Content-Disposition', `attachment; filename="${fileName}"`);
    return content;
  }
}
