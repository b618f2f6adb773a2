import { Controller, HttpCode, Post, Req, UseInterceptors } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { requestValues } from '../../identity/index.js';
import { Public } from '../../platform/access/access.decorators.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { JsonNull } from '../json-null.js';
import { PackageCallers } from '../registry/package-callers.js';
import { ApiNullable, ApiPackageForm } from '../registry/packages-api.decorators.js';
import { RunHooksDto } from './dto/run-hooks.dto.js';
import { RunHooksService } from './run-hooks.service.js';

const PIPELINE = {
  description: 'The address of the pipeline; one that `RUN_HOOKS_ALLOW` names.',
  example: 'https://apps.openbudgets.eu/linkedpipes/execute/fdp2rdf',
};

@ApiTags('Packages')
@Controller('package')
@UseInterceptors(JsonNull)
export class RunHooksController {
  constructor(
    private readonly hooks: RunHooksService,
    private readonly callers: PackageCallers,
  ) {}

  @Post('run-hooks')
  @Public()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Hand an own package to a pipeline elsewhere',
    description:
      'Its address is sent as the file `input` of a form, and the answer waited for. `null` where the token does not ' +
      'hold, or the package is not the own one. What goes wrong at the pipeline is `success: false`.',
  })
  @ApiPackageForm({ pipeline: PIPELINE })
  @ApiNullable(RunHooksDto)
  @ApiProblem(400, '`pipeline` or `id` is missing.')
  @ApiProblem(403, 'No token came.')
  async run(@Req() request: FastifyRequest): Promise<RunHooksDto | null> {
    const values = await requestValues(request);
    return this.hooks.run(await this.callers.sender(request), values.get('id'), values.get('pipeline'));
  }
}
