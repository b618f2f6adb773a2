import { Controller, Get, Header, Query, Req } from '@nestjs/common';
import {
  ApiExcludeEndpoint,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../platform/access/access.decorators.js';
import { AuthorizationService } from './authorization.service.js';
import { AuthorizationDto } from './dto/authorization.dto.js';

@ApiTags('Permission tokens')
@Controller()
export class AuthorizationController {
  constructor(private readonly authorization: AuthorizationService) {}

  @Get('user/authorize')
  @Public()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Get a permission token for a service, for the user behind a token or a password',
  })
  @ApiQuery({
    name: 'service',
    description: 'The service.',
    schema: { type: 'string' },
    example: 'os.datastore',
  })
  @ApiQuery({
    name: 'jwt',
    required: false,
    description: 'A user token; the headers `Auth-Token` and `Authorization` do as well.',
    schema: { type: 'string' },
  })
  @ApiHeader({
    name: 'Auth-Token',
    required: false,
    description: 'A user token.',
    schema: { type: 'string' },
  })
  @ApiOkResponse({ type: AuthorizationDto })
  authorize(@Req() request: FastifyRequest, @Query('service') service: unknown): Promise<AuthorizationDto> {
    return this.authorization.authorize(request, service);
  }

  @Get(['auth/authorize', 'permit/check'])
  @Public()
  @Header('Cache-Control', 'no-store')
  @ApiExcludeEndpoint()
  authorizeByOtherNames(
    @Req() request: FastifyRequest,
    @Query('service') service: unknown,
  ): Promise<AuthorizationDto> {
    return this.authorization.authorize(request, service);
  }
}
