import { Body, Controller, Delete, Get, Header, HttpCode, Post } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentActor, RequirePermission } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { ApiId, IdParam } from '../id-param.js';
import { ApiKeysService } from './api-keys.service.js';
import { ApiKeyDto, NewApiKeyAnswerDto, NewApiKeyDto } from './dto/api-key.dto.js';

// Nothing here is idempotent by key: the answer would be stored, with the key in it.
@ApiTags('Identity')
@ApiId('id', 'Number of the user.')
@Controller('api/v1.0/users/:id/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Get()
  @RequirePermission('api-keys.manage')
  @ApiOperation({ summary: 'List the API keys of a user; those of others need `users.manage`' })
  @ApiOkResponse({ type: [ApiKeyDto] })
  @ApiProblem(404, 'There is no such user.')
  list(@CurrentActor() actor: Actor, @IdParam('id') id: number): Promise<ApiKeyDto[]> {
    return this.keys.list(actor, id);
  }

  @Post()
  @Header('Cache-Control', 'no-store')
  @RequirePermission('api-keys.manage')
  @ApiOperation({ summary: 'Make an API key for oneself; the answer shows it, and nothing does later' })
  @ApiBody({
    type: NewApiKeyDto,
    examples: {
      days: {
        value: { name: 'nightly import', scopes: ['orders.read', 'orders.import'], expires_in_days: 30 },
      },
    },
  })
  @ApiCreatedResponse({ type: NewApiKeyAnswerDto })
  @ApiProblem(400, 'The name, a scope or the expiry is not valid.')
  @ApiProblem(409, 'There is a key of this name already, or there are a hundred keys.')
  create(
    @CurrentActor() actor: Actor,
    @IdParam('id') id: number,
    @Body() input: NewApiKeyDto,
  ): Promise<NewApiKeyAnswerDto> {
    return this.keys.create(actor, id, input);
  }

  @Get(':key')
  @RequirePermission('api-keys.manage')
  @ApiOperation({ summary: 'Show one API key, without the key itself' })
  @ApiId('key', 'Number of the API key.')
  @ApiOkResponse({ type: ApiKeyDto })
  @ApiProblem(404, 'The user has no such key.')
  get(
    @CurrentActor() actor: Actor,
    @IdParam('id') id: number,
    @IdParam('key') key: number,
  ): Promise<ApiKeyDto> {
    return this.keys.get(actor, id, key);
  }

  @Delete(':key')
  @HttpCode(204)
  @RequirePermission('api-keys.manage')
  @ApiOperation({ summary: 'Delete an API key; it is refused from now on' })
  @ApiId('key', 'Number of the API key.')
  @ApiNoContentResponse({ description: 'The key is not valid any more.' })
  @ApiProblem(404, 'The user has no such key.')
  delete(
    @CurrentActor() actor: Actor,
    @IdParam('id') id: number,
    @IdParam('key') key: number,
  ): Promise<void> {
    return this.keys.delete(actor, id, key);
  }
}
