import type { Type } from '@nestjs/common';
import type { CommandRunner } from 'nest-commander';
import { MIGRATE_COMMANDS } from './migrate.command.js';

/** The commands that are about the program itself. */
export const PLATFORM_COMMANDS: readonly Type<CommandRunner>[] = [...MIGRATE_COMMANDS];
