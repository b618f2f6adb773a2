import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, RequirePermission } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { ApiId, IdParam } from '../id-param.js';
import { EffectivePermissionsDto } from './dto/effective-permissions.dto.js';
import { UserPlanDto } from './dto/plan.dto.js';
import { EffectivePermissionsService } from './effective-permissions.service.js';
import { PlansService } from './plans.service.js';

@ApiTags('Service permissions')
@ApiId('id', 'Number of the user.')
@Controller('api/v1.0/users/:id')
export class UserPermissionsController {
  constructor(
    private readonly effective: EffectivePermissionsService,
    private readonly plans: PlansService,
  ) {}

  @Get('permissions')
  @RequirePermission('users.read')
  @ApiOperation({
    summary: 'Show what a user may and why; for others than oneself this needs `roles.manage`',
  })
  @ApiOkResponse({ type: EffectivePermissionsDto })
  @ApiProblem(404, 'There is no such user.')
  get(@CurrentActor() actor: Actor, @IdParam('id') id: number): Promise<EffectivePermissionsDto> {
    return this.effective.get(actor, id);
  }

  @Put('plan')
  @RequirePermission('permissions.manage')
  @ApiOperation({ summary: 'Give a user a plan of his own, or none' })
  @ApiOkResponse({ type: UserPlanDto })
  @ApiProblem(400, 'There is no such plan.')
  @ApiProblem(404, 'There is no such user.')
  assign(
    @CurrentActor() actor: Actor,
    @IdParam('id') id: number,
    @Body() plan: UserPlanDto,
  ): Promise<UserPlanDto> {
    return this.plans.assign(actor, id, plan);
  }
}
