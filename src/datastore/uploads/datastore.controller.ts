import { Body, Controller, Get, Header, HttpCode, Post } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { UploadRoute } from '../datastore-api.decorators.js';
import { AuthorizedPutsDto, PrefixesDto, UploadRequestDto } from './dto/upload.dto.js';
import { ObjectAddresses } from '../files/object-addresses.js';
import { UploadsService } from './uploads.service.js';

/** OpenSpending's data store: what its packager and `oscli` upload with. */
@ApiTags('Uploads')
@Controller('datastore')
export class DatastoreController {
  constructor(
    private readonly uploads: UploadsService,
    private readonly addresses: ObjectAddresses,
  ) {}

  @Post('authorize')
  @UploadRoute('datastore.upload', ['owner', 'name'])
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Get addresses to upload the files of a dataset to',
    description:
      'Send each file by PUT to `upload_url?upload_query` with the headers `Content-Length`, `Content-MD5` and, if you gave a type, `Content-Type`; it is stored when the answer is 200. Nobody but you can read it until the dataset is published.',
  })
  @ApiOkResponse({ type: AuthorizedPutsDto })
  @ApiProblem(400, 'The body is no JSON, the owner, the name or something of a file is missing or not valid.')
  @ApiProblem(403, 'The files would exceed the limit of your plan.')
  @ApiProblem(429, 'Too many uploads were authorised in the last days.')
  authorize(@CurrentActor() actor: Actor, @Body() body: UploadRequestDto): Promise<AuthorizedPutsDto> {
    return this.uploads.authorizePuts(actor, body);
  }

  @Post()
  @UploadRoute('datastore.upload', ['owner', 'name'])
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiExcludeEndpoint()
  authorizeByOtherName(
    @CurrentActor() actor: Actor,
    @Body() body: UploadRequestDto,
  ): Promise<AuthorizedPutsDto> {
    return this.uploads.authorizePuts(actor, body);
  }

  @Get('info')
  @UploadRoute('datastore.upload')
  @ApiOperation({ summary: 'What addresses of your files begin with' })
  @ApiOkResponse({ type: PrefixesDto })
  info(@CurrentActor() actor: Actor): PrefixesDto {
    return this.addresses.prefixes(actor);
  }
}
