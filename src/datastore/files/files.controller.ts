import { Controller, Delete, Get, HttpCode, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, RequirePermission } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { ApiAuthToken } from '../datastore-api.decorators.js';
import { DeleteFilesQueryDto, FilesQueryDto, StoredFilesDto } from './dto/file.dto.js';
import { FilesService } from './files.service.js';

/** The files that were uploaded. */
@ApiTags('Uploads')
@Controller('datastore/files')
export class FilesController {
  constructor(private readonly files: FilesService) {}

  @Get()
  @RequirePermission('datastore.read')
  @ApiOperation({ summary: 'List your files, those of both upload services' })
  @ApiAuthToken()
  @ApiOkResponse({ type: StoredFilesDto })
  @ApiProblem(400, 'A parameter is not valid.')
  list(@CurrentActor() actor: Actor, @Query() query: FilesQueryDto): Promise<StoredFilesDto> {
    return this.files.list(actor, query);
  }

  @Delete()
  @RequirePermission('datastore.upload')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a file of yours; an address to upload it again with is good no more' })
  @ApiAuthToken()
  @ApiNoContentResponse({ description: 'It is gone.' })
  @ApiProblem(400, 'No `key`.')
  @ApiProblem(404, 'There is no such file of yours.')
  remove(@CurrentActor() actor: Actor, @Query() query: DeleteFilesQueryDto): Promise<void> {
    return this.files.remove(actor, query);
  }
}
