import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, RequirePermission } from '../platform/access/access.decorators.js';
import type { Actor } from '../platform/access/actor.js';
import { ApiProblem } from '../platform/http/api-problem.decorator.js';
import { UserDto, UserListDto, UsersQueryDto } from './dto/user.dto.js';
import { ApiId, IdParam } from './id-param.js';
import { UserDirectory } from './user-directory.js';

@ApiTags('Identity')
@Controller('api/v1.0/users')
export class UsersController {
  constructor(private readonly directory: UserDirectory) {}

  @Get()
  @RequirePermission('users.read')
  @ApiOperation({ summary: 'List the users, those that changed longest ago first' })
  @ApiOkResponse({ type: UserListDto })
  @ApiProblem(400, '`limit` or `after` is not valid.')
  list(@CurrentActor() actor: Actor, @Query() query: UsersQueryDto): Promise<UserListDto> {
    return this.directory.list(actor, query);
  }

  @Get(':id')
  @RequirePermission('users.read')
  @ApiOperation({ summary: 'Show a user' })
  @ApiId('id', 'Number of the user.')
  @ApiOkResponse({ type: UserDto })
  @ApiProblem(404, 'There is no such user.')
  get(@CurrentActor() actor: Actor, @IdParam('id') id: number): Promise<UserDto> {
    return this.directory.get(actor, id);
  }
}
