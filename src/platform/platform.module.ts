import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { provideConfig } from './config/config-section.js';
import { Environment } from './config/environment.js';
import { HttpConfig, LoggingConfig, OutboundConfig } from './config/platform.config.js';
import { DatabaseModule } from './database/database.module.js';
import { ErrorFilter } from './errors/error.filter.js';
import { ErrorRenderers } from './errors/error-renderers.js';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';
import { BodyModes } from './http/body-parsers.js';
import { PublicUrl } from './http/public-url.js';
import { RouteTable } from './http/route-table.js';
import { Messages } from './i18n/messages.js';
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
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController, MetricsController],
  providers: [
    provideConfig(HttpConfig),
    provideConfig(LoggingConfig),
    provideConfig(OutboundConfig),
    ErrorFilter,
    ErrorRenderers,
    BodyModes,
    PublicUrl,
    RouteTable,
    Messages,
    Metrics,
    Readiness,
  ],
  exports: [HttpConfig, LoggingConfig, OutboundConfig, ErrorFilter, ErrorRenderers, BodyModes, PublicUrl, RouteTable, Messages, Metrics, Readiness],
})
export class PlatformModule {
  static for(environment: Environment, role: ProcessRole): DynamicModule {
    return { module: PlatformModule, imports: [ProcessModule.for(environment, role), DatabaseModule] };
  }
}
