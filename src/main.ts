import { enableCompileCache } from 'node:module';

// Compiled code is kept between starts, which saves a third of the time to the first answer; hence the late imports.
enableCompileCache();
const { openDatabaseEarly } = await import('./platform/database/early-database.js');
await openDatabaseEarly();
const { AppModule } = await import('./app.module.js');
const { serve } = await import('./platform/http/serve.js');

await serve((environment) => AppModule.for(environment));

export {};
