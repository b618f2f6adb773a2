import { Controller, Get, HttpCode, Post, Put, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../platform/access/access.decorators.js';
import { OBJECTS_PATH } from '../../storage/index.js';
import { ObjectReads } from './object-reads.js';
import type { ObjectRequest } from './object-request.js';
import { ObjectUploads } from './object-uploads.js';
import { ApiObjectForm, ApiObjectKey, ApiObjectRead, ApiObjectWrite } from './objects-api.decorators.js';

/** Files, at the addresses that the routes for uploads and downloads give out. What may be done there is signed. */
@ApiTags('Objects')
@Controller(OBJECTS_PATH)
export class ObjectsController {
  constructor(
    private readonly reads: ObjectReads,
    private readonly uploads: ObjectUploads,
  ) {}

  @Put('*')
  @Public()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Upload a file to the address that you were given for it',
    description:
      'The address and the headers are those of the authorisation; it is good until `expires`, for this one content. ' +
      'The file is there when the answer is 200, and nothing of it before.',
  })
  @ApiObjectKey()
  @ApiObjectWrite()
  put(@Req() request: ObjectRequest): Promise<void> {
    return this.uploads.put(request);
  }

  @Post()
  @Public()
  @HttpCode(204)
  @ApiOperation({
    summary: 'Upload a file by the form that you were given for it',
    description:
      'As at S3: the fields of the authorisation as they are, and after them the content as field `file`, with or ' +
      'without a file name.',
  })
  @ApiObjectForm()
  post(@Req() request: FastifyRequest): Promise<void> {
    return this.uploads.post(request);
  }

  @Get('*')
  @Public()
  @ApiOperation({
    summary: 'Download a file, or a part of it',
    description:
      'By an address that is signed for it; without a signature if the file is public, or your own and you send your token. `Range`, `If-Range`, `If-None-Match` and `If-Modified-Since` are honoured.',
  })
  @ApiObjectKey()
  @ApiObjectRead()
  get(@Req() request: ObjectRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.reads.send(request, reply);
  }
}
