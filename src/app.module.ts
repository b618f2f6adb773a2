import { type DynamicModule, Module } from '@nestjs/common';
import { AuditModule } from './audit/index.js';
import { DatastoreModule } from './datastore/index.js';
import { IdentityModule } from './identity/index.js';
import { JobsModule } from './jobs/index.js';
import { OrdersModule } from './orders/index.js';
import { PackagesModule } from './packages/index.js';
import type { Environment } from './platform/config/environment.js';
import { PlatformModule } from './platform/platform.module.js';
import type { ProcessRole } from './platform/process/process-role.js';
import { StorageModule } from './storage/index.js';

/** The composition root: the only file that knows every module. */
@Module({})
export class AppModule {
  /** The whole program over an environment, in the role that this process plays. */
  static for(environment: Environment, role: ProcessRole = 'api'): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.for(environment, role),
        AuditModule,
        StorageModule,
        JobsModule.for(environment),
        IdentityModule,
        DatastoreModule,
        OrdersModule,
        PackagesModule,
      ],
    };
  }
}
