import { Controller, Delete, HttpCode } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, RequirePermission } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { ApiId, IdParam } from '../id-param.js';
import { TokensService } from './tokens.service.js';

@ApiTags('Identity')
@ApiId('id', 'Number of the user.')
@Controller('api/v1.0/users/:id/tokens')
export class UserTokensController {
  constructor(private readonly tokens: TokensService) {}

  @Delete()
  @HttpCode(204)
  @RequirePermission('tokens.manage')
  @ApiOperation({
    summary: 'End all tokens and refresh tokens of a user; those of others need `users.manage`',
  })
  @ApiNoContentResponse({ description: 'No token that was given so far is valid any more.' })
  @ApiProblem(404, 'There is no such user.')
  revokeAll(@CurrentActor() actor: Actor, @IdParam('id') id: number): Promise<void> {
    return this.tokens.revokeAll(actor, id);
  }
}
