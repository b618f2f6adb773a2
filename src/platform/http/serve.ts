import type { DynamicModule } from '@nestjs/common';
import { Logger } from '@nestjs/common';
import { validateConfiguration } from '../config/config-section.js';
import { Environment } from '../config/environment.js';
import { HttpConfig } from '../config/platform.config.js';
import { orExplain } from '../process/exit.js';
import { settleMemory } from '../process/settle.js';
import { closeOnSignals } from '../process/shutdown.js';
import { createHttpApplication } from './http-application.js';

/** Runs the API until a signal ends it. */
export async function serve(moduleFor: (environment: Environment) => DynamicModule): Promise<void> {
  await orExplain(async () => {
    const environment = Environment.load();
    validateConfiguration(environment);
    const app = await createHttpApplication(moduleFor(environment), environment);
    const http = app.get(HttpConfig);
    closeOnSignals(app, http.SHUTDOWN_TIMEOUT * 1000);
    settleMemory();
    await app.listen(http.PORT, http.HOST);
    const url = await app.getUrl();
    new Logger('Signalbox').log(`listening on ${url}; try it at ${url}/apidocs`);
  });
}
