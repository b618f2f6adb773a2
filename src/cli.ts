#!/usr/bin/env node
import { AppModule } from './app.module.js';
import { systemActor } from './identity/index.js';
import { runCli } from './platform/cli/run-cli.js';

await runCli({
  moduleFor: (environment, role) => AppModule.for(environment, role),
  commands: [],
  operator: systemActor(),
});
