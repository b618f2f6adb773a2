import { type DynamicModule, Global, Module } from '@nestjs/common';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { TerminusModule } from '@nestjs/terminus';
import { DiscoveryModule } from '@nestjs/core';
import { AnonymousAccess } from './access/anonymous-access.js';
import { RoutePermissions } from './access/route-permissions.js';
import { provideConfig } from './config/config-section.js';
import { Environment } from './config/environment.js';
import { HttpConfig, LoggingConfig, OutboundConfig } from './config/platform.config.js';
import { DatabaseModule } from './database/database.module.js';
import { ErrorFilter } from './errors/error.filter.js';
import { ErrorRenderers } from './errors/error-renderers.js';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';
import { BodyModes } from './http/body-parsers.js';
import { IdempotencyKey } from './http/idempotency-key.entity.js';
import { IdempotentRequests } from './http/idempotent-requests.js';
import { OpenApi, OpenApiController } from './http/openapi.controller.js';
import { PublicUrl } from './http/public-url.js';
import { RouteTable } from './http/route-table.js';
import { Messages } from './i18n/messages.js';
import { OutboundClient } from './outbound/outbound-client.js';
import { Metrics } from './metrics/metrics.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { PROCESS_ROLE, type ProcessRole } from './process/process-role.js';

@Global()
@Module({})
class ProcessModule {
  static for(environment: Environment, role: ProcessRole): DynamicModule {
    const providers = [
      { provide: Environment, useValue: environment },
      { provide: PROCESS_ROLE, useValue: role },
    ];
    return { module: ProcessModule, providers, exports: providers };
  }
}

/** Floor 0: what every module stands on. */
@Global()
@Module({
  imports: [
    DiscoveryModule,
    MikroOrmModule.forFeature([IdempotencyKey]),
    TerminusModule.forRoot({ logger: false }),
  ],
  controllers: [HealthController, MetricsController, OpenApiController],
  providers: [
    provideConfig(HttpConfig),
    provideConfig(LoggingConfig),
    provideConfig(OutboundConfig),
    AnonymousAccess,
    ErrorFilter,
    ErrorRenderers,
    BodyModes,
    IdempotentRequests,
    OpenApi,
    PublicUrl,
    RoutePermissions,
    RouteTable,
    Messages,
    Metrics,
    Readiness,
    {
      provide: OutboundClient,
      inject: [OutboundConfig],
      useFactory: (config: OutboundConfig) =>
        new OutboundClient({
          allow: config.OUTBOUND_ALLOW,
          connectTimeoutMs: config.OUTBOUND_CONNECT_TIMEOUT * 1000,
          totalTimeoutMs: config.OUTBOUND_TIMEOUT * 1000,
          maxBodyBytes: config.OUTBOUND_BODY_LIMIT,
          maxRedirects: config.OUTBOUND_REDIRECTS,
        }),
    },
  ],
  exports: [
    HttpConfig,
    LoggingConfig,
    OutboundConfig,
    AnonymousAccess,
    ErrorFilter,
    ErrorRenderers,
    BodyModes,
    IdempotentRequests,
    PublicUrl,
    RoutePermissions,
    RouteTable,
    Messages,
    Metrics,
    Readiness,
    OutboundClient,
  ],
})
export class PlatformModule {
  static for(environment: Environment, role: ProcessRole): DynamicModule {
    return { module: PlatformModule, imports: [ProcessModule.for(environment, role), DatabaseModule] };
  }
}
