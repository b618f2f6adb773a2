import type { Type } from '@nestjs/common';
import type { CommandRunner } from 'nest-commander';
import { ConfigCommand } from './config.command.js';
import { DB_COMMANDS } from './db.command.js';
import { EnvExampleCommand } from './env-example.command.js';
import { MIGRATE_COMMANDS } from './migrate.command.js';
import { OpenApiCommand } from './openapi.command.js';

/** The commands that are about the program itself. */
export const PLATFORM_COMMANDS: readonly Type<CommandRunner>[] = [
  ConfigCommand,
  EnvExampleCommand,
  ...MIGRATE_COMMANDS,
  ...DB_COMMANDS,
  OpenApiCommand,
];
