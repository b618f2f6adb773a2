import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { AuditEntry } from './audit-entry.entity.js';
import { AuditLog } from './audit-log.js';
import { AuditSeal } from './audit-seal.entity.js';
import { RequestScope } from './request-scope.js';

@Module({
  imports: [MikroOrmModule.forFeature([AuditEntry, AuditSeal])],
  providers: [AuditLog, RequestScope],
  exports: [AuditLog],
})
export class AuditModule {}
