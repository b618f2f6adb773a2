import { Body, Controller, Delete, Get, Header, HttpCode, Ip, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { CurrentActor, RequirePermission } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { ApiId, IdParam } from '../id-param.js';
import { NewPasswordDto, PasswordChangeDto } from '../passwords/dto/password.dto.js';
import { PasswordChangesService } from '../passwords/password-changes.service.js';
import { ChangeUserDto, CreatedUserDto, ManagedUserDto, NewUserDto } from './dto/managed-user.dto.js';
import { UserDto, UserListDto, UsersQueryDto } from './dto/user.dto.js';
import { UserAdministration } from './user-administration.service.js';
import { UserDirectory } from './user-directory.js';
import { UsersService } from './users.service.js';

@ApiTags('Identity')
@Controller('api/v1.0/users')
export class UsersController {
  constructor(
    private readonly directory: UserDirectory,
    private readonly administration: UserAdministration,
    private readonly users: UsersService,
    private readonly passwords: PasswordChangesService,
  ) {}

  @Get()
  @RequirePermission('users.read')
  @ApiOperation({ summary: 'List the users, those that changed longest ago first' })
  @ApiOkResponse({ type: UserListDto })
  @ApiProblem(400, '`limit` or `after` is not valid.')
  list(@CurrentActor() actor: Actor, @Query() query: UsersQueryDto): Promise<UserListDto> {
    return this.directory.list(actor, query);
  }

  @Post()
  @Header('Cache-Control', 'no-store')
  @RequirePermission('users.manage')
  @ApiOperation({
    summary: 'Make a user; the answer shows his password once, where it was made up',
    description: 'Nobody makes a user who may more than the credential of the request allows.',
  })
  @ApiCreatedResponse({ type: CreatedUserDto })
  @ApiProblem(400, 'A field is missing or not valid; the message says which.')
  @ApiProblem(403, 'The caller does not hold `users.manage`, or may less than the new user would.')
  @ApiProblem(409, 'There is a user with this nickname or e-mail address already.')
  @ApiProblem(503, 'Too many passwords are being worked on at the moment.')
  create(@CurrentActor() actor: Actor, @Body() user: NewUserDto): Promise<CreatedUserDto> {
    return this.administration.create(actor, user);
  }

  @Get(':id')
  @RequirePermission('users.read')
  @ApiOperation({
    summary: 'Show a user',
    description:
      'He himself, and who holds `users.manage`, also see e-mail address, name, userid and `disabled`.',
  })
  @ApiId('id', 'Number of the user.')
  @ApiExtraModels(UserDto, ManagedUserDto)
  @ApiOkResponse({
    schema: { anyOf: [{ $ref: getSchemaPath(ManagedUserDto) }, { $ref: getSchemaPath(UserDto) }] },
  })
  @ApiProblem(404, 'There is no such user.')
  get(@CurrentActor() actor: Actor, @IdParam('id') id: number): Promise<UserDto | ManagedUserDto> {
    return this.directory.get(actor, id);
  }

  @Patch(':id')
  @RequirePermission('users.manage')
  @ApiOperation({
    summary: 'Change, disable or enable a user',
    description:
      'Nobody changes an account that may more than he himself. The own `email` is changed with the password only, ' +
      'sent as Basic. Disabling ends every token at once.',
  })
  @ApiId('id', 'Number of the user.')
  @ApiOkResponse({ type: ManagedUserDto })
  @ApiProblem(400, 'A field is not valid; the message says which.')
  @ApiProblem(403, 'The caller may not, or it is his own e-mail address and his password was not sent.')
  @ApiProblem(404, 'There is no such user.')
  @ApiProblem(409, 'The e-mail address is taken, or it would disable the caller or the last administrator.')
  update(
    @CurrentActor() actor: Actor,
    @IdParam('id') id: number,
    @Body() change: ChangeUserDto,
  ): Promise<ManagedUserDto> {
    return this.administration.update(actor, id, change);
  }

  @Delete(':id')
  @HttpCode(204)
  @RequirePermission('users.manage')
  @ApiOperation({
    summary: 'Delete a user',
    description: 'His tokens, keys, roles and ACLs end at once. What he owned stays, under his userid.',
  })
  @ApiId('id', 'Number of the user.')
  @ApiNoContentResponse({ description: 'The user is no more.' })
  @ApiProblem(404, 'There is no such user.')
  @ApiProblem(409, 'It is the caller himself, or the last administrator.')
  remove(@CurrentActor() actor: Actor, @IdParam('id') id: number): Promise<void> {
    return this.users.remove(actor, id);
  }

  @Post(':id/password')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @RequirePermission('users.password')
  @ApiOperation({
    summary: 'Change a password',
    description:
      'The own one: send `old` and `new`. That of another user, with `users.manage`: send `{}`; the answer shows the ' +
      'new one once. Either way every token of the user ends at once.',
  })
  @ApiId('id', 'Number of the user.')
  @ApiOkResponse({ type: NewPasswordDto })
  @ApiProblem(400, '`old` or `new` is missing, not valid, or not wanted.')
  @ApiProblem(403, 'The old password is wrong, or the caller may not change that of another user.')
  @ApiProblem(404, 'There is no such user.')
  @ApiProblem(429, 'Too many failed sign-ins; `Retry-After` says how long to wait.')
  @ApiProblem(503, 'Too many passwords are being worked on at the moment.')
  changePassword(
    @CurrentActor() actor: Actor,
    @IdParam('id') id: number,
    @Body() change: PasswordChangeDto,
    @Ip() address: string,
  ): Promise<NewPasswordDto> {
    return this.passwords.change(actor, id, change, address);
  }
}
