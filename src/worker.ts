import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { Environment } from './platform/config/environment.js';
import { validateConfiguration } from './platform/config/config-section.js';
import { HttpConfig, LoggingConfig } from './platform/config/platform.config.js';
import { createLogger, PinoLoggerService } from './platform/logging/logger.js';
import { orExplain } from './platform/process/exit.js';
import { settleMemory } from './platform/process/settle.js';
import { closeOnSignals } from './platform/process/shutdown.js';
import { supervised } from './platform/process/supervised.js';
import { JobsConfig, stuckAfter } from './jobs/index.js';

await orExplain(async () => {
  const environment = Environment.load();
  validateConfiguration(environment);
  const { WORKER_PROCESSES: count, JOB_LEASE } = new JobsConfig(environment);
  await supervised({ count, patienceSeconds: stuckAfter(JOB_LEASE) }, async () => {
    const logger = new PinoLoggerService(await createLogger(new LoggingConfig(environment)));
    const app = await NestFactory.createApplicationContext(AppModule.for(environment, 'worker'), {
      logger,
      abortOnError: false,
    });
    closeOnSignals(app, app.get(HttpConfig).SHUTDOWN_TIMEOUT * 1000);
    settleMemory();
    logger.log('running jobs', 'Worker');
  });
});
