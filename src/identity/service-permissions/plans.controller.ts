import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { CurrentActor, RequirePermission } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { PlanDto, PlanLimitsDto, PlanListDto, PlansQueryDto } from './dto/plan.dto.js';
import { PlansService } from './plans.service.js';

const ApiPlan = () => ApiParam({ name: 'name', description: 'Name of the plan.', example: 'default' });

@ApiTags('Service permissions')
@Controller('api/v1.0/plans')
export class PlansController {
  constructor(private readonly plans: PlansService) {}

  @Get()
  @RequirePermission('permissions.read')
  @ApiOperation({ summary: 'List the plans' })
  @ApiOkResponse({ type: PlanListDto })
  @ApiProblem(400, '`limit` or `after` is not valid.')
  list(@CurrentActor() actor: Actor, @Query() query: PlansQueryDto): Promise<PlanListDto> {
    return this.plans.list(actor, query);
  }

  @Put(':name')
  @RequirePermission('permissions.manage')
  @ApiOperation({ summary: 'Make a plan, or change it' })
  @ApiPlan()
  @ApiOkResponse({ type: PlanDto })
  @ApiProblem(400, 'The name or a limit is not valid.')
  put(
    @CurrentActor() actor: Actor,
    @Param('name') name: string,
    @Body() limits: PlanLimitsDto,
  ): Promise<PlanDto> {
    return this.plans.put(actor, name, limits);
  }

  @Delete(':name')
  @HttpCode(204)
  @RequirePermission('permissions.manage')
  @ApiOperation({ summary: 'Remove a plan; its users then have the plan `default`' })
  @ApiPlan()
  @ApiNoContentResponse({ description: 'The plan is gone.' })
  @ApiProblem(404, 'There is no such plan.')
  remove(@CurrentActor() actor: Actor, @Param('name') name: string): Promise<void> {
    return this.plans.remove(actor, name);
  }
}
