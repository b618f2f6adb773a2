import { applyDecorators, Controller, Get, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { requestValues } from '../../identity/index.js';
import { Public } from '../../platform/access/access.decorators.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { PackageCallers } from '../registry/package-callers.js';
import { LoadProgressDto } from './dto/load-progress.dto.js';
import { ExternalLoader } from './external-loader.js';
import { PackageLoadsService } from './package-loads.service.js';

const DATAPACKAGE = {
  description: 'Address of the descriptor (datapackage.json).',
  schema: { type: 'string' as const, example: 'https://example.org/budget/datapackage.json' },
};
const REPORT = ['token', 'package', 'status', 'progress', 'error', 'data'];

@ApiTags('Packages')
@Controller()
export class LoadsController {
  constructor(
    private readonly loads: PackageLoadsService,
    private readonly loader: ExternalLoader,
    private readonly callers: PackageCallers,
  ) {}

  @Post(['hooks/load/api', 'package/upload'])
  @Public()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Load a data package from the address of its descriptor',
    description:
      'The package is loaded by a job: ask how it is getting on with GET at the same address. It is private until it is ' +
      'published. A load from there that has not ended ends. The token is one for `os.datastore` with ' +
      '`datapackage-upload`, or a user token; with one that does not hold the answer is `fail`.',
  })
  @ApiQuery({ name: 'datapackage', required: false, ...DATAPACKAGE })
  @ApiQuery({ name: 'jwt', required: false, schema: { type: 'string' } })
  @ApiConsumes('application/x-www-form-urlencoded', 'multipart/form-data')
  @ApiBody({
    required: false,
    schema: {
      type: 'object',
      properties: { datapackage: DATAPACKAGE.schema, jwt: { type: 'string' } },
    },
  })
  @ApiOkResponse({ type: LoadProgressDto })
  @ApiProblem(400, '`datapackage` is missing, or not an address of http or https.')
  @ApiProblem(403, 'No token came, it does not allow this, or the descriptor is kept here for somebody else.')
  @ApiProblem(413, 'The form has a file in it, or is too large.')
  async start(@Req() request: FastifyRequest): Promise<LoadProgressDto> {
    const values = await requestValues(request);
    return this.loads.start(
      () => this.callers.sender(request),
      values.get('datapackage'),
      String(request.id),
    );
  }

  @Get(['hooks/load/api', 'package/status'])
  @Public()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Show how the load of a data package is getting on',
    description:
      'The newest load from this address, whatever form of the address is given: http or https, with the default port ' +
      'or without. With a token, the own one if there is one.',
  })
  @ApiQuery({ name: 'datapackage', required: false, ...DATAPACKAGE })
  @ApiQuery({ name: 'jwt', required: false, schema: { type: 'string' } })
  @ApiOkResponse({ type: LoadProgressDto })
  @ApiProblem(400, '`datapackage` is missing, or not an address of http or https.')
  @ApiProblem(404, 'Nothing was loaded from this address.')
  async status(@Req() request: FastifyRequest): Promise<LoadProgressDto> {
    const datapackage = (await requestValues(request)).get('datapackage');
    return this.loads.status(await this.callers.anybody(request), datapackage);
  }

  @Get(['hooks/load/callback', 'package/callback'])
  @ReportRoute('Report how a load is getting on, for the external loader')
  async report(@Req() request: FastifyRequest): Promise<void> {
    await this.takeReport(request);
  }

  @Post(['hooks/load/callback', 'package/callback'])
  @ApiConsumes('application/x-www-form-urlencoded', 'multipart/form-data')
  @ApiBody({ required: false, schema: { type: 'object', properties: textsOf(REPORT) } })
  @ApiProblem(413, 'The form has a file in it, or is too large.')
  @ReportRoute('Report how a load is getting on, by a form')
  async reportByForm(@Req() request: FastifyRequest): Promise<void> {
    await this.takeReport(request);
  }

  private async takeReport(request: FastifyRequest): Promise<void> {
    const values = await requestValues(request);
    await this.loader.report({
      token: values.get('token'),
      package: values.get('package'),
      status: values.get('status'),
      progress: values.get('progress'),
      error: values.get('error'),
    });
  }
}

function ReportRoute(summary: string): MethodDecorator {
  return applyDecorators(
    Public(),
    HttpCode(200),
    ApiOperation({
      summary,
      description:
        'The loader of LOADER_URL is given this address with a `token`, and adds the rest. A report that lacks `package` ' +
        'or `status`, and one of a load that has ended, changes nothing.',
    }),
    ...REPORT.map((name) => ApiQuery({ name, required: false, schema: { type: 'string' } })),
    ApiOkResponse({ description: 'The body is empty.' }),
    ApiProblem(403, 'The `token` is missing, or not that of a load.'),
  );
}

function textsOf(names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
}
