import { Body, Controller, Delete, Get, HttpCode, Post, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, RequirePermission } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { Idempotent } from '../../platform/http/idempotent.decorator.js';
import { ApiId, IdParam } from '../id-param.js';
import { CreatedDto } from '../roles/dto/user-role.dto.js';
import { AclsService } from './acls.service.js';
import { AclDto, ChangeAclDto, NewAclDto } from './dto/acl.dto.js';

@ApiTags('Identity')
@ApiId('id', 'Number of the user.')
@Controller('api/v1.0/users/:id/acls')
export class UserAclsController {
  constructor(private readonly acls: AclsService) {}

  @Get()
  @RequirePermission('users.read')
  @ApiOperation({ summary: 'List the ACLs of a user; those of others need `acls.manage`' })
  @ApiOkResponse({ type: [AclDto] })
  @ApiProblem(404, 'There is no such user.')
  list(@CurrentActor() actor: Actor, @IdParam('id') id: number): Promise<AclDto[]> {
    return this.acls.list(actor, id);
  }

  @Post()
  @HttpCode(200)
  @Idempotent()
  @RequirePermission('acls.manage')
  @ApiOperation({ summary: 'Let a user run functions on machines' })
  @ApiOkResponse({ type: CreatedDto })
  @ApiProblem(400, '`minions` or `functions` is missing or no pattern, or the user has the same ACL already.')
  @ApiProblem(404, 'There is no such user.')
  @ApiProblem(409, 'The user has as many ACLs as there may be, or the Idempotency-Key is in use.')
  async create(
    @CurrentActor() actor: Actor,
    @IdParam('id') id: number,
    @Body() acl: NewAclDto,
  ): Promise<CreatedDto> {
    return { id: await this.acls.create(actor, id, acl) };
  }

  @Get(':acl')
  @RequirePermission('users.read')
  @ApiOperation({ summary: 'Show one ACL of a user' })
  @ApiId('acl', 'Number of the ACL.')
  @ApiOkResponse({ type: AclDto })
  @ApiProblem(404, 'The user has no such ACL.')
  get(@CurrentActor() actor: Actor, @IdParam('id') id: number, @IdParam('acl') acl: number): Promise<AclDto> {
    return this.acls.get(actor, id, acl);
  }

  @Put(':acl')
  @RequirePermission('acls.manage')
  @ApiOperation({ summary: 'Change an ACL of a user; what is not given stays' })
  @ApiId('acl', 'Number of the ACL.')
  @ApiOkResponse({ description: 'The ACL is as it was sent.' })
  @ApiProblem(400, '`minions` or `functions` is no pattern, or the user has the same ACL already.')
  @ApiProblem(404, 'The user has no such ACL.')
  change(
    @CurrentActor() actor: Actor,
    @IdParam('id') id: number,
    @IdParam('acl') acl: number,
    @Body() change: ChangeAclDto,
  ): Promise<void> {
    return this.acls.change(actor, id, acl, change);
  }

  @Delete(':acl')
  @HttpCode(200)
  @RequirePermission('acls.manage')
  @ApiOperation({ summary: 'Take an ACL away from a user' })
  @ApiId('acl', 'Number of the ACL.')
  @ApiOkResponse({ description: 'The user has the ACL no more.' })
  @ApiProblem(404, 'The user has no such ACL.')
  remove(
    @CurrentActor() actor: Actor,
    @IdParam('id') id: number,
    @IdParam('acl') acl: number,
  ): Promise<void> {
    return this.acls.remove(actor, id, acl);
  }
}
