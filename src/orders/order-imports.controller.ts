import { Controller, Get, Param, Put, Query, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentActor } from '../platform/access/access.decorators.js';
import type { Actor } from '../platform/access/actor.js';
import { Messages } from '../platform/i18n/messages.js';
import {
  ImportStartedEnvelopeDto,
  ImportStatusEnvelopeDto,
  RejectedLinesEnvelopeDto,
} from './dto/order-import.dto.js';
import { OrderImportsService } from './order-imports.service.js';
import { ApiEnvelopeError, ApiNextPage, ApiUuid, OrdersRoute } from './orders-api.decorators.js';
import { envelope, ORDERS_PREFIX } from './orders-envelope.js';

/** Where orders are imported. */
export const IMPORT_PATH = `${ORDERS_PREFIX}/api/v1/orders/import`;
const TASK_ID = {
  description: 'Id of the import, the end of `Location`.',
  example: '0199f0de-5f5a-7cc4-8d3e-0123456789ab',
};

@ApiTags('Orders')
@Controller(IMPORT_PATH)
export class OrderImportsController {
  constructor(
    private readonly imports: OrderImportsService,
    private readonly messages: Messages,
  ) {}

  @Put()
  @OrdersRoute('orders.import')
  @ApiOperation({
    summary: 'Import a CSV file of orders',
    description:
      'The first line is `id|name|email|state|zipcode|birthday`, each further line an order, with a birthday such as `Feb 27, 1963`. ' +
      'Of several orders with one id the first is kept. A line that cannot be read is passed over and told of by the list of rejected lines.',
  })
  @ApiConsumes('multipart/form-data')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['csv_file'],
      properties: { csv_file: { type: 'string', format: 'binary', description: 'The file.' } },
    },
  })
  @ApiUuid()
  @ApiOkResponse({
    type: ImportStartedEnvelopeDto,
    description: 'The file has been taken; it is imported in the background.',
    headers: {
      Location: {
        description: 'Path that tells how far the import is.',
        schema: { type: 'string' },
        example: `${IMPORT_PATH}/status/${TASK_ID.example}`,
      },
    },
  })
  @ApiEnvelopeError(
    400,
    'No file, more than one, not in the field `csv_file`, or not as multipart/form-data.',
  )
  @ApiEnvelopeError(402, "The file's name has no allowed extension.")
  @ApiEnvelopeError(413, 'The file is larger than the limit, which the message names.')
  async start(
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ImportStartedEnvelopeDto> {
    const jobId = await this.imports.start(actor, request);
    void reply.header('Location', `${IMPORT_PATH}/status/${jobId}`);
    return envelope(
      request,
      [],
      this.messages.translate(this.messages.language(request), 'orders.import_starting_msg'),
    );
  }

  @Get('status/:taskId')
  @OrdersRoute('orders.read')
  @ApiOperation({ summary: 'How far an import is' })
  @ApiUuid()
  @ApiParam({ name: 'taskId', ...TASK_ID })
  @ApiOkResponse({ type: ImportStatusEnvelopeDto })
  @ApiEnvelopeError(404, 'There is no such import, or it is not yours.')
  async status(
    @CurrentActor() actor: Actor,
    @Param('taskId') taskId: string,
    @Req() request: FastifyRequest,
  ): Promise<ImportStatusEnvelopeDto> {
    return envelope(request, await this.imports.status(actor, taskId, this.messages.language(request)));
  }

  @Get('status')
  @OrdersRoute('orders.read')
  @ApiOperation({ summary: 'How far an import is, its id given as a parameter' })
  @ApiUuid()
  @ApiQuery({ name: 'task_id', type: String, ...TASK_ID })
  @ApiOkResponse({ type: ImportStatusEnvelopeDto })
  @ApiEnvelopeError(404, 'There is no such import, or it is not yours.')
  statusByQuery(
    @CurrentActor() actor: Actor,
    @Query('task_id') taskId: unknown,
    @Req() request: FastifyRequest,
  ): Promise<ImportStatusEnvelopeDto> {
    return this.status(actor, typeof taskId === 'string' ? taskId : '', request);
  }

  @Get(':taskId/errors')
  @OrdersRoute('orders.read')
  @ApiOperation({
    summary: 'The lines of a file that became no orders, and why',
    description:
      'In the order of the file. A line whose id was taken is a duplicate, and not among them. ' +
      'The first 100,000 of a file are kept, unless configured otherwise; the status counts all of them.',
  })
  @ApiParam({ name: 'taskId', ...TASK_ID })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 0, example: 50 },
    description:
      'How many at most; 0 or none: as many as one answer may hold (1000, unless configured otherwise).',
  })
  @ApiQuery({
    name: 'after',
    required: false,
    schema: { type: 'integer', minimum: 0 },
    description: 'Only lines after this one: the last line of the page before.',
  })
  @ApiUuid()
  @ApiOkResponse({ type: RejectedLinesEnvelopeDto, headers: ApiNextPage })
  @ApiEnvelopeError(400, 'A parameter is not valid; the message names each.')
  @ApiEnvelopeError(404, 'There is no such import, or it is not yours.')
  async errors(
    @CurrentActor() actor: Actor,
    @Param('taskId') taskId: string,
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RejectedLinesEnvelopeDto> {
    const language = this.messages.language(request);
    const { lines, next } = await this.imports.rejectedLines(actor, taskId, query, language);
    if (next !== undefined)
      void reply.header('Link', `<${IMPORT_PATH}/${taskId}/errors?${next}>; rel="next"`);
    return envelope(request, lines);
  }
}
