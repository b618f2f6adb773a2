import { Controller, Get, HttpCode, Param, Post, Query, Req, Res, StreamableFile } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentActor } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { Messages } from '../../platform/i18n/messages.js';
import {
  RevalidationChangesEnvelopeDto,
  RevalidationStartedEnvelopeDto,
  RevalidationStatusEnvelopeDto,
} from './dto/order-revalidation.dto.js';
import { OrderRevalidationsService } from './order-revalidations.service.js';
import {
  ApiEnvelopeError,
  ApiLimit,
  ApiNextPage,
  ApiUuid,
  OrdersIdempotent,
  OrdersRoute,
} from '../listing/orders-api.decorators.js';
import { envelope, ORDERS_PREFIX } from '../orders-envelope.js';
import { asksForCsv } from '../page-query.js';
import { RevalidationReport } from './revalidation-report.js';

const REVALIDATE_PATH = `${ORDERS_PREFIX}/api/v1/orders/revalidate`;
const JOB_ID = {
  name: 'jobId',
  description: 'Id of the re-validation, the end of `Location`.',
  example: '0199f0de-5f5a-7cc4-8d3e-0123456789ab',
};
const NOT_FOUND = 'There is no such re-validation, or it is not yours.';

@ApiTags('Orders')
@Controller(REVALIDATE_PATH)
export class OrderRevalidationsController {
  constructor(
    private readonly revalidations: OrderRevalidationsService,
    private readonly report: RevalidationReport,
    private readonly messages: Messages,
  ) {}

  @Post()
  @HttpCode(202)
  @OrdersRoute('orders.rules')
  @OrdersIdempotent()
  @ApiOperation({
    summary: 'Judge all orders again by the rules that hold now',
    description:
      'Ages are reckoned at the day on which it begins. Orders that were let through because of the order before them ' +
      'in their file stay valid.',
  })
  @ApiQuery({
    name: 'dry_run',
    required: false,
    schema: { type: 'boolean', example: true },
    description: '`true` or `1`: only tell what would change; no order does.',
  })
  @ApiUuid()
  @ApiAcceptedResponse({
    type: RevalidationStartedEnvelopeDto,
    headers: {
      Location: {
        description: 'Path that tells how far it is.',
        schema: { type: 'string' },
        example: `${REVALIDATE_PATH}/${JOB_ID.example}`,
      },
    },
  })
  @ApiEnvelopeError(400, '`dry_run` is neither true nor false.')
  async start(
    @CurrentActor() actor: Actor,
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RevalidationStartedEnvelopeDto> {
    const { jobId, dryRun } = await this.revalidations.start(actor, query, request.id);
    void reply.header('Location', `${REVALIDATE_PATH}/${jobId}`);
    const message = this.messages.translate(
      this.messages.language(request),
      'orders.revalidate_starting_msg',
    );
    return envelope(request, { job_id: jobId, dry_run: dryRun }, message, 202);
  }

  @Get(':jobId')
  @OrdersRoute('orders.read')
  @ApiOperation({ summary: 'How far a re-validation is, and what it has found' })
  @ApiParam(JOB_ID)
  @ApiUuid()
  @ApiOkResponse({ type: RevalidationStatusEnvelopeDto })
  @ApiEnvelopeError(404, NOT_FOUND)
  async status(
    @CurrentActor() actor: Actor,
    @Param('jobId') jobId: string,
    @Req() request: FastifyRequest,
  ): Promise<RevalidationStatusEnvelopeDto> {
    return envelope(request, await this.revalidations.status(actor, jobId, this.messages.language(request)));
  }

  @Get(':jobId/changes')
  @OrdersRoute('orders.read')
  @ApiOperation({
    summary: 'The orders that a re-validation changed, or would change, by id',
    description: 'What it was before and is after it, only as far as that differs.',
  })
  @ApiParam(JOB_ID)
  @ApiQuery({
    name: 'format',
    required: false,
    schema: { type: 'string', enum: ['json', 'csv'] },
    description: '`csv`: all changes in one file to download, `limit` and `after` do not count.',
  })
  @ApiLimit()
  @ApiQuery({
    name: 'after',
    required: false,
    schema: { type: 'integer', minimum: 0 },
    description: 'Only changes after this one: the `id` of the last change of the page before.',
  })
  @ApiUuid()
  @ApiExtraModels(RevalidationChangesEnvelopeDto)
  @ApiOkResponse({
    headers: ApiNextPage,
    content: {
      'application/json': { schema: { $ref: getSchemaPath(RevalidationChangesEnvelopeDto) } },
      'text/csv': { schema: { type: 'string' } },
    },
  })
  @ApiEnvelopeError(400, 'A parameter is not valid; the message names each.')
  @ApiEnvelopeError(404, NOT_FOUND)
  async changes(
    @CurrentActor() actor: Actor,
    @Param('jobId') jobId: string,
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RevalidationChangesEnvelopeDto | StreamableFile> {
    const language = this.messages.language(request);
    if (asksForCsv(query)) {
      return new StreamableFile(await this.report.csv(actor, jobId, language), {
        type: 'text/csv; charset=utf-8; header=present',
        disposition: `attachment; filename="revalidation-${jobId}.csv"`,
      });
    }
    const { changes, next } = await this.report.list(actor, jobId, query, language);
    if (next !== undefined)
      void reply.header('Link', `<${REVALIDATE_PATH}/${jobId}/changes?${next}>; rel="next"`);
    return envelope(request, changes);
  }
}
