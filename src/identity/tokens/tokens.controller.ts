import { Body, Controller, Delete, Header, HttpCode, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, Public, RequirePermission } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import {
  ExpirationQueryDto,
  RefreshedTokenDto,
  RefreshTokenDto,
  TokenDto,
  TokenQueryDto,
} from './dto/token.dto.js';
import { RefreshTokensService } from './refresh-tokens.service.js';
import { TokensService } from './tokens.service.js';

@ApiTags('Identity')
@Controller('api/v1.0/tokens')
export class TokensController {
  constructor(
    private readonly tokens: TokensService,
    private readonly refreshTokens: RefreshTokensService,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @RequirePermission('tokens.manage')
  @ApiOperation({ summary: 'Get a token for a nickname and password, sent as Basic' })
  @ApiOkResponse({ type: TokenDto })
  @ApiProblem(400, 'The expiration is not a whole number of seconds within the limit.')
  @ApiProblem(429, 'Too many failed sign-ins; `Retry-After` says how long to wait.')
  @ApiProblem(503, 'Too many passwords are being checked at the moment.')
  async create(
    @CurrentActor() actor: Actor,
    @Query() { expiration, refresh }: TokenQueryDto,
  ): Promise<TokenDto> {
    return refresh === 'true'
      ? this.refreshTokens.issue(actor, Number(expiration))
      : { token: await this.tokens.issue(actor, Number(expiration)) };
  }

  @Post('refresh')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Public()
  @ApiOperation({
    summary: 'Get a new token and a new refresh token for a refresh token, which ends with it',
  })
  @ApiOkResponse({ type: RefreshedTokenDto })
  @ApiProblem(400, '`refresh_token` is missing, or the expiration is not valid.')
  @ApiProblem(401, 'The refresh token is not valid, has expired, or was used before.')
  refresh(
    @Body() { refresh_token }: RefreshTokenDto,
    @Query() { expiration }: ExpirationQueryDto,
  ): Promise<RefreshedTokenDto> {
    return this.refreshTokens.refresh(refresh_token, Number(expiration));
  }

  @Delete()
  @HttpCode(204)
  @RequirePermission('tokens.manage')
  @ApiOperation({
    summary: 'Give back the token that the request carries; it and its refresh token are refused from now on',
  })
  @ApiNoContentResponse({ description: 'The token is not valid any more.' })
  revoke(@CurrentActor() actor: Actor): Promise<void> {
    return this.tokens.revoke(actor);
  }
}
