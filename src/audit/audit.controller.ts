import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, RequirePermission } from '../platform/access/access.decorators.js';
import type { Actor } from '../platform/access/actor.js';
import { ApiProblem } from '../platform/http/api-problem.decorator.js';
import { AuditReader } from './audit-reader.js';
import { AuditPageDto, AuditQueryDto } from './dto/audit-entry.dto.js';

@ApiTags('Audit')
@Controller('api/v1.0/audit')
export class AuditController {
  constructor(private readonly reader: AuditReader) {}

  @Get()
  @RequirePermission('audit.read')
  @ApiOperation({
    summary: 'Read the audit log, newest entries first',
    description:
      'Who did what, to what, when, with which credential and with which request. Filters can be combined. Entries are only ever added: ' +
      'the database refuses to change or remove one.',
  })
  @ApiOkResponse({ type: AuditPageDto })
  @ApiProblem(400, 'A filter is not valid, or there is no entry `before` or `after`.')
  list(@CurrentActor() actor: Actor, @Query() query: AuditQueryDto): Promise<AuditPageDto> {
    return this.reader.list(actor, query);
  }
}
