import './audit.permissions.js';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Global, Module } from '@nestjs/common';
import { AuditTrail } from '../platform/access/audit-trail.port.js';
import { provideConfig } from '../platform/config/config-section.js';
import { CryptoModule } from '../platform/crypto/crypto.module.js';
import { AuditBatches } from './audit-batches.js';
import { AuditConfig } from './audit.config.js';
import { AuditController } from './audit.controller.js';
import { AuditEntry } from './audit-entry.entity.js';
import { AuditLog } from './audit-log.js';
import { AuditReader } from './audit-reader.js';
import { AuditSeal } from './audit-seal.entity.js';
import { AuditSealing } from './audit-sealing.js';
import { AuditVerification } from './audit-verification.js';
import { RequestScope } from './request-scope.js';

/** The log of what people did, for the whole program. */
@Global()
@Module({
  imports: [CryptoModule, MikroOrmModule.forFeature([AuditEntry, AuditSeal])],
  controllers: [AuditController],
  providers: [
    provideConfig(AuditConfig),
    AuditBatches,
    AuditLog,
    { provide: AuditTrail, useExisting: AuditLog },
    AuditReader,
    AuditSealing,
    AuditVerification,
    RequestScope,
  ],
  exports: [AuditLog, AuditTrail],
})
export class AuditModule {}
