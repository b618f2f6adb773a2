import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentActor } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { Messages } from '../../platform/i18n/messages.js';
import {
  ChangeRulesDto,
  OrderRulesEnvelopeDto,
  RestoreRulesDto,
  RulesVersionsEnvelopeDto,
} from './dto/order-rules.dto.js';
import { OrderRulesViews } from './order-rules-views.js';
import { OrderRulesService } from './order-rules.service.js';
import {
  ApiEnvelopeError,
  ApiLimit,
  ApiNextPage,
  ApiUuid,
  OrdersIdempotent,
  OrdersRoute,
} from '../listing/orders-api.decorators.js';
import { envelope, ORDERS_PREFIX } from '../orders-envelope.js';

const RULES_PATH = `${ORDERS_PREFIX}/api/v1/rules`;
// Without a version: it would be in the way of who tries it twice.
const CHANGE_EXAMPLE = {
  parameters: { allowed_age: { age: 18 }, email_state: { endings: { NY: ['.net'], CA: ['.org'] } } },
  note: 'the law has changed',
};

@ApiTags('Orders')
@Controller(RULES_PATH)
export class OrderRulesController {
  constructor(
    private readonly rules: OrderRulesService,
    private readonly views: OrderRulesViews,
    private readonly messages: Messages,
  ) {}

  @Get()
  @OrdersRoute('orders.read')
  @ApiOperation({ summary: 'The rules that orders are held against now' })
  @ApiUuid()
  @ApiOkResponse({ type: OrderRulesEnvelopeDto })
  async current(
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
  ): Promise<OrderRulesEnvelopeDto> {
    return envelope(request, await this.views.current(actor, this.messages.language(request)));
  }

  @Put()
  @OrdersRoute('orders.rules')
  @ApiEnvelopeError(409, 'Another version holds than the `version` of the body.')
  @OrdersIdempotent()
  @ApiOperation({
    summary: 'Change the rules',
    description:
      'Makes the next version of the rules, which holds for all imports that begin afterwards. Orders that are there ' +
      'stay as they were judged: `POST /acme_orders/api/v1/orders/revalidate` judges them again. Where nothing ' +
      'changes there is no new version.',
  })
  @ApiUuid()
  @ApiBody({ type: ChangeRulesDto, examples: { change: { value: CHANGE_EXAMPLE } } })
  @ApiOkResponse({ type: OrderRulesEnvelopeDto, description: 'The rules that hold from now on.' })
  @ApiEnvelopeError(400, 'A field is not valid; the message says which, and why.')
  async change(
    @CurrentActor() actor: Actor,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<OrderRulesEnvelopeDto> {
    const language = this.messages.language(request);
    const version = await this.rules.change(actor, body, language);
    return envelope(request, await this.views.present(version, language));
  }

  @Get('versions')
  @OrdersRoute('orders.read')
  @ApiOperation({
    summary: 'The versions of the rules, newest first, each with what differs from the one before',
    description: 'The last one is 0, the configuration as it is now.',
  })
  @ApiLimit()
  @ApiQuery({
    name: 'after',
    required: false,
    schema: { type: 'integer', minimum: 0 },
    description: 'Only versions before this one: the last version of the page before.',
  })
  @ApiUuid()
  @ApiOkResponse({ type: RulesVersionsEnvelopeDto, headers: ApiNextPage })
  @ApiEnvelopeError(400, 'A parameter is not valid; the message names each.')
  async versions(
    @CurrentActor() actor: Actor,
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RulesVersionsEnvelopeDto> {
    const { versions, next } = await this.views.history(actor, query);
    if (next !== undefined) void reply.header('Link', `<${RULES_PATH}/versions?${next}>; rel="next"`);
    return envelope(request, versions);
  }

  @Post(':version/restore')
  @HttpCode(200)
  @OrdersRoute('orders.rules')
  @ApiEnvelopeError(409, 'Another version holds than the `version` of the body.')
  @OrdersIdempotent()
  @ApiOperation({
    summary: 'Go back to an old version of the rules',
    description: 'Makes a new version that holds what the old one held. Where nothing changes there is none.',
  })
  @ApiParam({
    name: 'version',
    schema: { type: 'integer', minimum: 0, example: 0 },
    description: 'The old version; 0 is the configuration as it is now.',
  })
  @ApiUuid()
  @ApiBody({
    type: RestoreRulesDto,
    required: false,
    examples: { restore: { value: { note: 'it was a mistake' } } },
  })
  @ApiOkResponse({ type: OrderRulesEnvelopeDto, description: 'The rules that hold from now on.' })
  @ApiEnvelopeError(400, 'A field is not valid; the message says which, and why.')
  @ApiEnvelopeError(404, 'There is no such version.')
  async restore(
    @CurrentActor() actor: Actor,
    @Param('version') old: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<OrderRulesEnvelopeDto> {
    const language = this.messages.language(request);
    const version = await this.rules.restore(actor, old, body, language);
    return envelope(request, await this.views.present(version, language));
  }
}
