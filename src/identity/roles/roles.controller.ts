import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentActor, RequirePermission } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { Idempotent } from '../../platform/http/idempotent.decorator.js';
import {
  ChangeRoleDto,
  NewRoleDto,
  PermissionListDto,
  RoleDto,
  RoleListDto,
  RolesQueryDto,
} from './dto/role.dto.js';
import { RoleDefinitionsService } from './role-definitions.service.js';

const ApiRoleName = () => ApiParam({ name: 'name', description: 'Name of the role.', example: 'importer' });

@ApiTags('Identity')
@Controller('api/v1.0')
export class RolesController {
  constructor(private readonly roles: RoleDefinitionsService) {}

  @Get('permissions')
  @RequirePermission('permissions.read')
  @ApiOperation({ summary: 'List the permissions that roles and keys are made of' })
  @ApiOkResponse({ type: PermissionListDto })
  permissions(@CurrentActor() actor: Actor): PermissionListDto {
    return this.roles.permissions(actor);
  }

  @Get('roles')
  @RequirePermission('roles.manage')
  @ApiOperation({ summary: 'List the roles that are defined, by name' })
  @ApiOkResponse({ type: RoleListDto })
  @ApiProblem(400, '`limit` or `after` is not valid.')
  list(@CurrentActor() actor: Actor, @Query() query: RolesQueryDto): Promise<RoleListDto> {
    return this.roles.list(actor, query);
  }

  @Post('roles')
  @Idempotent()
  @RequirePermission('roles.manage')
  @ApiOperation({
    summary: 'Define a role',
    description:
      'Nobody defines a role that may more than he himself. Users who hold a role of this name get it.',
  })
  @ApiCreatedResponse({ type: RoleDto })
  @ApiProblem(400, 'A field is missing or not valid, or there is no such permission.')
  @ApiProblem(409, 'There is a role of this name already, or the Idempotency-Key is in use.')
  create(@CurrentActor() actor: Actor, @Body() role: NewRoleDto): Promise<RoleDto> {
    return this.roles.create(actor, role);
  }

  @Get('roles/:name')
  @RequirePermission('roles.manage')
  @ApiOperation({ summary: 'Show a role' })
  @ApiRoleName()
  @ApiOkResponse({ type: RoleDto })
  @ApiProblem(404, 'There is no such role.')
  get(@CurrentActor() actor: Actor, @Param('name') name: string): Promise<RoleDto> {
    return this.roles.get(actor, name);
  }

  @Put('roles/:name')
  @RequirePermission('roles.manage')
  @ApiOperation({
    summary: 'Change a role; what is not given stays',
    description:
      'Holds at once for everybody who has the role. Nobody changes a role that may more than he himself, before or after.',
  })
  @ApiRoleName()
  @ApiOkResponse({ type: RoleDto })
  @ApiProblem(400, 'A field is not valid, or there is no such permission.')
  @ApiProblem(404, 'There is no such role.')
  @ApiProblem(409, 'The role is part of the program.')
  change(
    @CurrentActor() actor: Actor,
    @Param('name') name: string,
    @Body() change: ChangeRoleDto,
  ): Promise<RoleDto> {
    return this.roles.change(actor, name, change);
  }

  @Delete('roles/:name')
  @HttpCode(204)
  @RequirePermission('roles.manage')
  @ApiOperation({ summary: 'Delete a role, and take it away from everybody who holds it' })
  @ApiRoleName()
  @ApiNoContentResponse({ description: 'The role is no more.' })
  @ApiProblem(404, 'There is no such role.')
  @ApiProblem(409, 'The role is part of the program.')
  remove(@CurrentActor() actor: Actor, @Param('name') name: string): Promise<void> {
    return this.roles.remove(actor, name);
  }
}
