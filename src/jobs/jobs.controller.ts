import {
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Query,
  Sse,
  type MessageEvent,
} from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import { CurrentActor, RequirePermission } from '../platform/access/access.decorators.js';
import type { Actor } from '../platform/access/actor.js';
import { ApiProblem } from '../platform/http/api-problem.decorator.js';
import { JobDto, JobListQueryDto, JobPageDto } from './dto/job.dto.js';
import { JobEvents } from './job-events.js';
import { jobResponse } from './job-response.js';
import { JobsService } from './jobs.service.js';

const ApiJobId = () =>
  ApiParam({ name: 'id', description: 'Id of the job.', example: '0199f0de-5f5a-7cc4-8d3e-0123456789ab' });
const ApiNoJob = () => ApiProblem(404, 'There is no such job, or it is not yours.');

@ApiTags('Jobs')
@Controller('api/v1.0/jobs')
export class JobsController {
  constructor(
    private readonly jobs: JobsService,
    private readonly jobEvents: JobEvents,
  ) {}

  @Get()
  @RequirePermission('jobs.read')
  @ApiOperation({ summary: 'List own jobs, newest first; all jobs for administrators' })
  @ApiOkResponse({ type: JobPageDto })
  @ApiProblem(400, 'A filter is not valid.')
  async list(@CurrentActor() actor: Actor, @Query() query: JobListQueryDto): Promise<JobPageDto> {
    const jobs = await this.jobs.list(actor, query);
    return { jobs: jobs.map(jobResponse), next: jobs.length === query.limit ? jobs.at(-1)!.id : null };
  }

  @Get(':id')
  @RequirePermission('jobs.read')
  @ApiJobId()
  @ApiOperation({ summary: 'One job: state, progress, error, result' })
  @ApiOkResponse({ type: JobDto })
  @ApiNoJob()
  async get(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<JobDto> {
    return jobResponse(await this.jobs.get(actor, id));
  }

  @Delete(':id')
  @RequirePermission('jobs.manage')
  @ApiJobId()
  @ApiOperation({ summary: 'Cancel a job; what it has done stays' })
  @ApiOkResponse({
    type: JobDto,
    description: 'A running job stops within a second; its state says when it has.',
  })
  @ApiNoJob()
  @ApiProblem(409, 'The job has ended already.')
  async cancel(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<JobDto> {
    return jobResponse(await this.jobs.cancel(actor, id));
  }

  @Post(':id/retry')
  @HttpCode(200)
  @RequirePermission('jobs.manage')
  @ApiJobId()
  @ApiOperation({ summary: 'Run a job again that did not succeed, from where it stopped' })
  @ApiOkResponse({ type: JobDto })
  @ApiNoJob()
  @ApiProblem(409, 'The job runs, waits or has succeeded.')
  async retry(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<JobDto> {
    return jobResponse(await this.jobs.retry(actor, id));
  }

  @Sse(':id/events')
  @RequirePermission('jobs.read')
  @ApiJobId()
  @ApiOperation({ summary: 'Follow a job by server-sent events: `progress` while it runs, `end` at last' })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({
    description: 'Each event holds the job as JSON.',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  @ApiNoJob()
  async events(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<Observable<MessageEvent>> {
    return this.jobEvents.follow(await this.jobs.get(actor, id));
  }
}
