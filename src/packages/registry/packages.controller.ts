import {
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  Param,
  Post,
  Query,
  Req,
  UseInterceptors,
} from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { requestValues } from '../../identity/index.js';
import { Public } from '../../platform/access/access.decorators.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { JsonNull } from '../json-null.js';
import {
  EXAMPLE_ID,
  PackageDetailsDto,
  PackageListDto,
  PackagesQueryDto,
  PackageStatsDto,
  PublishedDto,
  RefusedDto,
  SuccessDto,
} from './dto/package.dto.js';
import { PackageCallers } from './package-callers.js';
import { PackageCatalogue } from '../search/package-catalogue.service.js';
import { PackageStats } from './package-stats.js';
import { ApiNullable, ApiPackageForm, ApiPackageQuery } from './packages-api.decorators.js';
import { PackagesService } from './packages.service.js';

const PUBLISH = {
  description: 'Whether the package is to be public; `toggle`: the other of what it is. In any case.',
  enum: ['true', 'false', 'toggle'],
};

@ApiTags('Packages')
@Controller('package')
@UseInterceptors(JsonNull)
export class PackagesController {
  constructor(
    private readonly packages: PackagesService,
    private readonly catalogue: PackageCatalogue,
    private readonly statistics: PackageStats,
    private readonly callers: PackageCallers,
  ) {}

  @Get()
  @Public()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'List the packages that the caller may see, ordered by id',
    description: 'Public ones, and the own ones. With `packages.manage-all` those of everybody.',
  })
  @ApiOkResponse({ type: PackageListDto })
  @ApiProblem(400, 'A parameter is not valid; the message names it.')
  @ApiProblem(401, 'Credentials came, and they are not valid.')
  async list(@Req() request: FastifyRequest, @Query() query: PackagesQueryDto): Promise<PackageListDto> {
    return this.catalogue.list(await this.callers.visitor(request), query);
  }

  @Get('stats')
  @Public()
  @ApiOperation({ summary: 'How many packages, rows and countries there are; a few seconds old' })
  @ApiOkResponse({ type: PackageStatsDto })
  stats(): Promise<PackageStatsDto> {
    return this.statistics.read();
  }

  @Post('publish')
  @Public()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Publish an own package, or withdraw it',
    description: '`success` is false where there is no such package, or it is not the own one.',
  })
  @ApiPackageForm({ publish: PUBLISH })
  @ApiOkResponse({ type: PublishedDto })
  @ApiResponse({ status: 400, description: '`publish` is none of its values. The body is empty.' })
  @ApiResponse({ status: 401, description: 'The token does not hold.', type: RefusedDto })
  @ApiResponse({ status: 403, description: 'No token came, or it does not allow this.', type: RefusedDto })
  async publish(@Req() request: FastifyRequest): Promise<PublishedDto> {
    const values = await requestValues(request);
    return this.packages.publish(
      await this.callers.required(request),
      values.get('id'),
      values.get('publish'),
    );
  }

  @Post('delete')
  @Public()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Delete an own package',
    description:
      '`null` where the token does not hold, or the package is not the own one; `success` is false where there is none.',
  })
  @ApiPackageForm()
  @ApiNullable(SuccessDto)
  @ApiProblem(400, '`id` is missing.')
  @ApiProblem(403, 'No token came.')
  async remove(@Req() request: FastifyRequest): Promise<SuccessDto | null> {
    const id = (await requestValues(request)).get('id');
    return this.packages.remove(await this.callers.sender(request), id);
  }

  @Post('update_params')
  @Public()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Set what viewers of an own package begin with',
    description:
      'The whole body is kept, and shown to everybody as `defaultParams`. `null` where the token does not hold, there is ' +
      'no such package, or it is not the own one.',
  })
  @ApiPackageQuery()
  @ApiBody({
    schema: {
      type: 'object',
      properties: { params: { type: 'string', example: 'measure=amount&lang=en' } },
      required: ['params'],
      additionalProperties: true,
    },
  })
  @ApiNullable(SuccessDto)
  @ApiProblem(400, '`id` is missing, the body is not JSON, or its `params` is not a text.')
  @ApiProblem(403, 'No token came.')
  @ApiProblem(413, 'The body is larger than 64 KB.')
  async updateParams(@Req() request: FastifyRequest, @Body() body: unknown): Promise<SuccessDto | null> {
    const id = (await requestValues(request)).get('id');
    return this.packages.updateParams(await this.callers.sender(request), id, body);
  }

  @Get(':id')
  @Public()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Show a package that the caller may see' })
  @ApiParam({ name: 'id', description: 'The package, as `<userid>:<name>`.', example: EXAMPLE_ID })
  @ApiOkResponse({ type: PackageDetailsDto })
  @ApiProblem(401, 'Credentials came, and they are not valid.')
  @ApiProblem(404, 'There is no such package, or it is a private one of somebody else.')
  async get(@Req() request: FastifyRequest, @Param('id') id: string): Promise<PackageDetailsDto> {
    return this.catalogue.get(await this.callers.visitor(request), id);
  }
}
