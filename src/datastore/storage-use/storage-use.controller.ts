import { applyDecorators, Controller, Get, Param, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { CurrentActor, RequirePermission } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { ApiAuthToken } from '../datastore-api.decorators.js';
import { StorageUseQueryDto, TotalBytesDto } from '../files/dto/file.dto.js';
import { keyOf, type ObjectRequest } from '../objects/object-request.js';
import { StorageUseService } from './storage-use.service.js';

const USERID = '9b74c9897bac770ffc029102a200c5de';

const ApiStorageUse = (summary: string) =>
  applyDecorators(
    RequirePermission('datastore.read'),
    ApiOperation({ summary }),
    ApiAuthToken(),
    ApiOkResponse({ type: TotalBytesDto }),
    ApiProblem(400, 'A parameter is not valid.'),
  );

const ApiOwner = () => ApiParam({ name: 'owner', description: 'Your userid.', example: USERID });
const ApiDataset = () =>
  ApiParam({ name: 'dataset', description: 'Name of the dataset.', example: 'budget' });

/** How much is stored, as DataHub's file manager tells it. */
@ApiTags('Uploads')
@Controller('storage')
export class StorageUseController {
  constructor(private readonly use: StorageUseService) {}

  @Get('owner/:owner')
  @ApiStorageUse('How much you store')
  @ApiOwner()
  owner(
    @CurrentActor() actor: Actor,
    @Param('owner') owner: string,
    @Query() { findability }: StorageUseQueryDto,
  ): Promise<TotalBytesDto> {
    return this.use.total(actor, { owner, findability });
  }

  @Get('dataset_id/:owner/:dataset')
  @ApiStorageUse('How much of it belongs to a dataset')
  @ApiOwner()
  @ApiDataset()
  dataset(
    @CurrentActor() actor: Actor,
    @Param('owner') owner: string,
    @Param('dataset') dataset: string,
    @Query() { findability }: StorageUseQueryDto,
  ): Promise<TotalBytesDto> {
    return this.use.total(actor, { owner, dataset, findability });
  }

  @Get('flow_id/:owner/:dataset/:revision')
  @ApiStorageUse('How much of it belongs to a revision of a dataset')
  @ApiOwner()
  @ApiDataset()
  @ApiParam({ name: 'revision', description: 'The revision.', example: '3' })
  flow(
    @CurrentActor() actor: Actor,
    @Param('owner') owner: string,
    @Param('dataset') dataset: string,
    @Param('revision') revision: string,
    @Query() { findability }: StorageUseQueryDto,
  ): Promise<TotalBytesDto> {
    return this.use.total(actor, { owner, flowId: `${owner}/${dataset}/${revision}`, findability });
  }

  @Get('info/:bucket/:owner/*')
  @ApiStorageUse('How large a file is')
  @ApiParam({ name: 'bucket', description: 'Any text: there is one place for files.', example: 'objects' })
  @ApiOwner()
  @ApiParam({
    name: 'path',
    description: 'The rest of the key of the file.',
    schema: { type: 'string' },
    example: 'budget/data/2026.csv',
  })
  file(
    @CurrentActor() actor: Actor,
    @Param('owner') owner: string,
    @Req() request: ObjectRequest,
    @Query() { findability }: StorageUseQueryDto,
  ): Promise<TotalBytesDto> {
    return this.use.total(actor, { owner, key: `${owner}/${keyOf(request)}`, findability });
  }
}
