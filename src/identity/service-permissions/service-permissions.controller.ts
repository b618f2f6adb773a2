import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import {
  ApiBody,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentActor, RequirePermission } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import {
  ServicePermissionDto,
  ServicePermissionListDto,
  ServicePermissionsQueryDto,
} from './dto/service-permission.dto.js';
import { ServicePermissionsService } from './service-permissions.service.js';

const ApiUserid = () =>
  ApiParam({ name: 'userid', description: 'A userid; `*` for everybody.', example: '*' });
const ApiService = () =>
  ApiParam({ name: 'service', description: 'Name of the service.', example: 'os.datastore' });

@ApiTags('Service permissions')
@Controller('api/v1.0/service-permissions')
export class ServicePermissionsController {
  constructor(private readonly permissions: ServicePermissionsService) {}

  @Get()
  @RequirePermission('permissions.read')
  @ApiOperation({
    summary: 'List what services let users do; for others than oneself this needs `permissions.manage`',
  })
  @ApiOkResponse({ type: ServicePermissionListDto })
  @ApiProblem(400, 'A filter, `limit` or `after` is not valid.')
  list(
    @CurrentActor() actor: Actor,
    @Query() query: ServicePermissionsQueryDto,
  ): Promise<ServicePermissionListDto> {
    return this.permissions.list(actor, query);
  }

  @Get(':userid/:service')
  @RequirePermission('permissions.read')
  @ApiOperation({ summary: 'Show what a service lets a user do' })
  @ApiUserid()
  @ApiService()
  @ApiOkResponse({ type: ServicePermissionDto })
  @ApiProblem(404, 'There are no permissions of this user for this service.')
  get(
    @CurrentActor() actor: Actor,
    @Param('userid') userid: string,
    @Param('service') service: string,
  ): Promise<ServicePermissionDto> {
    return this.permissions.get(actor, userid, service);
  }

  @Put(':userid/:service')
  @RequirePermission('permissions.manage')
  @ApiOperation({ summary: 'Set what a service lets a user do' })
  @ApiUserid()
  @ApiService()
  @ApiBody({
    description: 'Names with values, 4096 bytes at most.',
    schema: { type: 'object', additionalProperties: true, example: { 'datapackage-upload': true } },
  })
  @ApiOkResponse({ type: ServicePermissionDto })
  @ApiProblem(400, 'The body is no JSON object, or too large, or the name of the service is not valid.')
  @ApiProblem(404, 'There is no such user.')
  put(
    @CurrentActor() actor: Actor,
    @Param('userid') userid: string,
    @Param('service') service: string,
    @Body() permissions: unknown,
  ): Promise<ServicePermissionDto> {
    return this.permissions.put(actor, userid, service, permissions);
  }

  @Delete(':userid/:service')
  @HttpCode(204)
  @RequirePermission('permissions.manage')
  @ApiOperation({ summary: 'Remove what a service lets a user do' })
  @ApiUserid()
  @ApiService()
  @ApiNoContentResponse({ description: 'What everybody has, and his plan, still count for the user.' })
  @ApiProblem(404, 'There are no permissions of this user for this service.')
  remove(
    @CurrentActor() actor: Actor,
    @Param('userid') userid: string,
    @Param('service') service: string,
  ): Promise<void> {
    return this.permissions.remove(actor, userid, service);
  }
}
