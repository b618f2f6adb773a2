import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  type MessageEvent,
  Param,
  Post,
  Put,
  Query,
  Req,
  Res,
  Sse,
} from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { CurrentActor } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { Messages } from '../../platform/i18n/messages.js';
import {
  ImportHistoryEnvelopeDto,
  ImportStartedEnvelopeDto,
  ImportStatusEnvelopeDto,
} from './dto/order-import.dto.js';
import { ImportHistory } from './order-import-history.js';
import { ApiImportOptions } from './order-imports-api.decorators.js';
import { OrderImportsService } from './order-imports.service.js';
import { COLUMNS } from '../order-columns.js';
import {
  ApiEnvelopeError,
  ApiLimit,
  ApiNextPage,
  ApiNoImport,
  ApiTaskId,
  ApiUuid,
  OrdersRoute,
  TASK_ID,
} from '../listing/orders-api.decorators.js';
import { envelope, IMPORT_PATH } from '../orders-envelope.js';

@ApiTags('Orders')
@Controller(IMPORT_PATH)
export class OrderImportsController {
  constructor(
    private readonly imports: OrderImportsService,
    private readonly history: ImportHistory,
    private readonly messages: Messages,
  ) {}

  @Put()
  @OrdersRoute('orders.import')
  @ApiOperation({
    summary: 'Import a CSV file of orders',
    description:
      'The first line names the columns id, name, email, state, zipcode and birthday in any order, each further line is an order. ' +
      'Values stand between `|`, `,`, `;` or tabs; a birthday is such as `Feb 27, 1963` or `1963-02-27`. ' +
      'A line that cannot be read is passed over and told of by the list of rejected lines. ' +
      'A file that you have just sent is not imported again: the answer names the import there is.',
  })
  @ApiConsumes('multipart/form-data')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['csv_file'],
      properties: { csv_file: { type: 'string', format: 'binary', description: 'The file.' } },
    },
  })
  @ApiImportOptions()
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
      'Idempotent-Replayed': {
        description: '`true` where the file was not imported again; `Location` names the import there is.',
        schema: { type: 'string', enum: ['true'] },
      },
    },
  })
  @ApiEnvelopeError(
    400,
    'No file, more than one, not in the field `csv_file`, not as multipart/form-data, or a parameter is not valid.',
  )
  @ApiEnvelopeError(402, "The file's name has no allowed extension.")
  @ApiEnvelopeError(413, 'The file is larger than the limit, which the message names.')
  async start(
    @CurrentActor() actor: Actor,
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ImportStartedEnvelopeDto> {
    const { jobId, isKnown } = await this.imports.start(actor, request, query);
    void reply.header('Location', `${IMPORT_PATH}/status/${jobId}`);
    if (isKnown) void reply.header('Idempotent-Replayed', 'true'); // a message is for people only
    const message = isKnown ? 'orders.import_known_msg' : 'orders.import_starting_msg';
    return envelope(request, [], this.messages.translate(this.messages.language(request), message));
  }

  @Get()
  @OrdersRoute('orders.read')
  @ApiOperation({ summary: 'Your imports, newest first; all imports for administrators' })
  @ApiLimit()
  @ApiQuery({
    name: 'after',
    required: false,
    schema: { type: 'string', format: 'uuid' },
    description: 'Where the page before ended; `Link` holds it.',
  })
  @ApiUuid()
  @ApiOkResponse({ type: ImportHistoryEnvelopeDto, headers: ApiNextPage })
  @ApiEnvelopeError(400, 'A parameter is not valid; the message names each.')
  async list(
    @CurrentActor() actor: Actor,
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ImportHistoryEnvelopeDto> {
    const { imports, next } = await this.history.list(actor, query);
    if (next !== undefined) void reply.header('Link', `<${IMPORT_PATH}?${next}>; rel="next"`);
    return envelope(request, imports);
  }

  @Get('template')
  @OrdersRoute('orders.read')
  @Header('content-type', 'text/csv; charset=utf-8; header=present')
  @Header('content-disposition', 'attachment; filename="orders-template.csv"')
  @ApiOperation({ summary: 'An empty file to fill in: the header of a CSV file of orders' })
  @ApiProduces('text/csv')
  @ApiOkResponse({
    description: 'The file.',
    content: { 'text/csv': { schema: { type: 'string' } } },
  })
  template(): string {
    return `${COLUMNS.join(',')}\r\n`;
  }

  @Get('status/:taskId')
  @OrdersRoute('orders.read')
  @ApiOperation({ summary: 'How far an import is' })
  @ApiUuid()
  @ApiTaskId()
  @ApiOkResponse({ type: ImportStatusEnvelopeDto })
  @ApiNoImport()
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
  @ApiNoImport()
  statusByQuery(
    @CurrentActor() actor: Actor,
    @Query('task_id') taskId: unknown,
    @Req() request: FastifyRequest,
  ): Promise<ImportStatusEnvelopeDto> {
    return this.status(actor, typeof taskId === 'string' ? taskId : '', request);
  }

  @Sse(':taskId/events')
  @OrdersRoute('orders.read')
  @ApiOperation({
    summary: 'Follow an import by server-sent events: `progress` while it runs, `end` at last',
  })
  @ApiUuid()
  @ApiTaskId()
  @ApiProduces('text/event-stream')
  @ApiOkResponse({
    description: 'Each event holds the status as JSON.',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  @ApiNoImport()
  events(
    @CurrentActor() actor: Actor,
    @Param('taskId') taskId: string,
    @Req() request: FastifyRequest,
  ): Promise<Observable<MessageEvent>> {
    return this.imports.follow(actor, taskId, this.messages.language(request));
  }

  @Delete(':taskId')
  @OrdersRoute('orders.import')
  @ApiOperation({ summary: 'Cancel an import; the orders that it has stored stay' })
  @ApiUuid()
  @ApiTaskId()
  @ApiOkResponse({
    type: ImportStatusEnvelopeDto,
    description: 'It stops within a second; its status says when it has.',
  })
  @ApiNoImport()
  @ApiEnvelopeError(409, 'The import has ended already.')
  async cancel(
    @CurrentActor() actor: Actor,
    @Param('taskId') taskId: string,
    @Req() request: FastifyRequest,
  ): Promise<ImportStatusEnvelopeDto> {
    return envelope(request, await this.imports.cancel(actor, taskId, this.messages.language(request)));
  }

  @Post(':taskId/resume')
  @HttpCode(200)
  @OrdersRoute('orders.import')
  @ApiOperation({ summary: 'Go on with an import that was cancelled or failed, from where it stopped' })
  @ApiUuid()
  @ApiTaskId()
  @ApiOkResponse({ type: ImportStatusEnvelopeDto })
  @ApiNoImport()
  @ApiEnvelopeError(409, 'The import runs, waits or has succeeded.')
  async resume(
    @CurrentActor() actor: Actor,
    @Param('taskId') taskId: string,
    @Req() request: FastifyRequest,
  ): Promise<ImportStatusEnvelopeDto> {
    return envelope(request, await this.imports.resume(actor, taskId, this.messages.language(request)));
  }
}
