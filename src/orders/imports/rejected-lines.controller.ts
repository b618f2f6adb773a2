import { Controller, Get, Param, Query, Req, Res, StreamableFile } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentActor } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { Messages } from '../../platform/i18n/messages.js';
import { RejectedLinesEnvelopeDto } from './dto/order-import.dto.js';
import {
  ApiEnvelopeError,
  ApiLimit,
  ApiNextPage,
  ApiNoImport,
  ApiTaskId,
  ApiUuid,
  OrdersRoute,
} from '../listing/orders-api.decorators.js';
import { envelope, IMPORT_PATH } from '../orders-envelope.js';
import { asksForCsv } from '../page-query.js';
import { RejectedLines } from './rejected-lines.js';

@ApiTags('Orders')
@Controller(IMPORT_PATH)
export class RejectedLinesController {
  constructor(
    private readonly rejected: RejectedLines,
    private readonly messages: Messages,
  ) {}

  @Get(':taskId/errors')
  @OrdersRoute('orders.read')
  @ApiOperation({
    summary: 'The lines of a file that became no orders, and why',
    description:
      'In the order of the file; page by page as JSON, or all of them as a CSV file to mend and to send again. ' +
      'The first 100,000 of a file are kept, unless configured otherwise; the status counts all of them.',
  })
  @ApiTaskId()
  @ApiLimit()
  @ApiQuery({
    name: 'after',
    required: false,
    schema: { type: 'integer', minimum: 0 },
    description: 'Only lines after this one: the last line of the page before.',
  })
  @ApiQuery({
    name: 'format',
    required: false,
    schema: { type: 'string', enum: ['json', 'csv'], default: 'json' },
    description:
      '`csv`: the lines with their values as they stand in the file, and what is wrong with each. Mend the values and import the file; what is in `rejected_rest` was too much on its line and must be put where it belongs.',
  })
  @ApiUuid()
  @ApiExtraModels(RejectedLinesEnvelopeDto)
  @ApiOkResponse({
    description: 'The lines.',
    headers: ApiNextPage,
    content: {
      'application/json': { schema: { $ref: getSchemaPath(RejectedLinesEnvelopeDto) } },
      'text/csv': { schema: { type: 'string' } },
    },
  })
  @ApiEnvelopeError(400, 'A parameter is not valid; the message names each.')
  @ApiNoImport()
  async errors(
    @CurrentActor() actor: Actor,
    @Param('taskId') taskId: string,
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RejectedLinesEnvelopeDto | StreamableFile> {
    const language = this.messages.language(request);
    if (asksForCsv(query)) {
      return new StreamableFile(await this.rejected.csv(actor, taskId, language), {
        type: 'text/csv; charset=utf-8; header=present',
        disposition: 'attachment; filename="orders-to-mend.csv"',
      });
    }
    const { lines, next } = await this.rejected.list(actor, taskId, query, language);
    if (next !== undefined)
      void reply.header('Link', `<${IMPORT_PATH}/${taskId}/errors?${next}>; rel="next"`);
    return envelope(request, lines);
  }
}
