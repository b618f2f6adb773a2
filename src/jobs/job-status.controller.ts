import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentActor, RequirePermission } from '../platform/access/access.decorators.js';
import type { Actor } from '../platform/access/actor.js';
import { ApiProblem } from '../platform/http/api-problem.decorator.js';
import { PublicUrl } from '../platform/http/public-url.js';
import { JobDto } from './dto/job.dto.js';
import { jobResponse, statusPath } from './job-response.js';
import { JobsService } from './jobs.service.js';
import { JobCancelledError, JobFailedError } from './jobs.errors.js';

/** Seconds between polls that we suggest. */
const POLL_SECONDS = 1;

/** The poll that every 202 points to: 202 until the job ends, then the answer it would have given at once. */
@ApiTags('Jobs')
@Controller('api/v1.0/tasks/status')
export class JobStatusController {
  constructor(
    private readonly jobs: JobsService,
    private readonly publicUrl: PublicUrl,
  ) {}

  @Get(':id')
  @RequirePermission('jobs.read')
  @ApiParam({ name: 'id', description: 'Id of the job.', example: '0199f0de-5f5a-7cc4-8d3e-0123456789ab' })
  @ApiOperation({ summary: 'Poll a job: 202 until it has ended, then its result' })
  @ApiOkResponse({
    description: "The job's result; its shape depends on the kind of job.",
    schema: { type: 'object', nullable: true },
  })
  @ApiAcceptedResponse({
    type: JobDto,
    description: 'It waits or runs; `Retry-After` says when to ask again.',
  })
  @ApiProblem(404, 'There is no such job, or it is not yours.')
  @ApiProblem(409, 'The outcome of an outside effect is unknown.')
  @ApiProblem(410, 'The job was cancelled.')
  @ApiProblem(500, 'The job failed; a job that failed because of its input answers that status instead.')
  async status(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const job = await this.jobs.get(actor, id);
    if (!job.terminal) {
      void reply
        .status(202)
        .headers({ Location: this.publicUrl.to(statusPath(id)), 'Retry-After': String(POLL_SECONDS) });
      return jobResponse(job);
    }
    if (job.state === 'cancelled') throw new JobCancelledError();
    if (job.state !== 'succeeded') throw new JobFailedError(job.error!);
    return job.result;
  }
}
