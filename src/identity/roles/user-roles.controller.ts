import { Body, Controller, Delete, Get, HttpCode, Post, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, RequirePermission } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { Idempotent } from '../../platform/http/idempotent.decorator.js';
import { ApiId, IdParam } from '../id-param.js';
import { ChangeUserRoleDto, CreatedDto, NewUserRoleDto, UserRoleDto } from './dto/user-role.dto.js';
import { RolesService } from './roles.service.js';

@ApiTags('Identity')
@ApiId('id', 'Number of the user.')
@Controller('api/v1.0/users/:id/roles')
export class UserRolesController {
  constructor(private readonly roles: RolesService) {}

  @Get()
  @RequirePermission('users.read')
  @ApiOperation({ summary: 'List the roles of a user; those of others need `roles.manage`' })
  @ApiOkResponse({ type: [UserRoleDto] })
  @ApiProblem(404, 'There is no such user.')
  list(@CurrentActor() actor: Actor, @IdParam('id') id: number): Promise<UserRoleDto[]> {
    return this.roles.list(actor, id);
  }

  @Post()
  @HttpCode(200)
  @Idempotent()
  @RequirePermission('roles.manage')
  @ApiOperation({
    summary: 'Grant a role to a user',
    description:
      'Nobody grants what he may not do himself. Who may everything also grants roles that are not defined yet.',
  })
  @ApiOkResponse({ type: CreatedDto })
  @ApiProblem(400, '`name` is missing or not valid, or the user holds the role already.')
  @ApiProblem(404, 'There is no such user.')
  async grant(
    @CurrentActor() actor: Actor,
    @IdParam('id') id: number,
    @Body() { name }: NewUserRoleDto,
  ): Promise<CreatedDto> {
    return { id: await this.roles.grant(actor, id, name) };
  }

  @Get(':role')
  @RequirePermission('users.read')
  @ApiOperation({ summary: 'Show one role of a user' })
  @ApiId('role', 'Number of the granted role.')
  @ApiOkResponse({ type: UserRoleDto })
  @ApiProblem(404, 'The user holds no such role.')
  get(
    @CurrentActor() actor: Actor,
    @IdParam('id') id: number,
    @IdParam('role') role: number,
  ): Promise<UserRoleDto> {
    return this.roles.get(actor, id, role);
  }

  @Put(':role')
  @RequirePermission('roles.manage')
  @ApiOperation({
    summary: 'Have a user hold another role instead of this one; what is not given stays',
    description: 'For who may take away the one and grant the other. The number stays.',
  })
  @ApiId('role', 'Number of the granted role.')
  @ApiOkResponse({ description: 'The user holds the role that was sent.' })
  @ApiProblem(400, '`name` is not valid, or the user holds that role already.')
  @ApiProblem(404, 'The user holds no such role.')
  @ApiProblem(409, 'It is the role `admin` of the last administrator.')
  change(
    @CurrentActor() actor: Actor,
    @IdParam('id') id: number,
    @IdParam('role') role: number,
    @Body() change: ChangeUserRoleDto,
  ): Promise<void> {
    return this.roles.change(actor, id, role, change);
  }

  @Delete(':role')
  @HttpCode(200)
  @RequirePermission('roles.manage')
  @ApiOperation({ summary: 'Take a role away from a user' })
  @ApiId('role', 'Number of the granted role.')
  @ApiOkResponse({ description: 'The user holds the role no more.' })
  @ApiProblem(404, 'The user holds no such role.')
  revoke(
    @CurrentActor() actor: Actor,
    @IdParam('id') id: number,
    @IdParam('role') role: number,
  ): Promise<void> {
    return this.roles.revoke(actor, id, role);
  }
}
