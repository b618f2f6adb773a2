import type { Readable } from 'node:stream';
import { Controller, Get, Header, Param, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../platform/access/access.decorators.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { PackageRecordDto } from '../registry/dto/package.dto.js';
import { PackageCallers } from '../registry/package-callers.js';
import { PackageSearch } from './package-search.service.js';

@ApiTags('Packages')
@Controller('search')
export class PackageSearchController {
  constructor(
    private readonly packages: PackageSearch,
    private readonly callers: PackageCallers,
  ) {}

  @Get(':kind')
  @Public()
  @Header('Cache-Control', 'no-store')
  @Header('Content-Type', 'application/json; charset=utf-8')
  @ApiOperation({
    summary: 'Search for packages',
    description:
      'Public packages that were loaded, and with a user token the own ones too. Values are JSON, so texts have quotes. ' +
      'Any field of the answers is a filter, with dots on the way: `package.owner="0b0a..."`, `package.countryCode="PT"`, ' +
      '`loaded=true`. A filter that comes again is another value that will do; different ones must all fit.',
  })
  @ApiParam({ name: 'kind', schema: { type: 'string', enum: ['package'] } })
  @ApiQuery({
    name: 'jwt',
    required: false,
    description: 'A user token, where it comes not as a header. One that does not hold counts as none.',
    schema: { type: 'string' },
  })
  @ApiQuery({
    name: 'q',
    required: false,
    description:
      'Words, of which one must be in the title, the description, the region or the country; or the whole author, ' +
      'owner or city.',
    schema: { type: 'string' },
    example: '"budget"',
  })
  @ApiQuery({
    name: 'package.owner',
    required: false,
    description: 'An example of a filter: packages of this owner.',
    schema: { type: 'string' },
    example: '"0b0a5a0e4d1d5d0e8f7cf9f0b4b0a5e1"',
  })
  @ApiQuery({
    name: 'size',
    required: false,
    description: 'How many at most.',
    schema: { type: 'integer', minimum: 0, maximum: 10_000, default: 100 },
  })
  @ApiQuery({
    name: 'from',
    required: false,
    description: 'How many to leave out at the beginning; `offset` is the same.',
    schema: { type: 'integer', minimum: 0, maximum: 1_000_000, default: 0 },
  })
  @ApiOkResponse({ type: [PackageRecordDto] })
  @ApiProblem(
    400,
    'Something else than packages is searched for, or a value is not JSON; the message says which.',
  )
  async search(
    @Req() request: FastifyRequest,
    @Param('kind') kind: string,
    @Query() query: Record<string, unknown>,
  ): Promise<Readable> {
    const actor = await this.callers.anybody(request);
    return this.packages.search(actor, kind, query, request.method === 'HEAD');
  }
}
