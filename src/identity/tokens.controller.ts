import { Controller, Delete, Header, HttpCode, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, RequirePermission } from '../platform/access/access.decorators.js';
import type { Actor } from '../platform/access/actor.js';
import { ApiProblem } from '../platform/http/api-problem.decorator.js';
import { TokenDto, TokenQueryDto } from './dto/token.dto.js';
import { TokensService } from './tokens.service.js';

@ApiTags('Identity')
@Controller('api/v1.0/tokens')
export class TokensController {
  constructor(private readonly tokens: TokensService) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @RequirePermission('tokens.manage')
  @ApiOperation({ summary: 'Get a token for a nickname and password, sent as Basic' })
  @ApiOkResponse({ type: TokenDto })
  @ApiProblem(400, 'The expiration is not a whole number of seconds within the limit.')
  @ApiProblem(429, 'Too many failed sign-ins; `Retry-After` says how long to wait.')
  @ApiProblem(503, 'Too many passwords are being checked at the moment.')
  async create(@CurrentActor() actor: Actor, @Query() { expiration }: TokenQueryDto): Promise<TokenDto> {
    return { token: await this.tokens.issue(actor, Number(expiration)) };
  }

  @Delete()
  @HttpCode(204)
  @RequirePermission('tokens.manage')
  @ApiOperation({ summary: 'Give back the token that the request carries; it is refused from now on' })
  @ApiNoContentResponse({ description: 'The token is not valid any more.' })
  revoke(@CurrentActor() actor: Actor): Promise<void> {
    return this.tokens.revoke(actor);
  }
}
