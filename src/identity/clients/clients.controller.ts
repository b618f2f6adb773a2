import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
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
import { ClientsService } from './clients.service.js';
import {
  ClientAnswerDto,
  ClientChangeDto,
  ClientListDto,
  ClientsQueryDto,
  ClientWithSecretAnswerDto,
  NewClientDto,
  OwnClientAnswerDto,
} from './dto/client.dto.js';

const ApiSlug = () => ApiParam({ name: 'slug', description: 'Name of the client.', example: 'nightly' });

// Nothing here is idempotent by key: the answer would be stored, with the secret in it.
@ApiTags('API clients')
@Controller('api/client')
export class ClientsController {
  constructor(private readonly clients: ClientsService) {}

  @Get()
  @RequirePermission('clients.read')
  @ApiOperation({ summary: 'List own API clients; with `clients.manage-all` those of everybody' })
  @ApiOkResponse({ type: ClientListDto })
  @ApiProblem(400, '`limit` or `after` is not valid.')
  list(@CurrentActor() actor: Actor, @Query() query: ClientsQueryDto): Promise<ClientListDto> {
    return this.clients.list(actor, query);
  }

  @Get(':slug')
  @RequirePermission('clients.read')
  @ApiOperation({ summary: 'Show an API client, without its secret' })
  @ApiSlug()
  @ApiOkResponse({ type: ClientAnswerDto })
  @ApiProblem(404, 'The caller has no such client.')
  async get(@CurrentActor() actor: Actor, @Param('slug') slug: string): Promise<ClientAnswerDto> {
    return { data: await this.clients.get(actor, slug) };
  }

  @Post(':slug')
  @Header('Cache-Control', 'no-store')
  @RequirePermission('clients.manage')
  @ApiOperation({ summary: 'Make an API client; the answer shows its secret, and nothing does later' })
  @ApiSlug()
  @ApiCreatedResponse({ type: ClientWithSecretAnswerDto })
  @ApiProblem(400, 'The name is taken, or the name, the title or a scope is not valid.')
  @ApiProblem(409, 'There are a hundred clients.')
  async create(
    @CurrentActor() actor: Actor,
    @Param('slug') slug: string,
    @Body() input: NewClientDto,
  ): Promise<ClientWithSecretAnswerDto> {
    return { data: await this.clients.create(actor, slug, input) };
  }

  @Put(':slug')
  @RequirePermission('clients.manage')
  @ApiOperation({ summary: 'Change the title or the scopes of an API client' })
  @ApiSlug()
  @ApiOkResponse({ type: OwnClientAnswerDto })
  @ApiProblem(400, 'The title or a scope is not valid.')
  @ApiProblem(404, 'The caller has no such client.')
  async change(
    @CurrentActor() actor: Actor,
    @Param('slug') slug: string,
    @Body() input: ClientChangeDto,
  ): Promise<OwnClientAnswerDto> {
    return { data: await this.clients.change(actor, slug, input) };
  }

  @Post(':slug/secret')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @RequirePermission('clients.manage')
  @ApiOperation({ summary: 'Give an API client another secret; the old one and all its tokens end at once' })
  @ApiSlug()
  @ApiOkResponse({ type: ClientWithSecretAnswerDto })
  @ApiProblem(404, 'The caller has no such client.')
  async changeSecret(
    @CurrentActor() actor: Actor,
    @Param('slug') slug: string,
  ): Promise<ClientWithSecretAnswerDto> {
    return { data: await this.clients.changeSecret(actor, slug) };
  }

  @Delete(':slug')
  @HttpCode(204)
  @RequirePermission('clients.manage')
  @ApiOperation({ summary: 'Delete an API client; its secret and its tokens end at once' })
  @ApiSlug()
  @ApiNoContentResponse({ description: 'The client is gone.' })
  @ApiProblem(404, 'The caller has no such client.')
  delete(@CurrentActor() actor: Actor, @Param('slug') slug: string): Promise<void> {
    return this.clients.delete(actor, slug);
  }
}
