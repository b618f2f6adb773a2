import type { Readable } from 'node:stream';
import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../platform/access/access.decorators.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { EXAMPLE_ID } from '../registry/dto/package.dto.js';
import { PackageCallers } from '../registry/package-callers.js';
import { PackageRowsDto } from './dto/package-rows.dto.js';
import { PackageDataService } from './package-data.service.js';
import { PackageDownloads } from './package-downloads.service.js';

const ID = { name: 'id', description: 'The package, as `<userid>:<name>`.', example: EXAMPLE_ID };

@ApiTags('Packages')
@Controller('package/:id')
export class PackageDataController {
  constructor(
    private readonly data: PackageDataService,
    private readonly files: PackageDownloads,
    private readonly callers: PackageCallers,
  ) {}

  @Get('data/:resource')
  @Public()
  @ApiOperation({
    summary: 'Read the rows of a table of a package',
    description:
      'A page of JSON, or all rows as CSV or NDJSON. In CSV, a text that a spreadsheet would take for a formula has an ' +
      'apostrophe in front, unless `raw` is true.',
  })
  @ApiParam(ID)
  @ApiParam({ name: 'resource', description: 'Name of the resource.', example: 'budget' })
  @ApiQuery({
    name: 'format',
    required: false,
    schema: { type: 'string', enum: ['json', 'csv', 'ndjson'], default: 'json' },
  })
  @ApiQuery({
    name: 'filter',
    required: false,
    description:
      'A condition: a field, one of `=`, `!=`, `<`, `<=`, `>`, `>=`, `~` (contains), and a value; nothing after `=` means ' +
      'that the value is missing. Given several times, all of them hold.',
    schema: { type: 'array', items: { type: 'string' }, example: ['amount>=1000'] },
  })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
    description:
      'Most rows of a page of JSON. It has fewer where they are long or far between: `next` says whether there are more.',
  })
  @ApiQuery({
    name: 'after',
    required: false,
    schema: { type: 'integer', minimum: 0, default: 0 },
    description: '`next` of the page before.',
  })
  @ApiQuery({ name: 'raw', required: false, schema: { type: 'boolean', default: false } })
  @ApiExtraModels(PackageRowsDto)
  @ApiOkResponse({
    description: 'The rows.',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(PackageRowsDto) } },
      'text/csv': { schema: { type: 'string' }, example: 'region,amount\r\nNorth,1200.5\r\n' },
      'application/x-ndjson': {
        schema: { type: 'string' },
        example: '{"region":"North","amount":1200.5}\n',
      },
    },
  })
  @ApiProblem(400, 'A parameter or a filter is not valid; the message says which.')
  @ApiProblem(401, 'Credentials came, and they are not valid.')
  @ApiProblem(404, 'There is no such package or table, or the package is a private one of somebody else.')
  @ApiProblem(503, 'The database is too busy to look for the rows.')
  async rows(
    @Req() request: FastifyRequest,
    @Param('id') id: string,
    @Param('resource') resource: string,
    @Query() query: Record<string, unknown>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable | string> {
    const actor = await this.callers.visitor(request);
    const { contentType, fileName, content } = await this.data.read(actor, id, resource, query);
    void reply.header('Content-Type', contentType).header('Cache-Control', 'no-store');
    if (fileName !== undefined)
      void reply.header('Content-Disposition', `attachment; filename="${fileName}"`);
    return content;
  }

  @Get('files/*')
  @Public()
  @ApiOperation({
    summary: 'Get the descriptor or another file of a package',
    description:
      'By its path from the descriptor: `files/datapackage.json`, and what that names. Files that are kept here are ' +
      'redirected to, with an address that is good for some minutes.',
  })
  @ApiParam(ID)
  @ApiParam({
    name: 'path',
    description: 'Path of the file.',
    example: 'datapackage.json',
    schema: { type: 'string' },
  })
  @ApiOkResponse({
    description: 'The descriptor.',
    content: { 'application/json': { schema: { type: 'object', additionalProperties: true } } },
  })
  @ApiResponse({ status: 302, description: 'To the file.' })
  @ApiProblem(401, 'Credentials came, and they are not valid.')
  @ApiProblem(404, 'There is no such package or file, or the package is a private one of somebody else.')
  async file(
    @Req() request: FastifyRequest<{ Params: { '*': string } }>,
    @Param('id') id: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const found = await this.files.get(await this.callers.visitor(request), id, request.params['*']);
    void reply.header('Cache-Control', 'no-store');
    await ('json' in found ? reply.send(found.json) : reply.redirect(found.redirect, 302));
  }
}
