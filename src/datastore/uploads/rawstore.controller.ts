import { Body, Controller, Get, Header, HttpCode, Post, Query, Req } from '@nestjs/common';
import {
  ApiExcludeEndpoint,
  ApiForbiddenResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CurrentActor, Public } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { ApiAuthToken, UploadRoute } from '../datastore-api.decorators.js';
import { AuthorizedFormsDto, PrefixesDto, PresignedDto, UploadRequestDto } from './dto/upload.dto.js';
import { ObjectAddresses } from '../files/object-addresses.js';
import { PresignService } from '../files/presign.service.js';
import { UploadsService } from './uploads.service.js';

/** DataHub's bit store: what the `data` command uploads with. */
@ApiTags('Uploads')
@Controller('rawstore')
export class RawstoreController {
  constructor(
    private readonly uploads: UploadsService,
    private readonly addresses: ObjectAddresses,
    private readonly presigning: PresignService,
  ) {}

  @Post('authorize')
  @UploadRoute('rawstore.upload', ['owner'])
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Get forms to upload files with',
    description:
      'Send each file by POST to `upload_url`, as multipart/form-data: the fields of `upload_query` first, then the content as field `file`. It is at `upload_url/key` then, for everybody to read unless `findability` is `private`.',
  })
  @ApiOkResponse({ type: AuthorizedFormsDto })
  @ApiProblem(400, 'The body is no JSON, or the owner or something of a file is missing or not valid.')
  @ApiProblem(429, 'Too many uploads were authorised in the last days.')
  @ApiForbiddenResponse({
    description: 'The files would exceed the limit of your plan.',
    content: {
      'text/plain': {
        schema: { type: 'string' },
        example: 'Max storage for user exceeded plan limit (100MB)',
      },
    },
  })
  authorize(@CurrentActor() actor: Actor, @Body() body: UploadRequestDto): Promise<AuthorizedFormsDto> {
    return this.uploads.authorizeForms(actor, body);
  }

  @Post()
  @UploadRoute('rawstore.upload', ['owner'])
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiExcludeEndpoint()
  authorizeByOtherName(
    @CurrentActor() actor: Actor,
    @Body() body: UploadRequestDto,
  ): Promise<AuthorizedFormsDto> {
    return this.uploads.authorizeForms(actor, body);
  }

  @Get('presign')
  @Public()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Get an address that a file can be read at',
    description:
      'That of a public file is good as it is. For a private one you need a token of its owner, for whatever service; the answer is good for a day.',
  })
  @ApiQuery({
    name: 'ownerid',
    required: false,
    description: 'Your userid.',
    schema: { type: 'string' },
    example: '9b74c9897bac770ffc029102a200c5de',
  })
  @ApiQuery({
    name: 'url',
    description: 'The address of the file.',
    schema: { type: 'string' },
    example: 'https://signalbox.example.org/objects/9b74c9897bac770ffc029102a200c5de/data.csv',
  })
  @ApiAuthToken()
  @ApiOkResponse({ type: PresignedDto })
  @ApiProblem(400, 'The address is none, or cannot be reached.')
  @ApiUnauthorizedResponse({ description: 'No `ownerid`, or no valid token.' })
  @ApiProblem(403, 'The file is somebody else’s, or lies elsewhere and may not be read.')
  presign(
    @Req() request: FastifyRequest,
    @Query('ownerid') ownerid: unknown,
    @Query('url') url: unknown,
  ): Promise<PresignedDto> {
    return this.presigning.presign(request, ownerid, url);
  }

  @Get('info')
  @UploadRoute('rawstore.upload')
  @ApiOperation({ summary: 'What addresses of your files begin with' })
  @ApiOkResponse({ type: PrefixesDto })
  info(@CurrentActor() actor: Actor): PrefixesDto {
    return this.addresses.prefixes(actor);
  }
}
