import { AppModule } from './app.module.js';
import { serve } from './platform/http/serve.js';

await serve((environment) => AppModule.for(environment));
