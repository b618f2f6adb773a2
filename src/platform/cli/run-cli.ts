import { Module, type Type } from '@nestjs/common';
import { CommandFactory, type CommandRunner } from 'nest-commander';
import type { Actor } from '../access/actor.js';
import { ConfigError } from '../config/config-section.js';
import { Environment } from '../config/environment.js';
import { LoggingConfig } from '../config/platform.config.js';
import { DomainError } from '../errors/domain-error.js';
import { toFailure } from '../errors/failure.js';
import { EXIT_CONFIG } from '../process/exit.js';
import { PLATFORM_COMMANDS } from './platform-commands.js';
import { type ModuleFor, Program } from './program.js';
import { isUsageError, UsageRules } from './usage-rules.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** What the command line consists of. */
export interface CliOptions {
  readonly moduleFor: ModuleFor;
  /** The commands of the modules. Each uses the program through the `Program` that it injects. */
  readonly commands: readonly Type<CommandRunner>[];
  /** Who acts at the command line. */
  readonly operator: Actor;
}

@Module({})
class CliModule {}

/**
 * Runs the command that the process was called with. Its exit code is 0, 1 where the command failed, 2 where it was
 * called the wrong way, 78 where the configuration is wrong.
 */
export async function runCli(options: CliOptions): Promise<void> {
  process.stdout.on('error', ignoreClosedPipe);
  const environment = Environment.load();
  try {
    await run(options, environment);
  } catch (error) {
    process.exit(explain(error, environment)); // a start that failed leaves connections open that nobody can close
  }
}

async function run({ moduleFor, commands, operator }: CliOptions, environment: Environment): Promise<void> {
  const program = new Program(moduleFor, environment, operator);
  const cli = await CommandFactory.createWithoutRunning(
    {
      module: CliModule,
      providers: [{ provide: Program, useValue: program }, UsageRules, ...PLATFORM_COMMANDS, ...commands],
    },
    {
      abortOnError: false,
      serviceErrorHandler: (error) => {
        throw error;
      },
    },
  );
  try {
    await CommandFactory.runApplication(cli);
  } finally {
    await program.close();
  }
}

/** Says on standard error what went wrong and returns the exit code. */
function explain(error: unknown, environment: Environment): number {
  if (isUsageError(error)) return error.exitCode === 0 ? 0 : EXIT_USAGE; // commander has said it
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.message}\n`);
    return EXIT_CONFIG;
  }
  process.stderr.write(`${describe(error, environment)}\n`);
  return EXIT_FAILED;
}

function describe(error: unknown, environment: Environment): string {
  const failure = toFailure(error);
  if (error instanceof DomainError || failure.kind !== 'internal') return failure.message;
  const { LOG_LEVEL } = new LoggingConfig(environment);
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  return LOG_LEVEL === 'debug' || LOG_LEVEL === 'trace'
    ? stack
    : `${message.split('\n', 1)[0]} (LOG_LEVEL=debug tells where)`;
}

/** `signalbox jobs list | head` closes the pipe early. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
